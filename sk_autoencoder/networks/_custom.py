"""The user's own encoder and decoder."""

# SPDX-License-Identifier: BSD-3-Clause

import copy
import inspect
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from sk_autoencoder.networks._network import Network

# The rows that modules are tried with: an odd number, which no half of it equals.
PROBED = 3


@dataclass
class Custom(Network):
    """A family made of the user's module class or factory.

    Parameters
    ----------
    factory : callable
        Called as ``factory(n_features=..., n_components=...)``; returns a module with
        two children, ``encoder`` from (n, n_features) to (n, n_components) and
        ``decoder`` back; a variational bottleneck needs twice the columns from the
        encoder, an ordered one gives twice the columns to the decoder.
    """

    factory: Callable

    def hidden_layer_sizes(self, n_features):
        """Return no widths: the factory chooses its own."""
        return ()

    def activations_per_row(self, sizes, hidden_layer_sizes, parts=None):
        """Return what the largest module takes and gives, and at least the row."""
        return sizes.n_features + max(
            (_largest(part, n_in) for part, n_in in _with_inputs(parts, sizes)),
            default=sizes.n_outputs,
        )

    def multiplications(self, sizes, hidden_layer_sizes, parts=None):
        """Return what torch counts in the modules, and at least the weights.

        Without modules those of a linear encoder and decoder.
        """
        if parts is None:
            return sizes.n_features * (sizes.n_outputs + sizes.n_inputs)
        return sum(
            max(_counted(part, n_in), sum(w.numel() for w in part.parameters()))
            for part, n_in in _with_inputs(parts, sizes)
        )

    def build(self, sizes, hidden_layer_sizes, activation, start_at_zero):
        """Return the encoder and the decoder, gated where they must start at zero.

        They are copies: a factory may give the same module each time, which a second
        fit would train further under the model of the first.

        Raises
        ------
        TypeError
            If the factory takes other arguments, or returns no module, or one without
            both children, or these do not map single-precision tensors to such.

        ValueError
            If encoder or decoder give another shape than they should, change their
            input, cannot be copied, or there is nothing to train.
        """
        n_features, n_components = sizes.n_features, sizes.n_components
        self._check_signature(n_features=n_features, n_components=n_components)
        module = self.factory(n_features=n_features, n_components=n_components)
        parts = [getattr(module, name, None) for name in ("encoder", "decoder")]
        if not all(isinstance(part, nn.Module) for part in parts):
            raise TypeError(
                f"network={self.factory!r} must build a torch.nn.Module with two "
                f"modules as attributes, 'encoder' and 'decoder'; it built {module!r}."
            )
        outputs = sizes.n_outputs, n_features
        for name, part, n_in, n_out in zip(
            ("encoder", "decoder"),
            parts,
            (n_features, sizes.n_inputs),
            outputs,
            strict=True,
        ):
            _check_output(name, part, n_in, n_out)
        if not start_at_zero and not any(_trainable(part) for part in parts):
            raise ValueError(
                f"network={self.factory!r} has no parameters to train, neither in its "
                "encoder nor in its decoder; with init='random' it needs some."
            )
        parts = self._copies(parts)
        if start_at_zero:
            parts = [Gate(part, n) for part, n in zip(parts, outputs, strict=True)]
        return parts

    def _check_signature(self, **arguments):
        """Raise unless the factory takes arguments of these names."""
        try:
            signature = inspect.signature(self.factory)
        except ValueError:
            return  # of some builtins it is not known
        try:
            signature.bind(**arguments)
        except TypeError as error:
            raise TypeError(
                f"network={self.factory!r} must take {' and '.join(arguments)} by "
                f"name: {error}. Its signature is {signature}."
            ) from error

    def _copies(self, parts):
        """Return copies of the modules, which share what they shared."""
        try:
            return copy.deepcopy(parts)
        except Exception as error:
            raise ValueError(
                f"The modules that network={self.factory!r} builds must be such that "
                f"copy.deepcopy can copy them: {error}"
            ) from error


