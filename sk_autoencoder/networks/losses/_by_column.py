"""The loss of tables, whose columns are of two kinds."""

# SPDX-License-Identifier: BSD-3-Clause

import math
from dataclasses import dataclass
from functools import lru_cache

import torch

from sk_autoencoder.networks.losses._loss import Loss
from sk_autoencoder.networks.losses._predictor import Predictor, soft_log

# The entropy in nats that a column of levels is taken to have at least, that of a level
# in 2 % of the rows: else a few rows would be all that counts.
LEAST_ENTROPY = 0.1

# The share that a level is taken to have that no row has.
LEAST_SHARE = 1e-6


@dataclass
class ByColumn(Loss):
    """The squared error of numbers and the cross-entropy of levels: for tables.

    The loss of a row is the mean over the columns of the table. Each is in units in
    which the mean of the training data costs 1 on average: a number in standard
    deviations, a level in the entropy of its column, 0.1 nats at least. So all columns
    count alike.

    The output has a standardized number for each column of numbers, which come first,
    and then a logit for each level: a softmax makes shares of those of a column.

    Parameters
    ----------
    levels : tuple of int, default=()
        How many levels each column of levels has.
    """

    levels: tuple = ()

    has_link = True

    def n_terms(self, n_features):
        return n_features - sum(self.levels) + len(self.levels)

    def n_known(self, known):
        return self._of_columns(known).sum(dim=1)

    def target(self, x, mean, scale):
        """Return numbers, and of the levels those of the row, over their entropy."""
        numbers, levels = self._split(x)
        shares, spread = self._split(mean)[1], self._split(scale)[1]
        entropy = self._sums(-torch.special.xlogy(shares, shares))
        has_level = torch.addcmul(shares, levels, spread).clamp(0, 1)
        units = self._of_levels(entropy.clamp(min=LEAST_ENTROPY))
        return torch.cat((numbers, has_level / units), dim=1)

    def evaluate(self, output, target, known=None, reduction="none"):
        numbers, logits = self._split(output)
        known_numbers, weights = self._split(target)
        of_numbers = (numbers - known_numbers).square()
        of_levels = self._cross_entropies(logits, weights)
        return self._mean(of_numbers, of_levels, known, reduction)

    def reconstruct(self, output, mean, scale, x=None):
        numbers, logits = self._split(output)
        in_units = torch.addcmul(self._split(mean)[0], numbers, self._split(scale)[0])
        return torch.cat((in_units, self._softmax(logits)), dim=1)

    def residual(self, output, target, scale, known=None):
        numbers, logits = self._split(output)
        known_numbers, weights = self._split(target)
        has_level = weights / self._of_levels(self._units(weights))
        of_levels = (self._softmax(logits) - has_level) / self._split(scale)[1]
        return torch.cat((numbers - known_numbers, of_levels), dim=1)

    def predictor(self, mean, scale):
        return Predictor(self, mean, scale)

    def predict(self, x, mean, scale, share):
        """Return numbers as they are, and the logs of the shares of levels."""
        numbers, levels = self._split(x)
        mean, scale = self._split(mean)[1], self._split(scale)[1]
        shares = torch.addcmul(mean, levels, scale)
        logs = soft_log(shares, mean.clamp(min=LEAST_SHARE), share)
        return torch.cat((numbers, logs), dim=1)

    def nats(self, output, target, known, log_noise, reduction="none"):
        """Return that of normal noise for numbers; levels have none."""
        numbers, logits = self._split(output)
        known_numbers, weights = self._split(target)
        residual = (numbers - known_numbers) * (-log_noise).exp()
        of_numbers = 0.5 * (residual.square() + math.log(2 * math.pi)) + log_noise
        of_levels = self._cross_entropies(logits, weights) / self._units(weights)
        return self._mean(of_numbers, of_levels, known, reduction)

    def log_volume(self, scale, known=None):
        """Return that of the numbers alone."""
        if known is not None:
            known = self._split(known)[0]
        return super().log_volume(self._split(scale)[0], known)

    def _split(self, values):
        """Return what belongs to numbers, and what to levels."""
        n_levels = sum(self.levels)
        return values.split([values.shape[-1] - n_levels, n_levels], dim=-1)

    def _sums(self, of_levels):
        """Return sums over the levels of each column."""
        return of_levels @ _membership(self.levels, of_levels.device).to(of_levels)

    def _of_levels(self, by_column):
        """Return for each level what its column has."""
        return by_column[..., _columns(self.levels, by_column.device)]

    def _units(self, weights):
        """Return one over the entropy of each column; one where nothing is known."""
        units = self._sums(weights)
        return torch.where(units > 0, units, 1.0)

    def _log_sums(self, logits):
        """Return the log of the sum of exponentials of each column."""
        places = _places(self.levels, logits.device)
        top = logits.detach()[:, places].amax(dim=2)  # (n, columns)
        return self._sums((logits - self._of_levels(top)).exp()).log() + top

    def _softmax(self, logits):
        return (logits - self._of_levels(self._log_sums(logits))).exp()

    def _cross_entropies(self, logits, weights):
        """Return the weighted loss of each column of levels."""
        log_sums, weight = self._log_sums(logits), self._sums(weights)
        return weight * log_sums - self._sums(weights * logits)

    def _mean(self, of_numbers, of_levels, known, reduction):
        """Return the mean over the known columns of each row, or over all rows."""
        losses = torch.cat((of_numbers, of_levels), dim=1)
        if known is None:
            return losses.mean() if reduction == "mean" else losses.mean(dim=1)
        known = self._of_columns(known)
        losses = torch.where(known, losses, 0.0).sum(dim=1)
        losses = losses / known.sum(dim=1).clamp(min=1)
        return losses.mean() if reduction == "mean" else losses

    def _of_columns(self, known):
        """Return which columns of each row are known, by which entries are."""
        numbers, levels = self._split(known)
        return torch.cat((numbers, levels[:, _firsts(self.levels)]), dim=1)


@lru_cache
@torch.inference_mode(False)  # or training could not use what prediction has made
def _columns(levels, device):
    """Return the number of the column that each level belongs to."""
    columns = torch.arange(len(levels), device=device)
    return columns.repeat_interleave(torch.tensor(levels, device=device))


@lru_cache
@torch.inference_mode(False)
def _membership(levels, device):
    """Return one where a level, a row, belongs to a column, else zero."""
    return torch.nn.functional.one_hot(_columns(levels, device), len(levels)).float()


def _firsts(levels):
    """Return where the levels of each column begin."""
    return [sum(levels[:j]) for j in range(len(levels))]


@lru_cache
@torch.inference_mode(False)
def _places(levels, device):
    """Return where the levels of each column are, its first one again to the end."""
    most = max(levels)
    return torch.tensor(
        [
            [first + place if place < n else first for place in range(most)]
            for first, n in zip(_firsts(levels), levels, strict=True)
        ],
        device=device,
    )
