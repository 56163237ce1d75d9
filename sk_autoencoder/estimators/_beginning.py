"""What a training begins with: a start on some rows, and the rows for it."""

# SPDX-License-Identifier: BSD-3-Clause

import copy
from dataclasses import dataclass

import numpy as np
import torch

from sk_autoencoder.data import Standardizer, fill_with_means, prepared
from sk_autoencoder.networks import Autoencoder, ReconstructionLoss
from sk_autoencoder.starts import RandomStart, Start, start_at_pca
from sk_autoencoder.training import VALIDATION_ROWS, Batches, Rows, rows_at_once


@dataclass(frozen=True)
class Beginning:
    """A start on some rows, the network to train from there, and the rows for it.

    Parameters
    ----------
    standardizer : Standardizer
        From rows of X to what the network sees of them.

    criterion : ReconstructionLoss
        The loss of standardized rows.

    start : Start
        Where training starts.

    module : Autoencoder
        The network to train.

    rows : Rows
        What to train it on.

    work : int
        The multiplications of a batch.
    """

    standardizer: Standardizer
    criterion: ReconstructionLoss
    start: Start
    module: Autoencoder
    rows: Rows
    work: int

    def judge(self, module, X, settings):
        """Return how well a trained network, once it is served, does on other rows.

        Parameters
        ----------
        module : Autoencoder
            The network, with the weights to judge; it is changed.

        X : ndarray or SparseRows of shape (n, n_features)
            The rows.

        settings : TrainingSettings
            For the corruption, and the seed, of what the network is given.

        Returns
        -------
        losses : ndarray of shape (n,)
            The loss of each row, as training minimizes it.

        unwanted : ndarray of shape (n_judges,)
            The sums of what else must not get worse; see `Autoencoder.judges`.
        """
        device = settings.device
        served = self.start.serve(module.to(device)).eval()
        criterion = self.criterion.to(device)
        rows = Rows(prepared(X, self.standardizer, X.shape[1])).to(device)
        batches = Batches(
            rows.compared_by(criterion),
            min(VALIDATION_ROWS, rows_at_once(rows.tensor)),
            corruption=settings.corruption,
            seed=settings.seed,
        )
        losses, judges = [], served.judges(criterion)
        unwanted = np.zeros(len(judges))
        # Each point is judged by the same draws, and training goes on with its own.
        with torch.no_grad(), torch.random.fork_rng([]):
            torch.default_generator.manual_seed(settings.seed)
            for input_, target, known in batches:
                result = served(input_)
                losses.append(served.objective(criterion, result, target, known).cpu())
                unwanted += [
                    float(judge(result, target, known).sum()) for judge in judges
                ]
        return torch.cat(losses).double().numpy(), unwanted


def fitted_standardizer(X, spec):
    """Return what standardizes rows, learned from them."""
    return Standardizer.fitted(_known(X, spec), spec.scale, sum(spec.levels))


def begin(X, spec, standardizer, settings, previous=None):
    """Return what training on some rows begins with.

    Parameters
    ----------
    X : ndarray, Repaired or SparseRows of shape (n_samples, n_features)
        The rows.

    spec : Spec
        The network.

    standardizer : Standardizer
        From these rows to what the network sees of them.

    settings : TrainingSettings
        How it is to be trained.

    previous : AutoencoderModel, default=None
        The model to go on with.

    Returns
    -------
    beginning : Beginning
        To be trained.
    """
    criterion = ReconstructionLoss(spec.loss, *standardizer.as_tensors(np.float64))
    if previous is not None:
        start = Start(standardizer, criterion, previous.n_axes)
        module = copy.deepcopy(previous.module)
    elif spec.init == "random":
        start = RandomStart(spec, standardizer, criterion)
        module = start.wrap(spec.build())
    else:
        start = start_at_pca(
            _known(X, spec),
            spec,
            standardizer,
            criterion,
            settings.corruption,
            settings.seed,
        )
        module = start.wrap(spec.build(start.n_axes))
    rows = Rows(prepared(X, start.prepare, start.n_inputs))
    work = settings.batch_size * spec.multiplications(module, start.n_inputs)
    return Beginning(standardizer, criterion, start, module, rows, work)


def _known(X, spec):
    """Return rows with means where sequences have ended."""
    return fill_with_means(X) if spec.takes_padding else X
