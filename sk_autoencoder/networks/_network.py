"""What every family of networks offers."""

# SPDX-License-Identifier: BSD-3-Clause

from sk_autoencoder.networks._part import Part


class Network(Part):
    """A family of networks: says what is wanted, builds it once the sizes are known."""

    #: Whether it is as good in any orthogonal coordinates of the input.
    rotates = False

    def hidden_layer_sizes(self, n_features):
        """Return the default widths of the encoder's hidden layers, as a tuple."""
        raise NotImplementedError

    def build(
        self, n_features, n_components, hidden_layer_sizes, activation, start_at_zero
    ):
        """Return the encoder and the decoder.

        Parameters
        ----------
        n_features, n_components : int
            The widths of the input and of the code.

        hidden_layer_sizes : tuple of int
            The encoder's widths from the input on; the decoder mirrors them.

        activation : str
            A key of `ACTIVATIONS`.

        start_at_zero : bool
            Whether both start as the zero function: the correction to a linear path.

        Returns
        -------
        encoder, decoder : Module
            From (n, n_features) to (n, n_components) and back.
        """
        raise NotImplementedError
