"""The sparse autoencoder."""

# SPDX-License-Identifier: BSD-3-Clause

from dataclasses import dataclass

from sk_autoencoder.networks.bottlenecks._bottleneck import Bottleneck, Code
from sk_autoencoder.networks.bottlenecks._penalties import LEAST_VARIANCE, STRENGTH


@dataclass
class Sparse(Bottleneck):
    r"""A sparse autoencoder: of each sample few codes are far from zero.

    The penalty is the mean over components of :math:`|z_j| / \sqrt{E z_j^2}`, the ratio
    of norms by which sparseness is measured [1]_: other than the sum of the
    :math:`|z_j|` it cannot be made small by small codes.

    Parameters
    ----------
    strength : float, default=0.1
        The factor of the penalty, which is 0.8 for codes that are normal and 0 for ever
        fewer that are not zero; a reconstruction loss of 1 explains nothing.

    References
    ----------
    .. [1] Hoyer, P. O. (2004). Non-negative matrix factorization with sparseness
       constraints. Journal of Machine Learning Research, 5, 1457-1469.

    Examples
    --------
    >>> from sk_autoencoder.networks import Sparse
    >>> Sparse(strength=0.5)
    Sparse(strength=0.5)
    """

    strength: float = 0.1

    _parameter_constraints = STRENGTH

    def build(self, sizes, loss):
        """Return the module; see `Bottleneck.build`."""
        return SparseCode(float(self.strength))


class SparseCode(Code):
    """A code that is penalized for being far from zero.

    Parameters
    ----------
    strength : float
        The factor of the penalty.
    """

    def __init__(self, strength):
        super().__init__()
        self.strength = strength

    def forward(self, encoder, x):
        """Return codes and how dense each is; see `Code`."""
        code = encoder(x)  # (n, k)
        size = (code.square().mean(dim=0) + LEAST_VARIANCE).sqrt()
        return code, self.strength * (code.abs() / size).mean(dim=1)
