"""A network of the user's own, as the user guide shows it."""

# SPDX-License-Identifier: BSD-3-Clause

from sklearn.datasets import load_digits
from torch import nn

from sk_autoencoder import AutoencoderTransformer


class Narrowing(nn.Module):
    def __init__(self, n_features, n_components):
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Linear(n_features, 128), nn.BatchNorm1d(128), nn.ReLU(),
            nn.Linear(128, 32), nn.ReLU(), nn.Linear(32, n_components),
        )  # fmt: skip
        self.decoder = nn.Sequential(
            nn.Linear(n_components, 32), nn.ReLU(), nn.Linear(32, n_features)
        )


X, _ = load_digits(return_X_y=True)
model = AutoencoderTransformer(4, network=Narrowing, max_iter=20, random_state=0)
codes = model.fit_transform(X)  # shape (1797, 4)
