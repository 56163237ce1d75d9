"""The rules behind every ``"auto"``."""

# SPDX-License-Identifier: BSD-3-Clause

import math

# Epochs by default, and the bounds within which they keep the number of steps.
EPOCHS, MIN_EPOCHS, MAX_EPOCHS = 60, 10, 400
MIN_STEPS, MAX_STEPS = 1500, 4000
# At most for the detector, to whose scores longer training adds next to nothing.
FEW_STEPS = 1000

# Of so many samples all are to judge, as a tenth would say little: in five folds, or in
# three where more than these take long.
FEW_SAMPLES, FOR_FIVE_FOLDS = range(50, 1001), 500


def auto_batch_size(n_samples):
    """Return the power of two nearest to the root of `n_samples`, 32 to 1024."""
    return 2 ** min(max(round(math.log2(n_samples) / 2), 5), 10)


def auto_max_iter(n_samples, batch_size, most_steps=MAX_STEPS):
    """Return 60 epochs, or what makes 1,500 to 4,000 steps in 10 to 400 epochs.

    With another `most_steps`, no more than these in place of the 4,000.
    """
    steps_per_epoch = math.ceil(n_samples / batch_size)
    epochs = max(EPOCHS, math.ceil(MIN_STEPS / steps_per_epoch))
    epochs = min(epochs, most_steps // steps_per_epoch)
    return min(max(epochs, MIN_EPOCHS), MAX_EPOCHS)


def auto_epoch_rows(n_samples, batch_size, most_steps=MAX_STEPS):
    """Return how many rows make an epoch: all, or what ten may take of the steps."""
    most_rows = most_steps // MIN_EPOCHS * batch_size
    return min(n_samples, most_rows)


def auto_n_iter_no_change(max_iter):
    """Return a sixth of the epochs; 10 at least."""
    return max(10, max_iter // 6)


def auto_n_folds(n_samples):
    """Return 5 for 50 to 500 samples, 3 for up to 1,000, else None."""
    if n_samples not in FEW_SAMPLES:
        return None
    return 5 if n_samples <= FOR_FIVE_FOLDS else 3


def auto_learning_rate(widest, batch_size):
    """Return 0.005, up to 0.007 for large batches, less for layers over 1024 units."""
    larger = min(max(batch_size / 128, 1.0), 2.0)
    return 5e-3 * math.sqrt(larger * min(1.0, 1024 / widest))


def auto_n_components(n_features):
    """Return the root of the number of features, rounded; 1 at least."""
    return max(1, round(math.sqrt(n_features)))
