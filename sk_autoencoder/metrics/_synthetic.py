"""How like real rows synthetic ones are, and how useful."""

# SPDX-License-Identifier: BSD-3-Clause

import numpy as np
from scipy.stats import ks_2samp, rankdata
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
)
from sklearn.metrics import r2_score, roc_auc_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict

from sk_autoencoder.metrics._rows import as_numbers

# Parts of the rows that are judged by what was learned from the others.
N_FOLDS = 5


def train_synthetic_test_real(X_synthetic, X_real, target):
    """Return how well what is learned from synthetic rows predicts real ones [1]_.

    Gradient boosting learns to predict one column by all others.

    Parameters
    ----------
    X_synthetic : array-like or DataFrame of shape (n_samples, n_features)
        Synthetic rows, to train on.

    X_real : array-like or DataFrame of shape (n_real_samples, n_features)
        Real rows that the synthetic ones were not learned from, to test on.

    target : str or int
        The column to predict: its name, or its index in arrays. Rows in which it is
        missing are left out.

    Returns
    -------
    score : float
        Where the column has levels the area under the ROC curve, of more than two the
        mean over each against all others; else the R2 score. It is to be compared with
        that of real rows to train on.

    Raises
    ------
    ValueError
        If there is no such column, or the columns differ.

    References
    ----------
    .. [1] Esteban, C., Hyland, S. L., & Ratsch, G. (2017). Real-valued (medical) time
       series generation with recurrent conditional GANs. arXiv:1706.02633.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sk_autoencoder.metrics import train_synthetic_test_real
    >>> X = load_iris(as_frame=True).data.sample(frac=1, random_state=0)
    >>> score = train_synthetic_test_real(X[:100], X[100:], "petal width (cm)")
    >>> print(f"{score:.2f}")
    0.96
    """
    columns, real, synthetic = as_numbers(X_real, X_synthetic)
    if target not in columns.names:
        raise ValueError(
            f"target={target!r} is none of the columns {sorted(columns.names)}."
        )
    place = columns.names.index(target)
    has_levels, here = place >= columns.n_numeric, columns.places[place]
    X, y = _split(synthetic, here, has_levels)
    X_test, y_test = _split(real, here, has_levels)
    if not has_levels:
        fitted = HistGradientBoostingRegressor(random_state=0).fit(X, y)
        return float(r2_score(y_test, fitted.predict(X_test)))
    if len(np.unique(y)) < 2:
        return 0.5  # of one level nothing can be learned
    fitted = HistGradientBoostingClassifier(random_state=0).fit(X, y)
    shares = np.zeros((len(y_test), here.stop - here.start))  # of all levels
    shares[:, fitted.classes_] = fitted.predict_proba(X_test)
    areas = [
        roc_auc_score(y_test == level, shares[:, level])
        for level in np.unique(y_test)[-1 if shares.shape[1] == 2 else 0 :]
    ]
    return float(np.mean(areas))


def discrimination_auc(X_real, X_synthetic):
    """Return how well gradient boosting tells synthetic rows from real ones [1]_.

    Parameters
    ----------
    X_real : array-like or DataFrame of shape (n_real_samples, n_features)
        Real rows, best such that the synthetic ones were not learned from.

    X_synthetic : array-like or DataFrame of shape (n_samples, n_features)
        Synthetic rows, about as many.

    Returns
    -------
    auc : float
        The area under the ROC curve, of rows that the classifier has not seen: 0.5 is
        chance, 1 that all rows can be told.

    Raises
    ------
    ValueError
        If the columns differ.

    References
    ----------
    .. [1] Lopez-Paz, D., & Oquab, M. (2017). Revisiting classifier two-sample tests.
       International Conference on Learning Representations.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_autoencoder.metrics import discrimination_auc
    >>> X = np.random.default_rng(0).normal(size=(1000, 1)) * [1, 1]
    >>> shuffled = np.column_stack([X[:, 0], X[::-1, 1]])
    >>> discrimination_auc(X[:500], X[500:]) < 0.6
    True
    >>> discrimination_auc(X, shuffled) > 0.9
    True
    """
    _, real, synthetic = as_numbers(X_real, X_synthetic)
    rows = np.concatenate([real, synthetic])
    is_real = np.arange(len(rows)) < len(real)
    shares = cross_val_predict(
        HistGradientBoostingClassifier(random_state=0),
        rows,
        is_real,
        cv=StratifiedKFold(N_FOLDS, shuffle=True, random_state=0),
        method="predict_proba",
    )
    return float(roc_auc_score(is_real, shares[:, 1]))


