"""What every family of networks offers."""

# SPDX-License-Identifier: BSD-3-Clause

from typing import NamedTuple

from sk_autoencoder.networks._part import Part


class Sizes(NamedTuple):
    """What a network has to fit.

    Attributes
    ----------
    n_features : int
        The columns of the input.

    n_outputs : int
        The columns that the encoder gives: those of the code, or more where the
        bottleneck needs to know more of a sample.

    n_components : int
        The columns of the code.

    sample_shape : tuple of int or None
        The shape of a sample, whose ravel is a row of the input, where it has one.
    """

    n_features: int
    n_outputs: int
    n_components: int
    sample_shape: tuple | None = None


class Network(Part):
    """A family of networks: says what is wanted, builds it once the sizes are known."""

    #: Whether it is as good in any orthogonal coordinates of the input.
    rotates = False

    #: Whether samples may end before others: what follows is NaN.
    pads = False

    def hidden_layer_sizes(self, n_features):
        """Return the default widths of the encoder's hidden layers, as a tuple."""
        raise NotImplementedError

    def build(self, sizes, hidden_layer_sizes, activation, start_at_zero):
        """Return the encoder and the decoder.

        Parameters
        ----------
        sizes : Sizes
            The widths of input, encoder's output and code.

        hidden_layer_sizes : tuple of int
            The encoder's widths from the input on; the decoder mirrors them.

        activation : str
            A key of `ACTIVATIONS`.

        start_at_zero : bool
            Whether both start as the zero function: the correction to a linear path.

        Returns
        -------
        encoder, decoder : Module
            From (n, n_features) to (n, n_outputs), and from (n, n_components) back.

        Raises
        ------
        ValueError
            If the sizes do not suit this family.
        """
        raise NotImplementedError
