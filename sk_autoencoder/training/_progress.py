"""A bar that shows how far a fit has come."""

# SPDX-License-Identifier: BSD-3-Clause

from skorch.callbacks import Callback


class Progress(Callback):
    """Show a bar over the epochs, and name what a fit does before and after them.

    It is entered for the whole fit, and a callback of the training within.

    Parameters
    ----------
    description : str or None
        What stands before the bar; None shows none.
    """

    def __init__(self, description):
        self.description = description
        self._bar = None

    def __enter__(self):
        if self.description is not None:
            # It warns at import in a notebook without ipywidgets.
            from tqdm.auto import tqdm

            self._bar = tqdm(unit="epoch")
        return self

    def __exit__(self, *error):
        if self._bar is not None:
            self._bar.close()  # it stays as it is
            self._bar = None

    def enter_stage(self, stage):
        """Name what comes next, such as "training"."""
        if self._bar is not None:
            self._bar.set_description(f"{self.description}, {stage}")

    def on_train_begin(self, net, X=None, y=None, **kwargs):
        if self._bar is not None:
            self._bar.reset(total=net.max_epochs)
            self.enter_stage("training")

    def on_epoch_end(self, net, dataset_train=None, dataset_valid=None, **kwargs):
        if self._bar is not None:
            train_loss, valid_loss = net.history[-1, ("train_loss", "valid_loss")]
            self._bar.set_postfix(loss=f"{train_loss:.4g}", valid=f"{valid_loss:.4g}")
            self._bar.update()

    def __getstate__(self):
        """Return the attributes without the bar, which belongs to this process."""
        return vars(self) | {"_bar": None}
