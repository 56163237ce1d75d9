"""Rows of series: windows with what follows them, and folds that keep time in order."""

# SPDX-License-Identifier: BSD-3-Clause

from numbers import Integral

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from sklearn.model_selection import KFold
from sklearn.utils import check_array, check_consistent_length
from sklearn.utils._param_validation import Interval, validate_params

__all__ = ["BlockedKFold", "windows"]

LENGTH = [Interval(Integral, 1, None, closed="left")]


@validate_params(
    {
        "series": ["array-like"],
        "window_length": LENGTH,
        "horizon": LENGTH,
        "exog": ["array-like", None],
        "step": LENGTH,
    },
    prefer_skip_nested_validation=True,
)
def windows(series, window_length, horizon, *, exog=None, step=1):
    """Cut a long series into windows and what follows each of them.

    The rows suit any regressor of scikit-learn that predicts several outputs.

    Parameters
    ----------
    series : array-like of shape (n_times,) or (n_times, n_channels)
        One or several series, in order of time. Without gaps: NaN is an error.

    window_length : int
        The time steps that a forecast is made from.

    horizon : int
        The time steps to forecast.

    exog : array-like of shape (n_times,) or (n_times, n_exog), default=None
        What is known of each time step in advance, such as the calendar. Each row is
        given that of the steps to forecast.

    step : int, default=1
        The time steps from one window to the next.

    Returns
    -------
    X : ndarray of shape (n_windows, window_length * n_channels)
        The windows, each ravelled: all channels of the first step, then of the next.
        With `exog`, its ``horizon * n_exog`` values follow, ravelled in the same way.

    Y : ndarray of shape (n_windows, horizon * n_channels)
        The steps that follow, ravelled in the same way.

    Raises
    ------
    ValueError
        If the series is shorter than a window and its horizon, has entries that are
        not finite, or `exog` has another length.

    See Also
    --------
    BlockedKFold : Folds for such rows.
    AutoencoderSequenceRegressor : A regressor for such rows.

    Examples
    --------
    >>> from sk_autoencoder.sequences import windows
    >>> X, Y = windows([1, 2, 3, 4, 5], window_length=2, horizon=1)
    >>> X
    array([[1., 2.],
           [2., 3.],
           [3., 4.]])
    >>> Y
    array([[3.],
           [4.],
           [5.]])
    """
    series = _steps(series, "series")
    n_needed = window_length + horizon
    if len(series) < n_needed:
        raise ValueError(
            f"A window of window_length={window_length} and its horizon={horizon} take "
            f"{n_needed} time steps; series has {len(series)}."
        )
    rows = sliding_window_view(series, n_needed, axis=0)[::step]  # (n, c, t)
    rows = rows.swapaxes(1, 2)
    X, Y = (
        part.reshape(len(rows), -1)
        for part in (rows[:, :window_length], rows[:, window_length:])
    )
    if exog is not None:
        exog = _steps(exog, "exog")
        check_consistent_length(series, exog)
        ahead = sliding_window_view(exog[window_length:], horizon, axis=0)[::step]
        X = np.hstack([X, ahead.swapaxes(1, 2).reshape(len(X), -1)])
    return X, Y


def _steps(values, name):
    """Return a series as an array of shape (n_times, n_channels)."""
    values = check_array(
        values,
        dtype=[np.float64, np.float32],
        ensure_2d=False,
        input_name=name,
    )
    if values.ndim == 1:
        return values[:, None]
    return values


class BlockedKFold(KFold):
    """Folds that are blocks of consecutive rows, with a gap beside each.

    Of rows that are windows of one series, neighbours have most of their time steps in
    common. Here no row that is fitted is nearer than `gap` to one that is scored [1]_.

    Parameters
    ----------
    n_splits : int, default=4
        The number of blocks, at least 2.

    gap : int, default=0
        How many rows on either side of a block are left out of those to fit: the
        horizon, where each time step begins a window.

    See Also
    --------
    windows : Cuts such rows out of a series.
    sklearn.model_selection.TimeSeriesSplit : Fits on what was before alone.

    References
    ----------
    .. [1] Racine, J. (2000). Consistent cross-validatory model-selection for dependent
       data: hv-block cross-validation. Journal of Econometrics, 99(1), 39-61.

    Examples
    --------
    >>> from sk_autoencoder.sequences import BlockedKFold
    >>> for train, test in BlockedKFold(n_splits=2, gap=1).split(range(6)):
    ...     print(train, test)
    [4 5] [0 1 2]
    [0 1] [3 4 5]
    """

    def __init__(self, n_splits=4, *, gap=0):
        super().__init__(n_splits)
        if not isinstance(gap, Integral) or isinstance(gap, bool) or gap < 0:
            raise ValueError(f"gap must be an integer of at least 0; got {gap!r}.")
        self.gap = gap

    def split(self, X, y=None, groups=None):
        """Yield which rows to fit and which to score.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Rows in order of time.

        y : Ignored
            Not used, present for API consistency by convention.

        groups : Ignored
            Not used, present for API consistency by convention.

        Yields
        ------
        train : ndarray of int
            The rows to fit: all but the block and the gap on either side.

        test : ndarray of int
            The block.
        """
        for train, test in super().split(X, y, groups):
            before, after = train < test[0] - self.gap, train > test[-1] + self.gap
            yield train[before | after], test
