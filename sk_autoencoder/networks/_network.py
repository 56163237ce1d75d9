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

    n_marks : int
        The columns that the decoder is given beside those of the code.
    """

    n_features: int
    n_outputs: int
    n_components: int
    sample_shape: tuple | None = None
    n_marks: int = 0

    @property
    def n_inputs(self):
        """The columns that the decoder is given."""
        return self.n_components + self.n_marks


class Network(Part):
    """A family of networks: says what is wanted, builds it once the sizes are known."""

    #: Whether it is as good in any orthogonal coordinates of the input.
    rotates = False

    #: Whether samples may end before others: what follows is NaN.
    pads = False

    def hidden_layer_sizes(self, n_features):
        """Return the default widths of the encoder's hidden layers, as a tuple."""
        raise NotImplementedError

    def example_shape(self, n_features):
        """Return the shape that a sample of `n_features` numbers may have.

        Parameters
        ----------
        n_features : int
            The columns of X.

        Returns
        -------
        shape : tuple of int or None
            Some `sample_shape` that this family takes; None where it needs none.
        """
        return None

    def activations_per_row(self, sizes, hidden_layer_sizes, parts=None):
        """Return the most numbers of one row that a forward pass holds at a time.

        It is what blocks of rows are measured by: hidden layers, time steps and
        channels count, and so does the row itself; gradients do not.

        Parameters
        ----------
        sizes : Sizes
            As for `build`.

        hidden_layer_sizes : tuple of int
            As for `build`.

        parts : tuple of two Module, default=None
            Encoder and decoder, for families that know them only once they are built.

        Returns
        -------
        n_numbers : int
            Of the encoder or the decoder, whichever holds more.
        """
        raise NotImplementedError

    def multiplications(self, sizes, hidden_layer_sizes, parts=None):
        """Return the multiplications of one row's way through encoder and decoder.

        It is what the number of threads is chosen by: each weight counts as often as
        it is used, at every step and position.

        Parameters
        ----------
        sizes, hidden_layer_sizes, parts
            As for `activations_per_row`.

        Returns
        -------
        n_multiplications : int
            Of a forward pass.
        """
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
            From (n, n_features) to (n, n_outputs), and from (n, n_inputs) back.

        Raises
        ------
        ValueError
            If the sizes do not suit this family.
        """
        raise NotImplementedError
