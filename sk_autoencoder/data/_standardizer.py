"""Centering and scaling: two numbers a feature, applied a block at a time."""

# SPDX-License-Identifier: BSD-3-Clause

import numpy as np
import torch

from sk_autoencoder.data._rows import as_tensor, blocks

# Standardized values stay within this, so that their squares stay finite in float32;
# what lies beyond is an error, or where only its being far counts is put there.
LARGEST = 1e16


def center_and_scale(X, per_feature):
    """Return the numbers that standardize data, without a copy of it.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
        Floats, finite or NaN, which is passed over.

    per_feature : bool
        Whether each feature is divided by its own standard deviation, or all by one
        number, the root of the features' mean variance.

    Returns
    -------
    mean : ndarray of shape (n_features,)
        The means of what is known of the features, in the dtype of X.

    scale : ndarray of shape (n_features,)
        What to divide them by: 1 where nothing varies, or more if values are so large
        that rounding alone does.

    Raises
    ------
    ValueError
        If the values are so large that their mean is not finite.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        low, high, total, n_known = _summary(X)
        mean = (total / n_known).astype(X.dtype)
        peak = np.maximum(high - mean, mean - low)
    if not np.isfinite(peak).all():
        raise ValueError(
            f"X is too large for its dtype {X.dtype}: its values reach "
            f"{np.abs([low, high]).max():.3g} and their spread overflows. Divide X by "
            "a constant."
        )
    peak[peak == 0] = 1
    square = np.zeros(X.shape[1])
    for rows in blocks(X):
        Z = (rows - mean) / peak  # so that squares neither overflow nor vanish
        of_rows = np.einsum("ij,ij->j", Z, Z, dtype=np.float64)
        if np.isnan(of_rows).any():
            of_rows = np.square(np.nan_to_num(Z)).sum(axis=0, dtype=np.float64)
        square += of_rows
    deviation = (np.sqrt(square / n_known) * peak).astype(X.dtype)
    # A constant feature differs from its rounded mean by rounding alone, the more the
    # longer the sum was.
    constant = deviation <= 10 * np.finfo(X.dtype).eps * np.abs(mean)
    constant |= low == high
    mean[constant] = low[constant]
    deviation[constant] = 0
    rounding = np.ones_like(mean)
    rounding[constant] = np.maximum(high[constant] - low[constant], 1)
    if per_feature:
        scale = np.where(deviation > 0, deviation, rounding)
    else:
        largest = deviation.max() or rounding.max()
        root = np.sqrt(np.square(deviation / largest).mean()) or 1
        scale = np.full_like(mean, largest * root)
    return mean, scale


def _summary(X):
    """Return least, greatest, sum and number of what is known of each column."""
    of_blocks = []
    for rows in blocks(X):
        total, n_known = rows.sum(axis=0, dtype=np.float64), len(rows)
        if np.isnan(total).any():
            total = np.nansum(rows, axis=0, dtype=np.float64)
            n_known = n_known - np.isnan(rows).sum(axis=0)
        # These pass over NaN.
        of_blocks.append((np.fmin.reduce(rows), np.fmax.reduce(rows), total, n_known))
    low, high, total, n_known = zip(*of_blocks, strict=True)
    return np.fmin.reduce(low), np.fmax.reduce(high), sum(total), sum(n_known)


class Standardizer:
    """Standardize rows: ``(X - mean) / scale``, within bounds whose squares are finite.

    Parameters
    ----------
    mean, scale : ndarray of shape (n_features,)
        As `center_and_scale` gives them, in one dtype.
    """

    def __init__(self, mean, scale):
        self.mean = mean
        self.scale = scale

    @classmethod
    def fitted(cls, X, per_feature, n_levels=0):
        """Return what standardizes rows.

        Parameters
        ----------
        X : ndarray of shape (n_samples, n_features)
            The rows.

        per_feature : bool
            As for `center_and_scale`.

        n_levels : int, default=0
            How many of the columns, the last ones, say whether rows have a level. They
            are divided by the root of its share, which makes PCA factor analysis of
            mixed data (Pages, 2004): a rare level counts more.

        Returns
        -------
        standardizer : Standardizer
            What standardizes them.
        """
        n_numbers = X.shape[1] - n_levels
        if n_levels == 0:
            return cls(*center_and_scale(X, per_feature))
        shares, _ = center_and_scale(X[:, n_numbers:], per_feature=True)
        roots = np.sqrt(np.where(shares > 0, shares, 1))
        if n_numbers == 0:
            return cls(shares, roots)
        mean, scale = center_and_scale(X[:, :n_numbers], per_feature)
        return cls(np.append(mean, shares), np.append(scale, roots))

    def __call__(self, X, out=None, check_finite=None, clip=True):
        """Return standardized rows.

        Parameters
        ----------
        X : ndarray of shape (n, n_features)
            Rows.

        out : ndarray of shape (n, n_features), default=None
            Where to write the result, in another precision if need be.

        check_finite : callable, default=None
            Called with X, to raise, where an entry may not be a finite number.

        clip : bool, default=True
            Whether what lies beyond `LARGEST` is put there; else it is an error.

        Returns
        -------
        Z : ndarray of shape (n, n_features)
            `out`, or a new array in the dtype of X.

        Raises
        ------
        ValueError
            If a value lies beyond `LARGEST` and is not clipped.
        """
        dtype = np.result_type(X, self.mean)
        Z = out if out is not None and out.dtype == dtype else np.empty(X.shape, dtype)
        values = torch.from_numpy(Z)  # in torch, which takes all threads it may
        mean, scale = torch.tensor(self.mean), torch.tensor(self.scale)
        torch.sub(as_tensor(X), mean, out=values).div_(scale)
        flat = values.view(-1)
        if not flat.dot(flat) <= LARGEST**2:  # or not a number
            if check_finite is not None:
                check_finite(X)
            if not clip:
                self._refuse_far(X, values)
            values.clamp_(-LARGEST, LARGEST)
        if out is None or Z is out:
            return Z
        out[:] = Z
        return out

    def _refuse_far(self, X, values):
        """Raise if one of the standardized values of X lies beyond `LARGEST`."""
        far = (values.abs() > LARGEST).nonzero()  # NaN, padding, is not
        if len(far):
            row, column = far[0].tolist()
            raise ValueError(
                f"X has {X[row, column]:.3g} in column {column}, which is more than "
                f"{LARGEST:.0e} times scale_ ({self.scale[column]:.3g}) away from "
                f"mean_ ({self.mean[column]:.3g}): too far for the network, which "
                "computes in single precision. Has X the units of the training data?"
            )

    def inverse(self, Z):
        """Return rows in the units of X for standardized ones."""
        return Z * self.scale + self.mean

    def as_tensors(self, dtype):
        """Return mean and scale as tensors, in `dtype` or their own if wider."""
        dtype = np.result_type(dtype, self.mean)
        return [
            torch.from_numpy(values.astype(dtype)) for values in (self.mean, self.scale)
        ]
