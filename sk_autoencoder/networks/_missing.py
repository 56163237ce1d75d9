"""Entries of the input that are missing: filled in, and told of."""

# SPDX-License-Identifier: BSD-3-Clause

from dataclasses import dataclass

import torch
from torch import nn

from sk_autoencoder.networks._corruptions import Corruption

# Entries of the matrices that are solved at once, one for each row.
SOLVED_AT_ONCE = 2**20

# As far as standardized values may be from zero.
FARTHEST = 1e16


def known_products(known, factors):
    """Return the products of the factors of what is known of each row.

    Parameters
    ----------
    known : Tensor of shape (n, n_features)
        One where an entry is known, zero elsewhere, in the dtype of the factors.

    factors : Tensor of shape (n_features, n_factors)
        A row for each feature.

    Returns
    -------
    products : Tensor of shape (n, n_factors, n_factors)
        Sums of outer products of the rows of known features with themselves.
    """
    n_factors = factors.shape[1]
    products = (factors[:, :, None] * factors[:, None, :]).flatten(1)  # (d, q * q)
    return (known @ products).unflatten(1, (n_factors, n_factors))


def code_roots(known, factors, noise):
    """Return how sure probabilistic PCA is of codes, given which entries are known.

    Parameters
    ----------
    known : Tensor of shape (n, n_features)
        One where an entry is known, zero elsewhere, in the dtype of the factors.

    factors : Tensor of shape (n_features, n_factors)
        What standard normal codes are multiplied by.

    noise : Tensor of shape () or float
        The variance of what is added to each feature; positive.

    Returns
    -------
    roots : Tensor of shape (n, n_factors, n_factors)
        Cholesky factors of the precision of the codes times the noise: solved for
        ``x @ factors``, of centered rows that are zero where nothing is known, they
        give the conditional means of the codes.
    """
    precision = known_products(known, factors)
    precision.diagonal(dim1=1, dim2=2).add_(noise)
    return torch.linalg.cholesky(precision)


def solve_codes(rows, factors, roots):
    """Return the conditional means of codes, (n, n_factors), for their `code_roots`."""
    projected = (rows @ factors)[:, :, None]  # (n, q, 1)
    return torch.cholesky_solve(projected, roots)[:, :, 0]