def marginal_distance(X_real, X_synthetic):
    """Return how far the distributions of columns are from those of real rows.

    Parameters
    ----------
    X_real : array-like or DataFrame of shape (n_real_samples, n_features)
        Real rows.

    X_synthetic : array-like or DataFrame of shape (n_samples, n_features)
        Synthetic rows.

    Returns
    -------
    distance : float
        From 0 to 1: the mean over columns, of numbers of the statistic of Kolmogorov
        and Smirnov, of levels of the total variation. Missing values are passed over.

    Raises
    ------
    ValueError
        If the columns differ.

    Examples
    --------
    >>> from sk_autoencoder.metrics import marginal_distance
    >>> marginal_distance([[0.0], [1.0], [2.0], [3.0]], [[0.0], [1.0], [5.0], [9.0]])
    0.5
    """
    columns, real, synthetic = as_numbers(X_real, X_synthetic)
    distances = []
    for place, here in enumerate(columns.places):
        known = [
            rows[~np.isnan(rows[:, here.start])][:, here] for rows in (real, synthetic)
        ]
        if min(map(len, known)) == 0:
            distances.append(1.0)  # nothing is known of one of them
        elif place < columns.n_numeric:
            first, second = (rows[:, 0] for rows in known)
            distances.append(ks_2samp(first, second, method="asymp").statistic)
        else:
            shares = [rows.mean(axis=0) for rows in known]
            distances.append(np.abs(shares[0] - shares[1]).sum() / 2)
    return float(np.mean(distances))


def pairwise_distance(X_real, X_synthetic):
    """Return how far associations of pairs of columns are from those of real rows.

    The association of two columns is a number from 0 to 1: for numbers the absolute
    rank correlation of Spearman, for levels Tschuprow's T, and what is between both for
    one of each [1]_.

    Parameters
    ----------
    X_real : array-like or DataFrame of shape (n_real_samples, n_features)
        Real rows, with at least two columns.

    X_synthetic : array-like or DataFrame of shape (n_samples, n_features)
        Synthetic rows.

    Returns
    -------
    distance : float
        The mean absolute difference, over pairs of columns. A value that is missing
        counts as the mean of its column.

    Raises
    ------
    ValueError
        If the columns differ, or there is one alone.

    References
    ----------
    .. [1] Saporta, G. (1976). Quelques applications des operateurs d'Escoufier au
       traitement des variables qualitatives. Statistique et Analyse des Donnees, 1(1),
       38-46.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_autoencoder.metrics import pairwise_distance
    >>> x = np.arange(100.0)
    >>> real, synthetic = np.column_stack([x, x]), np.column_stack([x, abs(x - 50)])
    >>> print(f"{pairwise_distance(real, synthetic):.2f}")
    0.97
    """
    columns, real, synthetic = as_numbers(X_real, X_synthetic)
    if len(columns.places) < 2:
        raise ValueError("Rows must have at least two columns; got 1.")
    difference = _associations(real, columns) - _associations(synthetic, columns)
    pairs = np.triu_indices(len(difference), 1)
    return float(np.abs(difference[pairs]).mean())


def _split(rows, here, has_levels):
    """Return all other columns, and one that is known: its numbers or its levels."""
    known = rows[~np.isnan(rows[:, here]).any(axis=1)]
    y = known[:, here].argmax(axis=1) if has_levels else known[:, here.start]
    return np.delete(known, here, axis=1), y


def _associations(rows, columns):
    """Return a number for each pair of columns, shape (n_columns, n_columns)."""
    rows, n_numeric = rows.copy(), columns.n_numeric
    if n_numeric:
        rows[:, :n_numeric] = rankdata(rows[:, :n_numeric], axis=0, nan_policy="omit")
    n_known = np.maximum((~np.isnan(rows)).sum(axis=0), 1)
    mean = np.nansum(rows, axis=0) / n_known
    rows = np.nan_to_num(rows - mean)
    unit = np.sqrt(np.square(rows).sum(axis=0) / n_known)
    unit[n_numeric:] = np.sqrt(mean[n_numeric:])
    rows /= np.where(unit > 0, unit, 1.0)
    starts = [here.start for here in columns.places]
    squares = np.square(rows.T @ rows / len(rows))
    sums = np.add.reduceat(np.add.reduceat(squares, starts, axis=0), starts, axis=1)
    widths = np.diff([*starts, rows.shape[1]])
    freedom = np.where(np.arange(len(starts)) < n_numeric, 1, np.maximum(widths - 1, 1))
    return np.sqrt(sums / np.sqrt(np.outer(freedom, freedom)))
