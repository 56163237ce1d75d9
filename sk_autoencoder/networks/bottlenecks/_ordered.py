"""Ordered components: every prefix of a code is a code."""

# SPDX-License-Identifier: BSD-3-Clause

import math
from dataclasses import dataclass

import numpy as np
import torch

from sk_autoencoder.networks.bottlenecks._bottleneck import Bottleneck, Code

# The ratio of a size that is judged to the one before, and of one that is trained.
JUDGED_RATIO, TRAINED_RATIO = math.sqrt(2), 2

# How much of what PCA leaves a size must leave more than the mean size, for its loss to
# weigh e times as much in training; and how fast the mean of it moves.
URGENCY, RATE = 0.5, 0.02

# Of the codes that say where the decoder is trusted, one in so many is added: enough
# not to be taken for wild.
ADDED_EVERY = 100

# The loss of a size is measured by what PCA leaves there, or by this share of what no
# component leaves, if that is more.
LEAST_LEFT = 0.01


@dataclass
class Ordered(Bottleneck):
    """Components in the order of what they are worth: a prefix is a smaller code.

    As with PCA, the first m numbers of a code are the code of m components, for each m
    up to `n_components`: one fit gives all sizes. In training each sample is decoded
    from several prefixes of its code, as in nested dropout [1]_, and the decoder is
    told their size: for each power of two either that size or a random one between it
    and the one before. The loss of each size counts in units of what PCA leaves there,
    and more for those that have gained least. So the loss curves start at one: that is
    PCA.

    The start is PCA at each size. An epoch is kept only if it makes the loss of none of
    the sizes 1, 2, 3, 4, 6, 8, 11, 16, ... and the full one worse than that: where a
    part of the samples is held out, by more than a standard error of the difference.

    By default hidden layers are as wide as for 64 features at least, as one network
    serves all sizes.

    References
    ----------
    .. [1] Rippel, O., Gelbart, M., & Adams, R. (2014). Learning ordered representations
       with nested dropout. International Conference on Machine Learning, 1746-1754.

    Examples
    --------
    >>> from sk_autoencoder.networks import Ordered
    >>> Ordered()
    Ordered()
    """

    ordered = True
    least_features = 64

    def n_marks(self, n_components):
        """Return one number for each component: whether it is there."""
        return n_components

    def at_pca(self, components, deviations, noise):
        """Return PCA, whose decoder does not look at the marks."""
        return super().at_pca(components, deviations, noise).with_marks()

    def build(self, sizes, loss):
        """Return the module; see `Bottleneck.build`."""
        return OrderedCode(sizes.n_components)


