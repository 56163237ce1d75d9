"""What a denoising autoencoder does to its input while it is trained."""

# SPDX-License-Identifier: BSD-3-Clause

import math
from dataclasses import dataclass
from functools import partial
from numbers import Integral, Real

import torch

from sk_autoencoder.networks._part import Number, Part

FRACTION = {"fraction": [Number(Real, 0, 1, closed="both")]}

# Random integers below this, modulo far fewer rows, choose all of these as often.
MANY = 2**62


@dataclass
class Corruption(Part):
    """A random change of standardized rows, which training is to undo.

    Training and validation see corrupted rows and are judged by the clean ones; fitted
    networks are given rows as they are.
    """

    #: Whether it is the same in any orthogonal coordinates of the input.
    rotates = False

    def corrupt(self, x, known=None, generator=None):
        """Return a corrupted copy of standardized rows.

        Parameters
        ----------
        x : Tensor of shape (n, n_features)
            The rows, whose mean over the training data is zero; NaN where an entry is
            not known, which it stays.

        known : Tensor of bool of shape (n, n_features), default=None
            Which entries are known, and stay so; None is all.

        generator : torch.Generator, default=None
            The source of randomness; None is torch's global one.

        Returns
        -------
        corrupted : Tensor of shape (n, n_features)
            The input of the network.
        """
        raise NotImplementedError


@dataclass
class Clean(Corruption):
    """Leave the rows as they are."""

    rotates = True

    def corrupt(self, x, known=None, generator=None):
        """Return the rows themselves."""
        return x


@dataclass
class GaussianNoise(Corruption):
    """Add Gaussian noise to each entry.

    Parameters
    ----------
    std : float, default=0.5
        The standard deviation of the noise, in units of the standardized data: 1 is as
        large as the data's own, of each feature with ``scale=True`` and of the root of
        the mean variance without.

    References
    ----------
    Vincent, P., Larochelle, H., Lajoie, I., Bengio, Y., & Manzagol, P.-A. (2010).
    Stacked denoising autoencoders. Journal of Machine Learning Research, 11, 3371-3408.
    """

    std: float = 0.5

    _parameter_constraints = {"std": [Number(Real, 0, math.inf, closed="left")]}

    rotates = True

    def corrupt(self, x, known=None, generator=None):
        """Return the rows with noise added."""
        noise = torch.empty_like(x).normal_(generator=generator)
        return noise.mul_(self.std).add_(x)


@dataclass
class MaskingNoise(Corruption):
    """Set random entries to the feature's mean.

    Parameters
    ----------
    fraction : float, default=0.25
        The share of entries that are masked.

    References
    ----------
    Vincent, P., Larochelle, H., Lajoie, I., Bengio, Y., & Manzagol, P.-A. (2010).
    Stacked denoising autoencoders. Journal of Machine Learning Research, 11, 3371-3408.
    """

    fraction: float = 0.25

    _parameter_constraints = FRACTION

    def corrupt(self, x, known=None, generator=None):
        """Return the rows with some entries set to zero, which is the mean."""
        return x * (_uniform(x, generator) >= self.fraction)


