"""A fit that fails leaves the estimator as it was."""

# SPDX-License-Identifier: BSD-3-Clause

from contextlib import contextmanager


@contextmanager
def all_or_nothing(estimator):
    """Put the attributes back if the block is left by an exception.

    New private ones are left alone: scikit-learn keeps the callbacks of a running fit
    there and tears them down itself.
    """
    before = dict(vars(estimator))
    try:
        yield
    except BaseException:
        for name in [name for name in vars(estimator) if name[0] != "_"]:
            delattr(estimator, name)
        vars(estimator).update(before)
        raise