class OrderedCode(Code):
    """A code that is decoded from its prefixes.

    Parameters
    ----------
    n_components : int
        The full size.
    """

    judged_errors = 1.0  # there are many sizes, and few rows to judge them by

    def __init__(self, n_components):
        super().__init__()
        self.n_components = n_components
        self.trained = sizes_by_ratio(n_components, TRAINED_RATIO)
        self.judged = sizes_by_ratio(n_components, JUDGED_RATIO)
        # What a loss at each size is multiplied by: one over what PCA leaves there.
        self.register_buffer("rates", torch.ones(n_components))
        # How many components a code is to have, once it is fitted.
        self.register_buffer("served", torch.tensor(n_components))
        # The means of the losses of late, so multiplied, of the sizes in training.
        self.register_buffer("left", torch.ones(len(self.trained)))

    def forward(self, encoder, x):
        """Return prefixes of codes, (s * n, n_inputs), s of each; see `Code`."""
        sizes = self._drawn(len(x)) if self.training else self._fixed(len(x))
        code = encoder(x).repeat(len(sizes) // len(x), 1)
        return self._cut(code, sizes.to(x.device)), None

    def seen(self, encoder, x):
        """Return codes of the full size, some of nothing, and their ends; see `Code`.

        So the decoder is trusted with what is cut off, and no code is wild: beyond the
        bounds it goes over to PCA, which knows less of codes that are far from PCA's.
        """
        full = self.given(encoder(x))
        some = full[::ADDED_EVERY]
        ends = full.amin(dim=0).expand_as(some), full.amax(dim=0).expand_as(some)
        return torch.cat((full, torch.zeros_like(some), *ends))

    def code(self, encoded):
        """Return as many components as are served; see `Code`."""
        return encoded[:, : int(self.served)]

    def n_served(self, n_components):
        """Return how many of the components the code has; see `Code`."""
        return int(self.served)

    def truncate(self, n_components):
        """Let the code have so many of the components, the first, from now on."""
        self.served.fill_(n_components)

    def given(self, code):
        """Return what the decoder is given for codes, or for their first columns."""
        n, size = code.shape
        rest = code.new_zeros(n, self.n_components - size)
        sizes = torch.full((n,), size, device=code.device)
        return self._cut(torch.cat((code, rest), dim=1), sizes)

    def cost(self, criterion, result, target, known=None, reduction="none"):
        """Return the mean over sizes, in units of what PCA leaves there; see `Code`."""
        losses = _at_each_size(criterion, result, target, known)  # (s, n)
        sizes = result.code[:, self.n_components :].sum(dim=1).long()
        costs = self.rates[sizes - 1].view_as(losses) * losses
        if self.training:
            costs = self._urgency(costs.detach())[:, None] * costs
        return costs.mean() if reduction == "mean" else costs.mean(dim=0)

    def judges(self, criterion):
        """Return the loss, and what else must not get worse, at each size judged.

        See `Code.judges`.
        """

        def at(index, judge):
            return lambda *step: _at_each_size(judge, *step)[index]

        return tuple(
            at(index, judge)
            for index in range(len(self.judged))
            for judge in (criterion, *criterion.judges)
        )

    def start_at_pca(self, maps, predictor, noise, codes, loss_of):
        """Take over what PCA leaves at each size; see `Code`."""
        least = LEAST_LEFT * loss_of(codes[:, :0])
        left = [max(loss_of(codes[:, :size]), least) for size in self.judged]
        logs = [-math.log(loss) if loss > 0 else 0.0 for loss in left]
        sizes = np.log(np.arange(self.n_components) + 1)
        rates = np.exp(np.interp(sizes, np.log(self.judged), logs))
        self.rates.copy_(torch.from_numpy(rates))

    def _urgency(self, costs):
        """Return how much each of the sizes in training counts, shape (s,)."""
        self.left.lerp_(costs.mean(dim=1), RATE)
        return torch.softmax(self.left / URGENCY, dim=0) * len(self.left)

    def _drawn(self, n):
        """Return n sizes for each that is trained: that one, or one since the last."""
        sizes, last = [], 0
        for size in self.trained:
            others = torch.randint(last + 1, size + 1, (n,))
            sizes.append(others.where(torch.rand(n) < 0.5, size))
            last = size
        return torch.cat(sizes)

    def _fixed(self, n):
        """Return n times each of the sizes that are judged."""
        return torch.tensor(self.judged).repeat_interleave(n)

    def _cut(self, code, sizes):
        """Return codes of these sizes beside the marks of what is there, (n, 2 k)."""
        there = torch.arange(self.n_components, device=code.device) < sizes[:, None]
        return torch.cat((code.where(there, 0.0), there.to(code)), dim=1)


def _at_each_size(loss, result, target, known):
    """Return losses, (s, n), of n rows that were decoded at s sizes each."""
    n_sizes = len(result.output) // len(target)
    target = target.repeat(n_sizes, 1)
    known = None if known is None else known.repeat(n_sizes, 1)
    return loss(result.output, target, known).unflatten(0, (n_sizes, -1))


def sizes_by_ratio(n_components, ratio):
    """Return sizes that grow by a ratio, from one to the full one."""
    n_sizes = math.ceil(math.log(n_components, ratio))
    return sorted({round(ratio**i) for i in range(n_sizes)} | {n_components})
