"""Densities of codes, to draw new ones from."""

# SPDX-License-Identifier: BSD-3-Clause

from functools import cached_property
from itertools import product

import numpy as np
from sklearn.mixture import GaussianMixture
from sklearn.model_selection import train_test_split
from sklearn.utils import check_random_state

# The rows whose codes are kept for it.
MIXTURE_ROWS = 10_000

# The numbers of components of the mixture to choose from, and the least rows for each.
MIXTURE_SIZES, ROWS_A_COMPONENT = (1, 2, 3, 5, 10), 20

# Up to so many numbers a code the covariances are full: their cost is cubic.
FULL_COMPONENTS = 256

# What is added to the variances of each component, as a share of those of the codes.
BLURS = (0.001, 0.01)


def density_of(model, codes, dtype):
    """Return what new codes are drawn from.

    Parameters
    ----------
    model : AutoencoderModel
        A fitted model.

    codes : ndarray of shape (n_samples, n_components)
        The codes of training data.

    dtype : dtype
        That of the codes to give.

    Returns
    -------
    density : CodePrior or CodeMixture
        The law that the codes have by design, or else a mixture of those given.
    """
    prior = model.module.bottleneck.prior()
    if prior is None:
        return CodeMixture(codes.astype(dtype, copy=False))
    return CodePrior(prior, model.code_scale, dtype)


class CodePrior:
    """The law that codes have by design.

    Parameters
    ----------
    prior : object
        What `Code.prior` returns.

    code_scale : float
        What its codes are multiplied by.

    dtype : dtype
        That of the codes to give.
    """

    def __init__(self, prior, code_scale, dtype):
        self.prior = prior
        self.code_scale = code_scale
        self.dtype = dtype

    def sample(self, n_samples, random_state):
        """Return random codes, shape (n_samples, n_components)."""
        codes = self.prior.sample(n_samples, check_random_state(random_state))
        return np.asarray(codes, dtype=self.dtype) * self.dtype.type(self.code_scale)


class CodeMixture:
    """A Gaussian mixture of codes, fitted when it is first drawn from.

    The mixture has full covariances, diagonal ones where a code has more than 256
    numbers. How many components it has, ten at most, and how far they are blurred is
    what explains codes best that it was not fitted to.

    The fit depends on the codes alone. It is kept for the next call, but is no part of
    the state: a pickle holds the codes only, before and after the first call.

    Parameters
    ----------
    codes : ndarray of shape (n_samples, n_components)
        The codes of training data.
    """

    def __init__(self, codes):
        self.codes = codes

    def truncated(self, model):
        """Return the mixture of the codes that a model of fewer components has."""
        return CodeMixture(self.codes[:, : model.n_components])

    def sample(self, n_samples, random_state):
        """Return random codes, shape (n_samples, n_components), in random order."""
        rng = check_random_state(random_state)
        mixture, center, spread = self._fitted
        mixture.random_state = rng
        whitened, _ = mixture.sample(n_samples)
        rng.shuffle(whitened)
        return (whitened * spread + center).astype(self.codes.dtype)

    def __getstate__(self):
        return {"codes": self.codes}

    @cached_property
    def _fitted(self):
        """The mixture of whitened codes, their center and their spread."""
        codes = self.codes.astype(np.float64)
        unit = np.abs(codes).max() or 1.0  # so that squares neither overflow nor vanish
        codes /= unit
        center, spread = codes.mean(axis=0), codes.std(axis=0)
        whitened = (codes - center) / np.where(spread > 0, spread, 1)
        return _best_mixture(whitened), center * unit, spread * unit


def _best_mixture(codes):
    """Return a mixture fitted to whitened codes."""
    covariances = "full" if codes.shape[1] <= FULL_COMPONENTS else "diag"

    def mixture(size, blur):
        return GaussianMixture(
            size, covariance_type=covariances, reg_covar=blur, random_state=0
        )

    sizes = [size for size in MIXTURE_SIZES if size * ROWS_A_COMPONENT <= len(codes)]
    if not sizes:
        return mixture(1, BLURS[0]).fit(codes)
    kept, judged = train_test_split(codes, test_size=0.2, random_state=0)
    best = max(
        product(sizes, BLURS),
        key=lambda settings: mixture(*settings).fit(kept).score(judged),
    )
    return mixture(*best).fit(codes)
