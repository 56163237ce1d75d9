"""The network that every estimator trains."""

# SPDX-License-Identifier: BSD-3-Clause

import torch
from torch import nn

from sk_autoencoder.networks import Autoencoder, AutoencoderOutput


def test_forward_gives_the_decoded_code_and_the_code():
    torch.manual_seed(0)
    encoder, decoder = nn.Linear(4, 2), nn.Linear(2, 4)
    rows = torch.randn(6, 4)
    result = Autoencoder(encoder, decoder)(rows)
    assert isinstance(result, AutoencoderOutput)
    assert result._fields == ("output", "code", "penalty")
    assert torch.equal(result.code, encoder(rows))
    assert torch.equal(result.output, decoder(encoder(rows)))


def test_training_reaches_both_halves():
    torch.manual_seed(0)
    network = Autoencoder(nn.Linear(4, 2), nn.Linear(2, 4))
    rows = torch.randn(6, 4)
    (network(rows).output - rows).square().mean().backward()
    names = {name for name, _ in network.named_parameters()}
    assert names == {"encoder.weight", "encoder.bias", "decoder.weight", "decoder.bias"}
    assert all(weight.grad.abs().max() > 0 for weight in network.parameters())