class Filling(nn.Module):
    """Give missing entries their means, given what is known of the row.

    Rows are taken to be normal, with the covariance ``factors @ factors.T + noise * I``
    of probabilistic PCA: the conditional means are those of Tipping and Bishop [1]_.
    Without factors they are the mean of the feature.

    Parameters
    ----------
    mean : Tensor of shape (n_features,)
        The mean of standardized rows.

    factors : Tensor of shape (n_features, n_factors)
        What standard normal codes are multiplied by.

    noise : float
        The variance of what is added to each feature; positive.

    References
    ----------
    .. [1] Tipping, M. E., & Bishop, C. M. (1999). Probabilistic principal component
       analysis. Journal of the Royal Statistical Society B, 61(3), 611-622.
    """

    def __init__(self, mean, factors, noise):
        super().__init__()
        self.register_buffer("mean", mean.float())
        self.register_buffer("factors", factors.float().contiguous())
        self.register_buffer("noise", torch.tensor(noise).float())

    @classmethod
    def with_means(cls, n_features):
        """Return what fills in the mean of standardized rows, zero."""
        return cls(torch.zeros(n_features), torch.zeros(n_features, 0), 1.0)

    def forward(self, x):
        """Return rows without NaN: the same tensor if there are none."""
        if not x.sum().isnan():
            return x
        filled = x.clone()
        for index in self._incomplete(x, self.factors.shape[1] ** 2):
            filled[index] = self._filled(x[index])
        return filled

    def deviations(self, x):
        """Return how far missing entries are from their means, in the mean.

        Parameters
        ----------
        x : Tensor of shape (n, n_features)
            Standardized rows.

        Returns
        -------
        deviations : Tensor of shape (n, n_features)
            Conditional standard deviations in double precision, zero for known entries.
        """
        deviations = torch.zeros_like(x, dtype=torch.double)
        for index in self._incomplete(x, self.factors.numel()):
            missing = x[index].isnan()
            variances = self._loose(missing).square().sum(dim=2) + self.noise
            deviations[index] = missing * variances.sqrt()
        return deviations

    def scores(self, x, normal, levels=()):
        """Return by how much a draw of missing entries differs from their means.

        Parameters
        ----------
        x : Tensor of shape (n, n_features)
            Standardized rows.

        normal : Tensor of shape (n, n_factors + n_features)
            Independent standard normal numbers, in double precision.

        levels : tuple of int, default=()
            How many levels the columns of a table have, whose last features these are.

        Returns
        -------
        scores : Tensor of shape (n, n_features)
            The difference over the conditional standard deviation: standard normal, and
            correlated as missing entries are, given what is known. Those of the levels
            of one column are made independent of each other. Zero for known entries.
        """
        scores = torch.zeros_like(x, dtype=torch.double)
        n_numbers = x.shape[1] - sum(levels)
        for index in self._incomplete(x, self.factors.numel()):
            missing = x[index].isnan()
            loose, noise = self._loose(missing), self.noise.double()  # (m, d, q)
            of_codes, of_entries = normal[index].tensor_split(loose.shape[2:], dim=1)
            draws = (loose @ of_codes[:, :, None])[:, :, 0] + noise.sqrt() * of_entries
            variances = loose[:, :n_numbers].square().sum(dim=2) + noise
            parts = [draws[:, :n_numbers] / variances.sqrt()]
            ends = n_numbers + torch.tensor(levels, dtype=torch.long).cumsum(0)
            for end, n_levels in zip(ends.tolist(), levels, strict=True):
                of_column = loose[:, end - n_levels : end]
                covariance = of_column @ of_column.mT
                covariance.diagonal(dim1=1, dim2=2).add_(noise)
                root = torch.linalg.cholesky(covariance)
                draw = draws[:, end - n_levels : end, None]
                white = torch.linalg.solve_triangular(root, draw, upper=False)
                parts.append(white[:, :, 0])
            scores[index] = missing * torch.cat(parts, dim=1)
        return scores

    def _incomplete(self, x, n_solved):
        """Return which rows have NaN, so many at a time that solving them is cheap."""
        incomplete = x.isnan().any(dim=1).nonzero()[:, 0]
        return incomplete.split(max(1, SOLVED_AT_ONCE // max(1, n_solved)))

    def _loose(self, missing):
        """Return roots, (n, d, q), of what codes add to the covariance of entries."""
        factors, noise = self.factors.double(), self.noise.double()
        roots = code_roots((~missing).double(), factors, noise)
        # The inverse, transposed, is a root of the covariance of the codes.
        eye = torch.eye(factors.shape[1]).to(roots)
        inverse = torch.linalg.solve_triangular(
            roots, eye.expand_as(roots), upper=False
        )
        return noise.sqrt() * (factors @ inverse.mT)

    def _filled(self, x):
        """Return rows filled in, computed in double precision."""
        mean, factors = self.mean.double(), self.factors.double()
        known = ~x.isnan()
        rows = torch.where(known, x.double() - mean, 0.0)
        roots = code_roots(known.double(), factors, self.noise.double())
        codes = solve_codes(rows, factors, roots)
        means = (codes @ factors.T + mean).clamp(-FARTHEST, FARTHEST)
        return torch.where(known, x, means.float())

    def _load_from_state_dict(self, state, prefix, *args):
        """Take over as many factors as there are."""
        self.factors = torch.empty_like(state.get(f"{prefix}factors", self.factors))
        super()._load_from_state_dict(state, prefix, *args)


class FilledEncoder(nn.Module):
    """An encoder of rows of which some entries are missing.

    Parameters
    ----------
    fill : Filling
        What stands in for them.

    inside : Module
        The encoder of rows without NaN.

    marks : bool
        Whether it is given, beside the d features, d columns that are one where an
        entry was missing.
    """

    def __init__(self, fill, inside, marks):
        super().__init__()
        self.fill = fill
        self.inside = inside
        self.marks = marks

    def forward(self, x):
        """Return the encoder's output, shape (n, n_outputs); `x` may have NaN."""
        return self.inside(self.seen(x))

    def seen(self, x):
        """Return what the encoder inside is given for rows that may have NaN."""
        filled = self.fill(x)
        return torch.cat((filled, x.isnan().to(x)), dim=1) if self.marks else filled


class Marked(nn.Module):
    """An encoder that is told which entries of its rows were missing.

    What is learned of each is added to the row, so that any family can be told.

    Parameters
    ----------
    n_features : int
        The columns of the row.

    inside : Module
        From (n, n_features) to (n, n_outputs).
    """

    def __init__(self, n_features, inside):
        super().__init__()
        self.shifts = nn.Linear(n_features, n_features, bias=False)
        nn.init.zeros_(self.shifts.weight)
        self.inside = inside

    def forward(self, x):
        """Return shape (n, n_outputs) for rows beside their marks, (n, 2 d)."""
        rows, missing = x.chunk(2, dim=1)
        return self.inside(rows + self.shifts(missing))


@dataclass
class HideAsMissing(Corruption):
    """Hide, of each row, what is missing in another one; then corrupt it.

    So a network meets more than the patterns of its training rows, as frequent as
    these are, and learns what it is to fill in.

    Parameters
    ----------
    then : Corruption
        What else is done to the rows.
    """

    then: Corruption

    def corrupt(self, x, known=None, generator=None):
        """Return the rows with more entries missing, and corrupted."""
        if known is not None:
            others = torch.randint(
                len(x), (len(x),), generator=generator, device=x.device
            )
            known = known & known[others]
            x = x.masked_fill(~known, torch.nan)
        return self.then.corrupt(x, known, generator)
