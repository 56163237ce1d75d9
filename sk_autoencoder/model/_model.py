"""The fitted model: what an autoencoder has learned, arrays in and arrays out."""

# SPDX-License-Identifier: BSD-3-Clause

from functools import partial

import numpy as np
import torch

from sk_autoencoder.data import Standardizer, blocks, map_blocks
from sk_autoencoder.model._spec import Spec
from sk_autoencoder.model._view import View
from sk_autoencoder.networks import ReconstructionLoss, wrap_to_load


class AutoencoderModel:
    """A trained autoencoder with all that it needs to take rows and to give them back.

    The estimators make one in `fit`, as ``model_``, and hand all passes through the
    network to it. Rows are not validated here but for entries that are not finite.

    Parameters
    ----------
    spec : Spec
        Which network it is.

    standardizer : Standardizer
        From rows to what the network sees of them.

    module : Autoencoder
        The network, of standardized rows.

    n_axes : int or None
        The number of principal axes that it was trained in, None for the features.

    name : str, default="AutoencoderModel"
        Who has made it, for errors.

    Attributes
    ----------
    code_scale : float
        What the codes of standardized rows are multiplied by.

    width : int
        The most numbers of one row that a pass holds at a time.

    n_components : int
        The columns of a code.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sk_autoencoder import AutoencoderTransformer
    >>> from sk_autoencoder.model import AutoencoderModel
    >>> X = load_digits().data
    >>> model = AutoencoderTransformer(4, max_iter=1, random_state=0).fit(X).model_
    >>> config, state = model.to_config(), model.state_dict()
    >>> copy = AutoencoderModel.from_state_dict(config, state)
    >>> bool((copy.encode(X) == model.encode(X)).all())
    True
    """

    def __init__(
        self, spec, standardizer, module, n_axes=None, name="AutoencoderModel"
    ):
        self.spec = spec
        self.standardizer = standardizer
        self.module = module.eval()
        self.width = spec.activations_per_row(module)
        in_data_units = spec.code_in_data_units
        self.code_scale = float(standardizer.scale[0]) if in_data_units else 1.0
        self.n_axes = n_axes
        self.name = name
        criterion = ReconstructionLoss(spec.loss, *standardizer.as_tensors(np.float64))
        self.criterion = criterion.to(self._device)

    # ------------------------------------------------------------------- passes

    def encode(self, X, clip=False):
        """Return codes.

        Parameters
        ----------
        X : ndarray of float32 or float64 of shape (n, n_features)
            Rows, finite or, where the spec says so, NaN.

        clip : bool, default=False
            Whether values that are too far from the training data for single
            precision, 1e16 times their scale, are put there.

        Returns
        -------
        codes : ndarray of shape (n, n_components)
            In the dtype of X.

        Raises
        ------
        ValueError
            If a value is too far and is not clipped.
        """
        dtype = self.standardizer.as_tensors(X.dtype)[0].dtype
        return self._map(
            lambda x: self.module.encode(x).to("cpu", dtype) * self.code_scale,
            X,
            partial(self._standardize, clip=clip),
        )

    def decode(self, codes):
        """Return the rows that codes stand for.

        Parameters
        ----------
        codes : ndarray of float32 or float64 of shape (n, n_components)
            Finite codes.

        Returns
        -------
        rows : ndarray of shape (n, n_features)
            In the units of X and the dtype of the codes.
        """
        decode, in_units = self.module.decode, self._in_units(codes.dtype)
        return self._map(lambda z: in_units(decode(z)), codes, self._unscale)

    def reconstruct(self, X, n_components=None):
        """Return rows encoded and decoded, in one pass.

        Parameters
        ----------
        X : ndarray of float32 or float64 of shape (n, n_features)
            Rows, finite or, where the spec says so, NaN.

        n_components : int, default=None
            How many of the components of an ordered code are decoded; None is all.

        Returns
        -------
        rows : ndarray of shape (n, n_features)
            In the units and the dtype of X; NaN where a sequence has ended.

        Raises
        ------
        ValueError
            If a value is too far from the training data for single precision.
        """
        rows = self.reconstruct_all(X, n_components=n_components)
        if self.spec.takes_padding:
            rows[np.isnan(X)] = np.nan  # padding stays padding
        return rows

    def reconstruct_all(self, X, clip=False, n_components=None):
        """Return the same with numbers also where a sequence has ended.

        Parameters
        ----------
        X : ndarray of float32 or float64 of shape (n, n_features)
            Rows, finite or, where the spec says so, NaN.

        clip : bool, default=False
            As for `encode`.

        n_components : int, default=None
            As for `reconstruct`.

        Returns
        -------
        rows : ndarray of shape (n, n_features)
            In the units and the dtype of X.
        """
        in_units = self._in_units(X.dtype)
        return self._map(
            lambda x: in_units(self.module.reconstruct(x, n_components), x),
            X,
            partial(self._standardize, clip=clip),
        )

    def fill(self, X):
        """Return rows with the means of what is missing, given what is known.

        Parameters
        ----------
        X : ndarray of float32 or float64 of shape (n, n_features)
            Rows, NaN where an entry is missing; the spec must say that they may be.

        Returns
        -------
        rows : ndarray of shape (n, n_features)
            In the units and the dtype of X, by probabilistic PCA of the training rows;
            known entries are what single precision makes of them.
        """
        mean, scale = self.standardizer.as_tensors(X.dtype)
        fill = self.module.encoder.fill
        return self._map(
            lambda x: torch.addcmul(mean, fill(x).to("cpu", mean.dtype), scale),
            X,
            self._standardize,
        )

    def squares_left(self, X):
        """Return what the prefixes of an ordered code leave of rows.

        Parameters
        ----------
        X : ndarray of float32 or float64 of shape (n, n_features)
            Rows, finite or, where the spec says so, NaN.

        Returns
        -------
        left : ndarray of shape (n_components + 1,)
            Sums over rows and known entries of the squares, in units of the
            standardized data, that no component, the first, the first two, ... leave.
        """
        left = np.zeros(self.n_components + 1)
        for rows in blocks(X, self.width):
            rows = np.asarray(rows, dtype=np.float64)
            original = self._standardize(rows, clip=True)
            left[0] += np.nansum(np.square(original))
            for size in range(1, len(left)):
                restored = self.reconstruct_all(rows, clip=True, n_components=size)
                residual = original - self._standardize(restored, clip=True)
                left[size] += np.nansum(np.square(residual))
        return left

    def score(self, X):
        """Return how well rows are explained, as the bottleneck says it.

        Parameters
        ----------
        X : ndarray of float32 or float64 of shape (n, n_features)
            Rows, finite or, where the spec says so, NaN.

        Returns
        -------
        scores : ndarray of shape (n,)
            Higher is better: the negative loss, or a log-likelihood.

        Raises
        ------
        ValueError
            If a value is too far from the training data for single precision.
        """
        return self._map(
            lambda x: self.module.score(self.criterion, x), X, self._standardize
        )

    def learn(self, codes):
        """Take over the codes of training rows, where the bottleneck uses them.

        Parameters
        ----------
        codes : ndarray of shape (n, n_components)
            As `encode` gives them.
        """
        in_units = torch.from_numpy(self._unscale(codes)).float()
        self.module.bottleneck.learn(in_units.to(self._device))

    def active(self, codes):
        """Return which components carry something.

        Parameters
        ----------
        codes : ndarray of shape (n, n_components)
            Codes of training rows.

        Returns
        -------
        active : ndarray of bool of shape (n_components,)
            True for those that do.
        """
        unscaled = torch.from_numpy(self._unscale(codes))
        return self.spec.bottleneck.active(unscaled).numpy()

    def view(self, X, trusted=None):
        """Return rows with what the model makes of them, computed when asked for.

        Parameters
        ----------
        X : ndarray of float32 or float64 of shape (n, n_features)
            Rows, finite or, where the spec says so, NaN.

        trusted : ndarray of shape (n, n_features), default=None
            The same rows without broken values; None where all are trusted.

        Returns
        -------
        view : View
            The rows, their codes, reconstructions and residuals.
        """
        return View(self, X, trusted)

    # ------------------------------------------------------------ saving, loading

    def to_config(self):
        """Return all that is needed beside `state_dict`, as plain values.

        Returns
        -------
        config : dict
            Of which JSON can be made.

        Raises
        ------
        ValueError
            If the network is of the user's own, or a part is.
        """
        return {"spec": self.spec.to_config(), "n_axes": self.n_axes, "name": self.name}

    def state_dict(self):
        """Return all numbers that were learned.

        Returns
        -------
        state : dict of str to Tensor
            Copies on the CPU, by name.
        """
        state = {
            f"standardizer.{name}": torch.from_numpy(values.copy())
            for name, values in vars(self.standardizer).items()
        }
        return state | {
            f"module.{name}": value.detach().cpu().clone()
            for name, value in self.module.state_dict().items()
        }

    @classmethod
    def from_state_dict(cls, config, state):
        """Return the model that `to_config` and `state_dict` have described.

        Parameters
        ----------
        config : dict
            As `to_config` gives it.

        state : dict of str to Tensor
            As `state_dict` gives it.

        Returns
        -------
        model : AutoencoderModel
            On the CPU; on one machine its results have the same bits.

        Raises
        ------
        ValueError
            If the config does not describe a network of this package.

        RuntimeError
            If the state is not of that network.
        """
        spec, n_axes = Spec.from_config(config["spec"]), config["n_axes"]
        module = spec.build(n_axes)
        wrap_to_load(
            module,
            spec.sizes(),
            spec.loss,
            linear=spec.init == "pca",
            n_axes=n_axes,
            pads=spec.takes_padding,
            fills=spec.takes_missing,
            marks=spec.incomplete,
        )
        of = {"module": {}, "standardizer": {}}
        for name, value in state.items():
            owner, _, key = name.partition(".")
            of.setdefault(owner, {})[key] = value
        module.load_state_dict(of["module"])
        standardizer = Standardizer(
            **{name: value.numpy().copy() for name, value in of["standardizer"].items()}
        )
        return cls(spec, standardizer, module, n_axes, config["name"])

    # ------------------------------------------------------------------- private

    @property
    def n_components(self):
        """The columns of a code, which may be fewer than those of the spec.

        Returns
        -------
        n_components : int
            How many.
        """
        return self.module.bottleneck.n_served(self.spec.n_components)

    @property
    def _device(self):
        return next(self.module.parameters()).device

    def _unscale(self, codes, out=None):
        """Return codes as the network gives them, infinite where it cannot."""
        with np.errstate(over="ignore"):
            return np.divide(codes, np.float64(self.code_scale), out=out)

    def _standardize(self, X, out=None, clip=False):
        return self.standardizer(X, out, self._check, clip)

    def _check(self, X):
        self.spec.check_rows(X, self.name)

    def _map(self, function, X, prepare):
        width = max(self.width, X.shape[1])
        return map_blocks(function, X, prepare, self._device, width)

    def _in_units(self, dtype):
        """Return what turns the decoder's output into the units of X."""
        mean, scale = self.standardizer.as_tensors(dtype)

        def in_units(output, x=None):
            output, x = output.to("cpu", mean.dtype), None if x is None else x.cpu()
            return self.spec.loss.reconstruct(output, mean, scale, x)

        return in_units
