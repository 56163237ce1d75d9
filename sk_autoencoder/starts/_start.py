"""Where training starts, in which coordinates, and how it ends in those of X."""

# SPDX-License-Identifier: BSD-3-Clause

from sk_autoencoder.networks import Filling, fill_missing, mark_missing


class Start:
    """A start from the weights as they are, on the standardized data.

    Parameters
    ----------
    standardizer : Standardizer
        From rows of X to what the network sees of them.

    criterion : ReconstructionLoss
        The loss, with the standardization.

    n_axes : int, default=None
        The number of axes that the network was trained in before, or None.
    """

    #: What is kept where the network cannot be trained: a model of its own, or None.
    fallback = None

    def __init__(self, standardizer, criterion, n_axes=None):
        self.n_axes = n_axes
        self.prepare = standardizer
        self.n_inputs = len(standardizer.mean)
        self.criterion = criterion

    def wrap(self, module):
        """Return the network to train, around the one given."""
        return module

    def serve(self, module):
        """Return the network of standardized rows, around the trained one."""
        return module


class RandomStart(Start):
    """A start from random weights, where what is missing is the mean.

    Parameters
    ----------
    spec : Spec
        The network.

    standardizer, criterion
        As for `Start`.
    """

    def __init__(self, spec, standardizer, criterion):
        super().__init__(standardizer, criterion)
        self.spec = spec

    def wrap(self, module):
        """Let the encoder take rows with NaN, if it was given any."""
        if self.spec.incomplete:
            mark_missing(module, self.n_inputs)
            fill_missing(module, Filling.with_means(self.n_inputs), marks=True)
        return module

    def serve(self, module):
        """Let the encoder take rows with NaN, if it can."""
        if self.spec.takes_missing and not self.spec.incomplete:
            fill_missing(module, Filling.with_means(self.n_inputs), marks=False)
        return module
