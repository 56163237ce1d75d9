"""Random data, in all the containers that people bring."""

# SPDX-License-Identifier: BSD-3-Clause

from dataclasses import dataclass

import numpy as np
import pandas as pd
import polars
import torch
from hypothesis import reject
from hypothesis import strategies as st
from scipy import sparse

DTYPES = ["float64", "float32", "float16", "int64", "int8", "uint16", "bool"]
EXPONENTS = [-300, -160, -50, -20, 0, 0, 0, 0, 0, 0, 3, 15, 30, 36, 100, 155, 300]
BROKEN = [np.nan, np.inf, -np.inf, 1e9, -1e9, 1e300]
KINDS = ["normal", "counts", "shares", "constant", "equal"]


def _read_only(X):
    X = X.copy()
    X.flags.writeable = False
    return X


def _mapped(X, folder):
    path = folder / "X.npy"
    path.unlink(missing_ok=True)  # another map may still read it
    np.save(path, X)
    return np.load(path, mmap_mode="r")


def _frame(X):
    odd = ["a", "b c", "", "ü", "1"]
    names = [odd[i % 5] + "x" * (i // 5) for i in range(X.shape[1])]
    return pd.DataFrame(X, columns=names, index=np.arange(len(X))[::-1])


def _levels(X):
    names = pd.MultiIndex.from_product([["a"], range(X.shape[1])])
    return pd.DataFrame(X, columns=names)


def _mixed(X):
    """Return numbers beside text, truth values and a category, which may be missing."""
    frame = pd.DataFrame(X).add_prefix("x")
    with np.errstate(invalid="ignore"):
        order = np.argsort(np.argsort(np.nan_to_num(X[:, 0].astype(float))))
    frame["text"] = np.array(["low", "middle", "high"])[3 * order // len(X)]
    frame["truth"] = order % 2 == 0
    frame["kind"] = pd.Categorical(np.where(order % 3, "u", "v"))
    frame.loc[np.isnan(X[:, 0].astype(float)), "text"] = None
    return frame


def _mixed_in_polars(X):
    columns = {name: list(values) for name, values in _mixed(X).items()}
    return polars.DataFrame(columns, strict=False)


# From an array, and for some a folder for files, to what holds the same values.
CONTAINERS = {
    "array": lambda X: X,
    "Fortran": np.asfortranarray,
    "read-only": _read_only,
    "negative strides": lambda X: X[::-1, ::-1].copy()[::-1, ::-1],
    "every other": lambda X: np.repeat(np.repeat(X, 2, 0), 2, 1)[::2, ::2],
    "swapped bytes": lambda X: X.astype(X.dtype.newbyteorder()),
    "list": lambda X: X.tolist(),
    "objects": lambda X: X.astype(object),
    "strings": lambda X: X.astype(float).astype(str),
    "masked": np.ma.masked_invalid,
    "complex": lambda X: X.astype(complex),
    "sparse": lambda X: sparse.csr_array(X.astype(float)),
    "one axis": lambda X: X.ravel(),
    "three axes": lambda X: X[:, None],
    "pandas": _frame,
    "pandas, names of numbers": pd.DataFrame,
    "pandas, nullable": lambda X: pd.DataFrame(X).convert_dtypes(),
    "pandas, categories": lambda X: pd.DataFrame(X).astype("category"),
    "pandas, mixed": _mixed,
    "pandas, one name": lambda X: pd.DataFrame(X, columns=["a"] * X.shape[1]),
    "pandas, levels": _levels,
    "polars": polars.DataFrame,
    "polars, mixed": _mixed_in_polars,
    "polars, nulls": lambda X: polars.DataFrame(X).fill_nan(None),
    "torch": lambda X: torch.from_numpy(X.copy()),
    "torch, with gradient": lambda X: torch.tensor(
        X, dtype=torch.double
    ).requires_grad_(),
}
ON_DISK = {"memory map": _mapped}
NAMES = sorted(CONTAINERS | ON_DISK)
containers = st.one_of(st.just("array"), st.sampled_from(NAMES))


@dataclass(frozen=True)
class Recipe:
    """Rows of little structure, in few numbers that a failing case can print."""

    seed: int
    n_rows: int
    n_features: int
    kind: str
    exponent: int
    ratio: float
    broken: float | None
    holes: float
    dtype: str

    def array(self):
        """Return the rows, which are the same each time."""
        rng = np.random.default_rng(self.seed)
        X = rng.normal(size=(self.n_rows, self.n_features))
        X[:, -1:] = X[:, :1] ** 2
        match self.kind:
            case "counts":
                X = rng.poisson(np.exp(X.clip(-3, 3))).astype(float)
            case "shares":
                X = 1 / (1 + np.exp(-X))
            case "constant":
                X[:, : 1 + self.n_features // 2] = 3.0
            case "equal":
                X[:] = X[0]
        if self.kind != "shares":
            X *= 10.0**self.exponent
            X[:, 0] *= self.ratio
        if self.broken is not None:
            X[-1, 0] = self.broken
        X[rng.random(X.shape) < self.holes] = np.nan
        dtype = np.dtype(self.dtype)
        with np.errstate(all="ignore"):
            if dtype.kind != "f":
                most = 1 if dtype.kind == "b" else np.iinfo(dtype).max
                least = -most if dtype.kind == "i" else 0
                X = np.nan_to_num(X).clip(least, most / 2)
            return X.astype(dtype)


def recipes(n_features=None, least_rows=1):
    """Return a strategy for data in which much may go wrong."""
    n_rows = [n for n in (20, 20, 40, 40, 7, 3, 2, 1) if n >= least_rows]
    widths = [n_features] if n_features else [1, 2, 3, 4, 6, 12]
    return st.builds(
        Recipe,
        seed=st.integers(0, 2**16),
        n_rows=st.sampled_from(n_rows),
        n_features=st.sampled_from(widths),
        kind=st.sampled_from(KINDS),
        exponent=st.sampled_from(EXPONENTS),
        ratio=st.sampled_from([1.0, 1.0, 1.0, 1.0, 1e-9, 1e9]),
        broken=st.sampled_from([None] * 50 + BROKEN),
        holes=st.sampled_from([0.0] * 6 + [0.1, 0.5]),
        dtype=st.sampled_from(DTYPES),
    )


@st.composite
def ended(draw, X, sample_shape):
    """Return sequences, some of which end early: they are NaN from there on."""
    X = X.astype(np.float64).reshape(len(X), *sample_shape)
    for sequence in X:
        sequence[draw(st.integers(1, sample_shape[0])) :] = np.nan
    return X.reshape(len(X), -1)


def contained(X, name, folder):
    """Return the array in a container, if that can hold it."""
    try:
        return CONTAINERS[name](X) if name in CONTAINERS else ON_DISK[name](X, folder)
    except Exception:  # pandas has no float16 index, for example
        reject()