class Gate(nn.Module):
    """A module times a learned factor for each output, which starts at zero.

    Where the factor is zero the output is, also where the module gives none that is
    finite; but in training, which would not notice that it cannot be trained.

    References
    ----------
    Bachlechner, T. et al. (2021). ReZero is all you need: fast convergence at large
    depth. Uncertainty in Artificial Intelligence, 1352-1361.
    """

    def __init__(self, module, n_outputs):
        super().__init__()
        self.module = module
        self.gate = nn.Parameter(torch.zeros(n_outputs))

    def forward(self, x):
        """Return the gated output, shape (n, n_outputs)."""
        output = self.gate * self.module(x)
        return output if self.training else output.where(self.gate != 0, 0.0)


def _trainable(part):
    """Return whether a module has a parameter that training changes."""
    return any(weight.requires_grad for weight in part.parameters())


def _check_output(name, part, n_in, n_out):
    """Raise unless `part` maps rows of `n_in` to rows of `n_out` values in float32."""
    weights = {weight.dtype for weight in part.parameters()}
    if not weights <= {torch.float32}:
        raise TypeError(
            f"The {name} of network must have weights of torch.float32, as the rows "
            f"that it is given; got {', '.join(sorted(map(str, weights)))}. Build it "
            "with dtype=torch.float32."
        )
    to_map = (
        f"The {name} of network must map shape (n, {n_in}) to (n, {n_out}); it mapped "
        f"({PROBED}, {n_in}) to"
    )
    rows = _rows(part, n_in)
    try:
        output = _probe(part, rows)
    except RuntimeError as error:  # as torch raises for another width
        raise ValueError(f"{to_map} an error: {error}") from error
    if rows._version:
        raise ValueError(
            f"The {name} of network must leave its input as it is, which the loss and "
            "the PCA beside it are given too; it changed it in place. A first layer, "
            "such as torch.nn.ReLU, must not have inplace=True."
        )
    if not (isinstance(output, Tensor) and output.dtype == torch.float32):
        got = output.dtype if isinstance(output, Tensor) else type(output).__name__
        raise TypeError(
            f"The {name} of network must give a tensor of torch.float32; it gave "
            f"{got}. Around a layer that gives more, such as torch.nn.LSTM, put a "
            "module that returns the tensor that is meant."
        )
    shape = tuple(output.shape)
    if shape != (PROBED, n_out):
        raise ValueError(f"{to_map} {shape}.")


def _rows(part, n_in):
    """Return some rows of zeros where a part computes."""
    device = next((weight.device for weight in part.parameters()), "cpu")
    return torch.zeros(PROBED, n_in, device=device)


def _probe(part, rows):
    """Return what a part makes of some rows, and leave the part as it is."""
    was_training = part.training
    part.eval()  # so that batch normalization learns nothing from the probe
    with torch.no_grad():
        output = part(rows)
    part.train(was_training)
    return output


def _with_inputs(parts, sizes):
    """Return the parts, if any, each with the width of its input."""
    n_inputs = sizes.n_features, sizes.n_inputs
    return zip(parts, n_inputs, strict=True) if parts else ()


def _counted(part, n_in):
    """Return the multiplications of a row that torch counts."""
    with FlopCounterMode(display=False) as counter:
        _probe(part, _rows(part, n_in))
    return counter.get_total_flops() // (2 * PROBED)  # an addition each


def _largest(part, n_in):
    """Return the most numbers of a row that a module inside takes and gives."""
    seen = [0]

    def see(module, args, output):
        held = [value for value in (*args, output) if isinstance(value, Tensor)]
        seen.append(sum(value.numel() for value in held) // PROBED)

    hooks = [module.register_forward_hook(see) for module in part.modules()]
    try:
        _probe(part, _rows(part, n_in))
    finally:
        for hook in hooks:
            hook.remove()
    return max(seen)
