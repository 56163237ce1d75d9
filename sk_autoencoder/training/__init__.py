"""How any network is fitted: skorch only; it knows nothing of estimators."""

# SPDX-License-Identifier: BSD-3-Clause

from sk_autoencoder.training._batches import (
    Batch,
    Batches,
    HoldOut,
    Rows,
    TrainOnAll,
    rows_at_once,
)
from sk_autoencoder.training._callbacks import (
    KeepBest,
    WarmUpCosine,
    may_leave_start,
    state_of,
)
from sk_autoencoder.training._context import seeded, suitable_threads
from sk_autoencoder.training._fit import follow, split_epochs, train
from sk_autoencoder.training._net import VALIDATION_ROWS, AutoencoderNet
from sk_autoencoder.training._path import Path
from sk_autoencoder.training._progress import Progress
from sk_autoencoder.training._result import TrainingResult
from sk_autoencoder.training._settings import TrainingSettings
from sk_autoencoder.training._user_callbacks import check_callbacks

__all__ = [
    "VALIDATION_ROWS",
    "AutoencoderNet",
    "Batch",
    "Batches",
    "HoldOut",
    "KeepBest",
    "Path",
    "Progress",
    "Rows",
    "TrainOnAll",
    "TrainingResult",
    "TrainingSettings",
    "WarmUpCosine",
    "check_callbacks",
    "follow",
    "may_leave_start",
    "rows_at_once",
    "seeded",
    "split_epochs",
    "state_of",
    "suitable_threads",
    "train",
]