@dataclass
class BlockMasking(Corruption):
    """Set a random block of each image to the features' means.

    Parameters
    ----------
    sample_shape : tuple of int
        ``(height, width)`` or ``(channels, height, width)`` of an image, whose ravel is
        a row.

    size : int or tuple of two int, default=4
        Height and width of the block, which lies inside the image.

    References
    ----------
    Pathak, D., Krahenbuhl, P., Donahue, J., Darrell, T., & Efros, A. A. (2016). Context
    encoders: feature learning by inpainting. Conference on Computer Vision and Pattern
    Recognition, 2536-2544.
    """

    sample_shape: tuple
    size: int | tuple = 4

    def check(self):
        """Raise a `ValueError` unless the block lies inside the image."""
        shape, size = self.sample_shape, self._size()
        if not (_are_lengths(shape) and len(shape) in (2, 3)):
            raise ValueError(
                "sample_shape of BlockMasking must be (height, width) or (channels, "
                f"height, width), integers of at least 1; got {shape!r}."
            )
        if not (_are_lengths(size) and len(size) == 2):
            raise ValueError(
                "size of BlockMasking must be an integer of at least 1, or a tuple of "
                f"two; got {self.size!r}."
            )
        if any(n > length for n, length in zip(size, shape[-2:], strict=True)):
            raise ValueError(
                f"The block of size={self.size!r} must lie inside an image of "
                f"sample_shape={shape!r}."
            )

    def corrupt(self, x, known=None, generator=None):
        """Return the rows with one block of each set to zero, which is the mean.

        Raises
        ------
        ValueError
            If a row has not as many entries as an image.
        """
        *channels, height, width = self.sample_shape
        tall, wide = self._size()
        if x[0].numel() != torch.Size(self.sample_shape).numel():
            raise ValueError(
                f"sample_shape={self.sample_shape!r} has "
                f"{torch.Size(self.sample_shape).numel()} entries; rows of X have "
                f"{x[0].numel()}."
            )
        hidden = [
            _within(len(x), n, length, x.device, generator)
            for n, length in ((height, tall), (width, wide))
        ]
        block = hidden[0][:, :, None] & hidden[1][:, None, :]  # (n, height, width)
        shown = ~block.flatten(1).repeat(1, int(torch.Size(channels).numel()))
        return x * shown

    def _size(self):
        """Return height and width of the block."""
        return self.size if isinstance(self.size, tuple) else (self.size,) * 2


@dataclass
class SaltAndPepper(Corruption):
    """Set random entries to the least or the greatest value of the feature.

    Parameters
    ----------
    fraction : float, default=0.25
        The share of entries that are set, half of them to either value; the values are
        those known among the rows that are corrupted at a time.
    """

    fraction: float = 0.25

    _parameter_constraints = FRACTION

    def corrupt(self, x, known=None, generator=None):
        """Return the rows with some entries set to an extreme."""
        chance = _uniform(x, generator)
        low, high = _extremes(x, known)
        spoiled = torch.where(chance < self.fraction / 2, low, x)
        spoiled = torch.where(chance > 1 - self.fraction / 2, high, spoiled)
        return spoiled if known is None else spoiled.where(known, x)


@dataclass
class SwapNoise(Corruption):
    """Replace random entries by the same feature of another row: noise for tables.

    Each feature keeps its own distribution, be it skewed, discrete or sparse.

    Parameters
    ----------
    fraction : float, default=0.15
        The share of entries that are replaced.
    """

    fraction: float = 0.15

    _parameter_constraints = FRACTION

    def corrupt(self, x, known=None, generator=None):
        """Return the rows with some entries taken from others."""
        donors = _donors(x, known, generator)
        swapped = _uniform(x, generator) < self.fraction
        if known is not None:
            swapped &= known
        return torch.where(swapped, x.gather(0, donors), x)


CORRUPTIONS = {
    "gaussian": GaussianNoise,
    "masking": MaskingNoise,
    "salt_and_pepper": SaltAndPepper,
    "swap": SwapNoise,
}


def _are_lengths(values):
    """Return whether these are a tuple of integers of at least one."""
    return isinstance(values, tuple) and all(
        isinstance(value, Integral) and not isinstance(value, bool) and value >= 1
        for value in values
    )


def _uniform(x, generator):
    """Return random numbers in [0, 1), one for each entry."""
    return torch.empty_like(x).uniform_(generator=generator)


def _extremes(x, known):
    """Return the least and the greatest known value of each feature."""
    if known is None:
        return x.amin(dim=0), x.amax(dim=0)
    low, high = x.masked_fill(~known, math.inf), x.masked_fill(~known, -math.inf)
    return low.amin(dim=0), high.amax(dim=0)


def _donors(x, known, generator):
    """Return a random row for each entry, of those where its feature is known."""
    draw = partial(torch.randint, size=x.shape, generator=generator, device=x.device)
    if known is None:
        return draw(len(x))
    first = known.byte().argsort(dim=0, descending=True)  # rows, the known ones first
    return first.gather(0, draw(MANY) % known.sum(dim=0).clamp(min=1))


def _within(n_rows, n, length, device, generator):
    """Return which of n positions lie in a random interval, shape (n_rows, n)."""
    start = torch.randint(
        n - length + 1, (n_rows, 1), generator=generator, device=device
    )
    position = torch.arange(n, device=device)
    return (position >= start) & (position < start + length)
