"""The multinomial deviance, for counts whose total is given."""

# SPDX-License-Identifier: BSD-3-Clause

import math
from dataclasses import dataclass

import torch

from sk_autoencoder.networks.losses._log_link import LogLink

# Counts from which on the series of Stirling is exact to double precision.
MANY_COUNTS = 16.0


@dataclass
class Multinomial(LogLink):
    """Half the multinomial deviance of a row, with a softmax link: for counts.

    The total of a row is taken as given, and the loss is about how it is shared out
    among the features, as for the clicks of a user or the words of a document [1]_.
    It is zero where the shares are those of the data, and where there are no counts.
    As all losses it is divided by the number of features; in all it is the negative
    log-likelihood up to a term that depends on the data alone.

    The output tells shares alone. So `reconstruct` multiplies them with the row's own
    total, over what is known of the row, while `inverse_transform`, which has nothing
    but codes, gives rows that all have the total of the mean row.

    References
    ----------
    .. [1] Liang, D., Krishnan, R. G., Hoffman, M. D., & Jebara, T. (2018). Variational
       autoencoders for collaborative filtering. The Web Conference, 689-698.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_autoencoder import AutoencoderTransformer
    >>> rng = np.random.default_rng(0)
    >>> shares = rng.dirichlet(np.ones(6), size=2)[rng.integers(2, size=200)]
    >>> X = rng.multinomial(rng.integers(10, 1000, size=200), shares)
    >>> model = AutoencoderTransformer(1, loss="multinomial", random_state=0).fit(X)
    >>> np.allclose(model.reconstruct(X).sum(axis=1), X.sum(axis=1))
    True
    >>> codes = model.transform(X)
    >>> np.allclose(model.inverse_transform(codes).sum(axis=1), X.sum(axis=1).mean())
    True
    """

    def evaluate(self, output, target, known=None, reduction="none"):
        if known is not None:
            target = target.where(known, 0.0)
        return _mean(self._of_rows(output, target, known), target, known, reduction)

    def reconstruct(self, output, mean, scale, x=None):
        if x is None:
            total, of_known = mean.sum(), output
        else:
            known = ~x.isnan()
            counts = self.target(x.to(mean).nan_to_num(nan=0.0), mean, scale)
            total = counts.where(known, 0.0).sum(dim=-1, keepdim=True)
            of_known = output.masked_fill(~known, -math.inf)
        # What is not known is counted on top of the total.
        log_shares = output - of_known.logsumexp(dim=-1, keepdim=True)
        return self.inverse_link(log_shares + total.log())

    def expected(self, output, target):
        return output.softmax(dim=1) * target.sum(dim=1, keepdim=True)

    def nats(self, output, target, known, log_noise, reduction="none"):
        """Return minus the log of the probability of the counts, without noise."""
        if known is not None:
            target = target.where(known, 0.0)
        saturated = _stirling_error(target).sum(dim=1)
        saturated = saturated - _stirling_error(target.sum(dim=1))
        nats = self._of_rows(output, target, known) + saturated
        return _mean(nats, target, known, reduction)

    def _of_rows(self, output, target, known):
        """Return half the deviance of each row; unknown targets are zero.

        It is that of Poisson counts of which as many are expected as there are.
        """
        if known is not None:
            output = output.masked_fill(~known, -math.inf)
        log_shares = output.log_softmax(dim=1)
        if known is not None:
            log_shares = log_shares.masked_fill(~known, 0.0)
        total = target.sum(dim=1, keepdim=True)
        log_total = total.clamp_min(torch.finfo(total.dtype).tiny).log()
        entries = self.half_deviance(log_shares + log_total, target)
        counts = total > 0 if known is None else known & (total > 0)
        return torch.where(counts, entries, 0.0).sum(dim=1)


def _mean(sums, target, known, reduction):
    """Return sums over features as means, or their mean over rows."""
    n_known = target.shape[1] if known is None else known.sum(dim=1).clamp(min=1)
    means = sums / n_known
    return means.mean() if reduction == "mean" else means


def _stirling_error(counts):
    """Return log(n!) - n log(n) + n, without the difference of large numbers."""
    few = counts.clamp(max=MANY_COUNTS)
    exact = (few + 1).lgamma() - torch.special.xlogy(few, few) + few
    many = counts.clamp(min=MANY_COUNTS)
    square = many.square()
    series = (1 / 12 - (1 / 360 - 1 / 1260 / square) / square) / many
    series = 0.5 * (2 * math.pi * many).log() + series
    return torch.where(counts < MANY_COUNTS, exact, series)
