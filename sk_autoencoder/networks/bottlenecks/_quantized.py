"""The vector-quantized autoencoder."""

# SPDX-License-Identifier: BSD-3-Clause

import math
from dataclasses import dataclass
from numbers import Integral, Real
from typing import NamedTuple

import numpy as np
import torch
from sklearn.cluster import KMeans
from threadpoolctl import threadpool_limits
from torch import nn

from sk_autoencoder.networks._part import Number
from sk_autoencoder.networks.bottlenecks._bottleneck import Bottleneck, Code

# By how much of the way to the codes of a batch the codebook moves in a step.
RATE = 0.02

# The least share of rows that a code is divided by; those with less have none.
LEAST_SHARE = 1e-30


@dataclass
class Quantized(Bottleneck):
    r"""A vector-quantized autoencoder: each code is one of a few, the codebook [1]_.

    What the encoder gives is replaced by the nearest vector :math:`e` of the codebook.
    The decoder's gradient goes to the encoder's output :math:`z` as if it were not,
    and :math:`z` is drawn to the codebook by the penalty

    .. math:: c \, \lVert z - e \rVert^2 / d,

    with the commitment c and d features: the unit is that of the squared error, since
    the axes of PCA are orthonormal. The codebook learns no gradients but follows the
    means of the outputs that it is chosen for, as in the appendix of [1]_: that needs
    no step length of its own and counts how often each code is chosen.

    Codes start as those that k-means finds for the codes of PCA. The penalty counts in
    training only; epochs are compared by the loss of what is decoded. So where training
    gains nothing beyond doubt, the fit is PCA with codes quantized by k-means. A vector
    that is never chosen stays where it is.

    Parameters
    ----------
    n_codes : int, default=256
        The number of vectors in the codebook. Where the training data have fewer
        different codes, some vectors stand there twice and are not used.

    commitment : float, default=0.25
        The factor of the penalty.

    References
    ----------
    .. [1] van den Oord, A., Vinyals, O., & Kavukcuoglu, K. (2017). Neural discrete
       representation learning. Advances in Neural Information Processing Systems, 30.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.datasets import load_digits
    >>> from sk_autoencoder import AutoencoderTransformer
    >>> from sk_autoencoder.networks import Quantized
    >>> X = load_digits().data
    >>> model = AutoencoderTransformer(
    ...     4, bottleneck=Quantized(n_codes=16), max_iter=15, random_state=0
    ... )
    >>> len(np.unique(model.fit_transform(X), axis=0))
    16
    """

    n_codes: int = 256
    commitment: float = 0.25

    _parameter_constraints = {
        "n_codes": [Number(Integral, 1, None, closed="left")],
        "commitment": [Number(Real, 0, math.inf, closed="left")],
    }

    def build(self, sizes, loss):
        """Return the module; see `Bottleneck.build`."""
        return QuantizedCode(sizes, int(self.n_codes), float(self.commitment))


class QuantizedCode(Code):
    """A code that is one of a codebook.

    Parameters
    ----------
    sizes : Sizes
        Those of the network.

    n_codes : int
        The number of vectors in the codebook, which starts as normal random numbers.

    commitment : float
        The factor of the penalty for outputs of the encoder that are not in it.
    """

    def __init__(self, sizes, n_codes, commitment):
        super().__init__()
        self.n_features = sizes.n_features
        self.commitment = commitment
        self.register_buffer("codebook", torch.randn(n_codes, sizes.n_components))
        # The share of the rows that choose each: in training a moving average.
        self.register_buffer("shares", torch.full((n_codes,), 1 / n_codes))

    def forward(self, encoder, x):
        """Return codes and how far off the encoder was; see `Code`.

        In training the codebook moves. Outside there is no penalty: what counts is the
        loss of what is decoded.
        """
        encoded = encoder(x)  # (n, k)
        chosen = self._nearest(encoded)
        code = self.codebook[chosen]
        if not self.training:
            return code, None
        distance = (encoded - code).square().sum(dim=1)
        self._follow(encoded.detach(), chosen)
        # Zero is added, with the gradient of one: the code itself, to the bit.
        straight_through = code + (encoded - encoded.detach())
        return straight_through, self.commitment / self.n_features * distance

    def code(self, encoded):
        """Return the nearest vectors of the codebook, shape (n, n_components)."""
        return self.codebook[self._nearest(encoded)]

    def start_at_pca(self, maps, predictor, noise, codes, loss_of):
        """Take over the centers of PCA's codes; see `Code`."""
        centers = _centers(codes.cpu().double().numpy(), len(self.codebook))
        self.codebook.copy_(torch.from_numpy(centers))
        self.learn(codes.to(self.codebook))

    def learn(self, codes):
        """Count how often each vector is chosen; see `Code`."""
        counts = self._nearest(codes).bincount(minlength=len(self.codebook))
        self.shares.copy_(counts / len(codes))

    def prior(self):
        """Return the codebook with the shares of its vectors; see `Code`."""
        return Codebook(self.codebook.cpu().numpy(), self.shares.cpu().numpy())

    def _nearest(self, encoded):
        """Return which vector of the codebook is nearest to each row, shape (n,)."""
        with torch.no_grad():
            half_norms = 0.5 * self.codebook.square().sum(dim=1)
            scores = torch.addmm(half_norms, encoded, self.codebook.T, alpha=-1)
            return scores.argmin(dim=1)

    def _follow(self, encoded, chosen):
        """Move the codebook towards the means of the rows that choose each vector."""
        choices = nn.functional.one_hot(chosen, len(self.codebook)).to(encoded)
        shares = choices.mean(dim=0)  # (n_codes,)
        means = choices.T @ encoded / len(encoded)  # (n_codes, k), times the shares
        self.shares.lerp_(shares, RATE)
        pull = RATE * (means - shares[:, None] * self.codebook)
        self.codebook += pull / self.shares.clamp_min(LEAST_SHARE)[:, None]


class Codebook(NamedTuple):
    """The law of codes that are drawn from a codebook.

    Attributes
    ----------
    vectors : ndarray of shape (n_codes, n_components)
        The codebook.

    shares : ndarray of shape (n_codes,)
        How often each is drawn.
    """

    vectors: np.ndarray
    shares: np.ndarray

    def sample(self, n_samples, rng):
        """Return random codes, an ndarray of shape (n_samples, n_components)."""
        chances = self.shares.astype(np.float64)
        chances /= chances.sum()
        return self.vectors[rng.choice(len(chances), n_samples, p=chances)]


def _centers(codes, n_centers):
    """Return what k-means finds, or each different code where there are few.

    It computes in one thread, in which its sums always have the same order.
    """
    different = np.unique(codes, axis=0)
    if len(different) > n_centers:
        with threadpool_limits(1):
            k_means = KMeans(n_centers, n_init=1, random_state=0).fit(codes)
        different = k_means.cluster_centers_
    return np.resize(different, (n_centers, codes.shape[1]))
