"""Single ridge regressions: the one that held-out blocks choose, and the best."""

# SPDX-License-Identifier: BSD-3-Clause

import numpy as np

from sk_autoencoder.data import SequenceLayout, standardizers
from sk_autoencoder.sequences import BlockedKFold
from sk_autoencoder.starts._ridge import STRENGTHS, Anchoring, Moments, RidgeSystem


def chosen_and_best_ridge(case):
    """Return forecasts of two ridge regressions for the rows of the test part.

    Both know the window less nothing, its mean, its first or its last value, with the
    calendar or without.

    Parameters
    ----------
    case : Case
        The series.

    Returns
    -------
    chosen : ndarray of shape (n_test_rows, horizon)
        By that with the least error in four blocks that were held out, each with the
        penalty by generalized cross-validation.

    best : ndarray of shape (n_test_rows, horizon)
        By that with the least error in the test part, of all penalties too.
    """
    layout = SequenceLayout(case.kind.window, 1, case.n_exog, case.horizon, 1)
    of_X, of_Y = standardizers(layout, case.X_train, case.Y_train)
    rows = np.hstack([of_X(case.X_train), of_Y(case.Y_train)])
    test = of_X(case.X_test)
    anchoring = Anchoring(layout, np.append(of_X.scale, of_Y.scale))
    variants, of_all = anchoring.variants(0), RidgeSystem(Moments.of(rows), anchoring)
    strengths = [of_all.best_strength(variant, 0) for variant in variants]

    def forecast(system, X, variant, strength):
        center, n_inputs = system.center, layout.n_inputs
        coef = system.coef(variant, 0, strength)
        return (X - center[:n_inputs]) @ coef + center[n_inputs:]

    errors = np.zeros(len(variants))
    for train, held_out in BlockedKFold(4, gap=case.horizon).split(rows):
        system = RidgeSystem(Moments.of(rows[train]), anchoring)
        X, Y = np.split(rows[held_out], [layout.n_inputs], axis=1)
        for i, which in enumerate(zip(variants, strengths, strict=True)):
            errors[i] += np.square(forecast(system, X, *which) - Y).sum()
    i = errors.argmin()
    chosen = forecast(of_all, test, variants[i], strengths[i])
    forecasts = (
        of_Y.inverse(forecast(of_all, test, variant, strength))
        for variant in variants
        for strength in STRENGTHS
    )
    best = min(forecasts, key=lambda values: np.square(values - case.Y_test).sum())
    return of_Y.inverse(chosen), best
