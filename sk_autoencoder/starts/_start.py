"""Where training starts, in which coordinates, and how it ends in those of X."""

# SPDX-License-Identifier: BSD-3-Clause


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
