"""Epochs as tasks of scikit-learn's callbacks."""

# SPDX-License-Identifier: BSD-3-Clause

from skorch.callbacks import Callback

from sk_autoencoder.training import TrainingResult


class EpochReporter(Callback):
    """Tell scikit-learn's callbacks of each epoch, and stop where they ask for it.

    It holds the estimator, so it must leave the net after the fit: pickling would
    follow it in a circle.

    Parameters
    ----------
    estimator : BaseAutoencoder
        The estimator that is being fitted.

    data : dict
        The X and y that were passed to the fit.

    context : sklearn.callback.CallbackContext
        The context of the fit.

    max_epochs : int
        How many epochs the context was promised; later ones, after a restart, are not
        reported.

    fitted_attributes : callable
        From a `TrainingResult` to what a copy of the estimator needs to work as if
        fitted.
    """

    def __init__(self, estimator, data, context, max_epochs, fitted_attributes):
        self.estimator = estimator
        self.data = data
        self.context = context
        self.max_epochs = max_epochs
        self.fitted_attributes = fitted_attributes
        self._n_reported = 0
        self._task = None

    def __reduce__(self):
        """Leave a callback that does nothing in a pickle that is made in training."""
        return Callback, ()

    def on_epoch_begin(self, net, dataset_train=None, dataset_valid=None, **kwargs):
        if self._n_reported < self.max_epochs:
            self._n_reported += 1
            self._task = self.context.subcontext(task_name="epoch")
            self._task.call_on_fit_task_begin(estimator=self.estimator, **self.data)

    def on_epoch_end(self, net, dataset_train=None, dataset_valid=None, **kwargs):
        if self._task is not None:
            net.stopped_ |= self._task.call_on_fit_task_end(
                estimator=self.estimator,
                **self.data,
                reconstruction_attributes=lambda: self.fitted_attributes(
                    TrainingResult.of(net.snapshot(self))
                ),
            )
            self._task = None
