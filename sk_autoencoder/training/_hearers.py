"""Who hears of batches, and is told of them as skorch tells it."""

# SPDX-License-Identifier: BSD-3-Clause

from skorch.callbacks import Callback, Checkpoint, TrainEndCheckpoint

# They do not hear of batches, but name files by the last one in the history.
READ_BATCHES = (Checkpoint, TrainEndCheckpoint)


class Hearers:
    """The callbacks of a net that hear of its batches.

    The history has a row for each batch where somebody hears of its end or reads it,
    which waits for the loss of each; else it has none.

    Parameters
    ----------
    net : AutoencoderNet
        The net, about to be trained.
    """

    def __init__(self, net):
        self.net = net
        self._begin = self._methods("on_batch_begin")
        self._end = self._methods("on_batch_end")
        self._gradients = self._methods("on_grad_computed")
        callbacks = [callback for _, callback in net.callbacks_]
        reads = any(isinstance(callback, READ_BATCHES) for callback in callbacks)
        self._records = reads or bool(self._end)

    def _methods(self, hook):
        """Return the callbacks' methods of this name that are not empty."""
        return [
            getattr(callback, hook)
            for _, callback in self.net.callbacks_
            if getattr(type(callback), hook) is not getattr(Callback, hook)
        ]

    def begin_batch(self, batch, training):
        """Tell of a batch to come."""
        if self._records:
            self.net.history.new_batch()
        for hear in self._begin:
            hear(self.net, batch=_pair(batch), training=training)

    def tell_gradients(self, batch):
        """Tell of the gradients of a batch, which may be changed."""
        for hear in self._gradients:
            parameters = self.net.get_all_learnable_params()
            hear(
                self.net, named_parameters=parameters, batch=_pair(batch), training=True
            )

    def end_batch(self, batch, step, training):
        """Tell of what a batch has come to."""
        if not self._records:
            return
        prefix, history = "train" if training else "valid", self.net.history
        history.record_batch(f"{prefix}_loss", step["loss"].item())
        history.record_batch(f"{prefix}_batch_size", len(batch.input))
        # Skorch rebuilds tuples, but no named ones.
        step = step | {"y_pred": tuple(step["y_pred"])[:2]}
        for hear in self._end:
            hear(self.net, batch=_pair(batch), training=training, **step)


def _pair(batch):
    """Return input and target, as a batch of skorch is."""
    return batch.input, batch.target
