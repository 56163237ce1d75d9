"""Networks of the user's, most of which do not do what they should."""

# SPDX-License-Identifier: BSD-3-Clause

import math
from functools import partial

import torch
from torch import nn

DTYPES = {"half": torch.float16, "double": torch.float64}
WHAT_BREAKS = [
    "nothing",
    "double",
    "half",
    "huge",
    "in place",
    "infinity in training",
    "narrow",
    "NaN",
    "NaN after training",
    "NaN for large values",
    "raises",
    "raises after training",
    "rows",
    "tuple",
    "wide",
]


class Broken(nn.Linear):
    """A layer that does not do what it should."""

    def __init__(self, n_in, n_out, broken):
        n_in += broken == "narrow"
        super().__init__(n_in, n_out, dtype=DTYPES.get(broken))
        self.broken = broken

    def forward(self, x):
        if self.broken == "in place":
            x.mul_(2)
        output = super().forward(x)
        match self.broken:
            case "huge":
                output = output * 1e30
            case "infinity in training" if self.training:
                output = output * math.inf
            case "NaN":
                output = output + math.nan
            case "NaN after training" if not self.training and x.any():
                output = output + math.nan
            case "NaN for large values":
                output = output * (2 - x.amax(dim=1, keepdim=True)).sqrt()
            case "raises":
                raise ValueError("The network of this test refuses all rows.")
            case "raises after training" if not self.training and x.any():
                raise ValueError("The network of this test refuses these rows.")
            case "rows":
                return output[: len(output) // 2 + 1]
            case "tuple":
                return output, output
            case "wide":
                output = torch.cat([output, output], dim=1)
        return output


class Network(nn.Module):
    """A network of which one half may be broken."""

    def __init__(self, n_features, n_components, encoder="nothing", decoder="nothing"):
        super().__init__()
        self.encoder = Broken(n_features, n_components, encoder)
        self.decoder = Broken(n_components, n_features, decoder)


class Layers(nn.Sequential):
    """Layers, one after the other."""

    def forward(self, x):
        return super().forward(x)


class Common(nn.Module):
    """A network of layers that are something else in training."""

    def __init__(self, n_features, n_components):
        super().__init__()
        self.encoder = Layers(
            nn.Linear(n_features, 4),
            nn.BatchNorm1d(4),
            nn.Dropout(0.1),
            nn.Linear(4, n_components),
        )
        self.decoder = nn.Linear(n_components, n_features)


NETWORKS_OF_USERS = [
    *(partial(Network, encoder=what) for what in WHAT_BREAKS),
    *(partial(Network, decoder=what) for what in WHAT_BREAKS),
    Network,
    Common,
    lambda n_features, n_components: None,
    lambda n_features, n_components: nn.Linear(n_features, n_components),
    lambda: None,
    3,
    nn.Linear(2, 2),
]
