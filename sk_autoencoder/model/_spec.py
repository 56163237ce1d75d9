"""Which network a model has."""

# SPDX-License-Identifier: BSD-3-Clause

from dataclasses import dataclass, fields, replace
from itertools import accumulate

from sk_autoencoder.data import (
    check_finite,
    check_padding,
    has_nan,
    lacks_entries,
)
from sk_autoencoder.networks import (
    BOTTLENECKS,
    LOSSES,
    NETWORKS,
    Autoencoder,
    Bottleneck,
    ByColumn,
    Loss,
    Network,
    Sizes,
    part_from_config,
    part_to_config,
)

REGISTRIES = {
    "network": NETWORKS,
    "bottleneck": BOTTLENECKS,
    "loss": LOSSES | {"by_column": ByColumn},
}


@dataclass(frozen=True)
class Spec:
    """What decides which network is built: all of it, and nothing of its weights.

    Parameters
    ----------
    n_features : int
        The columns of X.

    n_components : int
        The columns of the code.

    network : Network
        The family.

    sample_shape : tuple of int or None
        The shape of a sample, where it has one.

    hidden_layer_sizes : tuple of int
        The widths of the encoder's hidden layers.

    activation : str
        A key of `ACTIVATIONS`.

    bottleneck : Bottleneck
        What stands between encoder and decoder.

    loss : Loss
        The loss of a row.

    scale : bool
        Whether each feature is divided by its own standard deviation.

    init : {"pca", "random"}
        Where training starts.

    levels : tuple of int, default=()
        How many levels the columns of a table have, where some have: the last columns
        of X say which of them a row has.

    incomplete : bool, default=False
        Whether the network is told which entries of a row were missing, as it was
        trained on rows that lack some.
    """

    n_features: int
    n_components: int
    network: Network
    sample_shape: tuple | None
    hidden_layer_sizes: tuple
    activation: str
    bottleneck: Bottleneck
    loss: Loss
    scale: bool
    init: str
    levels: tuple = ()
    incomplete: bool = False

    @property
    def takes_padding(self):
        """Whether rows may have NaN: sequences that end before others."""
        return self.network.pads and self.bottleneck.takes_padding

    @property
    def takes_missing(self):
        """Whether rows may have NaN: entries that are missing, anywhere."""
        return not self.network.pads

    def seeing(self, X):
        """Return the spec for training rows, some of whose entries may be missing."""
        return replace(self, incomplete=self.takes_missing and lacks_entries(X))

    @property
    def column_ends(self):
        """Where the numbers of each column of the table end: a tuple of int.

        Those of columns without levels come first, one of each.
        """
        widths = [1] * (self.n_features - sum(self.levels)) + list(self.levels)
        return tuple(accumulate(widths))

    @property
    def code_in_data_units(self):
        """Whether codes are multiplied by the number that all of X is divided by."""
        share_one = not self.scale and not self.levels
        return self.bottleneck.code_in_data_units and share_one

    def activations_per_row(self, module):
        """Return the most numbers of one row that a pass through the network holds."""
        return self.network.activations_per_row(
            self.sizes(), self.hidden_layer_sizes, (module.encoder, module.decoder)
        )

    def multiplications(self, module, n_inputs=None):
        """Return the multiplications of one row's pass through the network.

        Parameters
        ----------
        module : Autoencoder
            The network.

        n_inputs : int, default=None
            The columns of its input, where these are not the features.

        Returns
        -------
        n_multiplications : int
            Of encoder and decoder.
        """
        return self.network.multiplications(
            self.sizes(n_inputs),
            self.hidden_layer_sizes,
            (module.encoder, module.decoder),
        )

    def sizes(self, n_inputs=None):
        """Return the widths of the network, for inputs of other columns than X's."""
        return Sizes(
            n_inputs or self.n_features,
            self.bottleneck.n_outputs(self.n_components),
            self.n_components,
            self.sample_shape,
            self.bottleneck.n_marks(self.n_components),
        )

    def build(self, n_inputs=None):
        """Return a freshly built network.

        Parameters
        ----------
        n_inputs : int, default=None
            The columns of its input, where these are not the features.

        Returns
        -------
        module : Autoencoder
            With ``init="pca"`` encoder and decoder are zero: the correction to come.
        """
        encoder, decoder = self.network.build(
            self.sizes(n_inputs),
            self.hidden_layer_sizes,
            self.activation,
            start_at_zero=self.init == "pca",
        )
        return Autoencoder(
            encoder, decoder, self.bottleneck.build(self.sizes(), self.loss)
        )

    def check_rows(self, X, estimator_name):
        """Raise if an entry of X is neither a finite number nor rightly missing.

        Parameters
        ----------
        X : ndarray of shape (n_samples, n_features)
            Rows.

        estimator_name : str
            For the error.
        """
        if self.takes_missing:
            check_finite(X, estimator_name, allow_nan=True)
        elif self.takes_padding and len(self.sample_shape or ()) == 2:
            check_padding(X, self.sample_shape, estimator_name)
        elif not self.bottleneck.takes_padding and has_nan(X):
            raise ValueError(
                f"network={self.network!r} takes NaN for the end of a sequence, and "
                f"bottleneck={self.bottleneck!r} needs X without: sequences of equal "
                "length."
            )
        else:  # or the network is about to say which shape it needs
            check_finite(X, estimator_name)

    def check_same(self, other):
        """Raise if another spec stands for another network, wherever it starts.

        Parameters
        ----------
        other : Spec
            What is asked for, to go on with the network of this one.
        """
        other = replace(other, init=self.init, incomplete=self.incomplete)
        for field in fields(self):
            was, asked = getattr(self, field.name), getattr(other, field.name)
            if was != asked:
                raise ValueError(
                    "warm_start=True goes on with the network of the last fit, where "
                    f"{field.name} was {was!r}; got {asked!r}. Set warm_start=False to "
                    "build a new network."
                )

    def to_config(self):
        """Return the spec as plain values, of which JSON can be made.

        Raises
        ------
        ValueError
            If a part is none of this package's, which no text could bring back.
        """
        config = {field.name: getattr(self, field.name) for field in fields(self)}
        for name, registry in REGISTRIES.items():
            config[name] = part_to_config(config[name], registry, name)
        return config

    @classmethod
    def from_config(cls, config):
        """Return the spec of a config, as `to_config` gives it or as JSON keeps it."""
        config = dict(config)
        for name, registry in REGISTRIES.items():
            config[name] = part_from_config(config[name], registry, name)
        for name in ("sample_shape", "hidden_layer_sizes", "levels"):
            if config.get(name) is not None:
                config[name] = tuple(config[name])
        return cls(**config)
