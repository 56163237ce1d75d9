"""What stands between encoder and decoder."""

# SPDX-License-Identifier: BSD-3-Clause

import math
from dataclasses import dataclass
from numbers import Integral, Real

import torch
from torch import nn

from sk_autoencoder.networks._linear_path import LinearMaps
from sk_autoencoder.networks._part import Part

# The least noise that PCA leaves, as a share of the standard deviation of the data.
LEAST_NOISE = 1e-4

# How much faster the noise learns than the weights: all features pull at one number.
NOISE_RATE = 5.0

# The share of the data that is taken to come from the model before training.
START_WEIGHT = 0.01

# The step by which a contractive bottleneck takes the derivatives of the encoder.
STEP = 0.01

# The least variance of codes that penalties divide by.
LEAST_VARIANCE = 1e-12


class Bottleneck(Part):
    """What becomes of the encoder's output, and what it costs."""

    #: Whether codes are standard normal by design, so that new ones are drawn from it.
    has_prior = False

    #: Components whose codes vary by more carry something.
    least_variance = 0.0

    def n_outputs(self, n_components):
        """Return how many numbers of a sample the encoder gives."""
        return n_components

    def at_pca(self, components, deviations, noise):
        """Return PCA as encoder and decoder.

        Parameters
        ----------
        components : Tensor of shape (n_components, n_features)
            Principal axes of the standardized data; zero rows where the code has more
            components than the data.

        deviations : Tensor of shape (n_components,)
            Positive standard deviations along the axes.

        noise : float
            The standard deviation along each of the axes that are left out.

        Returns
        -------
        maps : LinearMaps
            The encoder's and the decoder's.
        """
        return LinearMaps(
            to_code=components / deviations[:, None],
            bias=torch.zeros_like(deviations),
            units=deviations,
            to_features=(components * deviations[:, None]).T,
        )

    def build(self, n_features, loss):
        """Return the module.

        Parameters
        ----------
        n_features : int
            The number of columns of X.

        loss : Loss
            The loss of an entry.

        Returns
        -------
        module : Code
            What `Autoencoder` puts between encoder and decoder.

        Raises
        ------
        ValueError
            If a parameter is out of its range, or the loss does not fit.
        """
        return Code()

    def active(self, codes):
        """Return which components carry something: their codes are not all the same.

        Parameters
        ----------
        codes : Tensor of shape (n, n_components)
            The codes of training data.

        Returns
        -------
        active : Tensor of bool of shape (n_components,)
            True for those that do.
        """
        return codes.var(dim=0, correction=0) > self.least_variance


@dataclass
class Deterministic(Bottleneck):
    """The encoder's output is the code, and costs nothing."""


class Code(nn.Module):
    """The code as the encoder gives it."""

    def forward(self, encoder, x):
        """Return what the decoder is given in training, and its cost for each sample.

        Parameters
        ----------
        encoder : Module
            From (n, n_features) to (n, n_outputs).

        x : Tensor of shape (n, n_features)
            Standardized samples.

        Returns
        -------
        code : Tensor of shape (n, n_components)
            The codes.

        penalty : Tensor of shape (n,) or None
            What is added to the loss; None is nothing.
        """
        return encoder(x), None

    def code(self, encoded):
        """Return the code, shape (n, n_components), for an output of the encoder."""
        return encoded

    def cost(self, criterion, output, target, known=None, reduction="none"):
        """Return what the output costs, to which the penalty is added.

        Parameters
        ----------
        criterion, target, known, reduction
            As for `Autoencoder.objective`.

        output : Tensor of shape (n, n_features)
            What the decoder gave.

        Returns
        -------
        cost : Tensor of shape (n,) or ()
            The mean over known features, of each sample or of all.
        """
        return criterion(output, target, known, reduction)

    def start_at_pca(self, noise):
        """Take over what PCA leaves, the standard deviation of each feature's noise."""

    def keep_start(self, encoder, decoder, noise):
        """Take over the network before training, for use after it.

        Parameters
        ----------
        encoder, decoder : Module
            From (n, n_features) to (n, n_outputs), and from (n, n_components) back.

        noise : float
            As for `start_at_pca`.
        """

    def score(self, module, criterion, x, target, known=None):
        """Return how well a fitted network explains samples, shape (n,).

        Parameters
        ----------
        module : Autoencoder
            The network.

        criterion : ReconstructionLoss
            The loss of each sample.

        x : Tensor of shape (n, n_features)
            Standardized samples.

        target, known
            What they are compared as; see `Autoencoder.objective`.

        Returns
        -------
        scores : Tensor of shape (n,)
            Higher is better.
        """
        return -criterion(module.reconstruct(x), target, known)


@dataclass
class Variational(Bottleneck):
    r"""A variational autoencoder: codes are random, and close to standard normal.

    The encoder gives mean and log standard deviation of a normal distribution of codes,
    the decoder the mean of the data for a code z, with noise around it of a variance
    that is learned too. Training maximizes the evidence lower bound of the
    log-likelihood [1]_

    .. math:: E_{q(z|x)} \log p(x|z) - \beta \, KL(q(z|x) \,||\, N(0, I)).

    With squared error the noise is normal and the start is probabilistic PCA [2]_,
    whose posterior is of that form, so that the bound is tight: before training it
    equals ``PCA(n_components).score``. Absolute error stands for noise of Laplace, log
    loss for bits.

    What was not in the training data may be next to impossible for a model of little
    noise. So the likelihood is that of a mixture: of the data, 1 % are taken to come
    from the model before training, as in defensive importance sampling [5]_. It then is
    nowhere less than a hundredth of that of probabilistic PCA.

    Parameters
    ----------
    beta : float, default=1.0
        The weight of the second term: more makes components independent or empty, less
        the reconstruction better [3]_.

    n_importance_samples : int, default=64
        How many codes `score_samples` takes for each sample to estimate its
        log-likelihood by, with weights of importance [4]_: points of Sobol, the same
        each time. In expectation it is a lower bound, the closer the more there are.

    References
    ----------
    .. [1] Kingma, D. P., & Welling, M. (2014). Auto-encoding variational Bayes.
       International Conference on Learning Representations.

    .. [2] Lucas, J., Tucker, G., Grosse, R., & Norouzi, M. (2019). Don't blame the
       ELBO! A linear VAE perspective on posterior collapse. Advances in Neural
       Information Processing Systems, 32.

    .. [3] Higgins, I. et al. (2017). beta-VAE: learning basic visual concepts with a
       constrained variational framework. International Conference on Learning
       Representations.

    .. [4] Burda, Y., Grosse, R., & Salakhutdinov, R. (2016). Importance weighted
       autoencoders. International Conference on Learning Representations.

    .. [5] Hesterberg, T. (1995). Weighted average importance sampling and defensive
       mixture distributions. Technometrics, 37(2), 185-194.

    Examples
    --------
    >>> from sk_autoencoder.networks import Variational
    >>> Variational(beta=4.0)
    Variational(beta=4.0, n_importance_samples=64)
    """

    beta: float = 1.0
    n_importance_samples: int = 64

    has_prior = True
    least_variance = 0.01

    def n_outputs(self, n_components):
        """Return twice the number of components: means and log standard deviations."""
        return 2 * n_components

    def at_pca(self, components, deviations, noise):
        """Return probabilistic PCA, whose codes have unit variance a priori."""
        noise = max(noise, LEAST_NOISE)
        signal = (deviations.square() - noise**2).clamp(min=0).sqrt()  # (k,)
        used = components.any(dim=1)
        to_mean = (signal / deviations.square())[:, None] * components
        log_std = torch.where(used, (noise / deviations).clamp(max=1).log(), 0.0)
        return LinearMaps(
            to_code=torch.cat([to_mean, torch.zeros_like(to_mean)]),
            bias=torch.cat([torch.zeros_like(log_std), log_std]),
            units=torch.ones(2 * len(deviations), dtype=deviations.dtype),
            to_features=(components * signal[:, None]).T,
        )

    def build(self, n_features, loss):
        """Return the module; see `Bottleneck.build`."""
        if not (isinstance(self.beta, Real) and 0 <= self.beta < math.inf):
            raise ValueError(
                f"beta of Variational must be a finite number of at least 0; got "
                f"{self.beta!r}."
            )
        n_samples = self.n_importance_samples
        if not (isinstance(n_samples, Integral) and n_samples >= 1):
            raise ValueError(
                "n_importance_samples of Variational must be an integer of at least 1; "
                f"got {n_samples!r}."
            )
        return RandomCode(n_features, loss, self.beta, n_samples)


class RandomCode(Code):
    """A normal distribution of codes for each sample.

    Parameters
    ----------
    n_features : int
        The number of features, over which losses are means.

    loss : Loss
        The loss of an entry.

    beta : float
        The weight of the divergence from the prior.

    n_samples : int
        The codes that a log-likelihood is estimated from.
    """

    def __init__(self, n_features, loss, beta, n_samples):
        super().__init__()
        self.n_features = n_features
        self.loss = loss
        self.beta = beta
        self.n_samples = n_samples
        self.slow_log_noise = nn.Parameter(torch.zeros(()))
        # Raises where the loss has no likelihood.
        loss.nats(*torch.zeros(2, 1, n_features), None, self.log_noise.detach())

    @property
    def log_noise(self):
        """The log of the scale of the noise, a tensor of shape ()."""
        return NOISE_RATE * self.slow_log_noise

    def forward(self, encoder, x):
        """Return random codes and their divergence from the prior; see `Code`.

        Outside training the randomness is the same each time.
        """
        mean, log_std = _mean_and_log_std(encoder(x))  # (n, k) each
        noise = torch.randn_like(mean) if self.training else _noise(*mean.shape, mean)
        variance = (2 * log_std).exp()
        divergence = 0.5 * (mean.square() + variance - 1 - 2 * log_std).sum(dim=1)
        penalty = self.beta / self.n_features * divergence
        return torch.addcmul(mean, log_std.exp(), noise), penalty

    def code(self, encoded):
        """Return the means, shape (n, n_components)."""
        return _mean_and_log_std(encoded)[0]

    def cost(self, criterion, output, target, known=None, reduction="none"):
        """Return the negative log-likelihood, the mean over features; see `Code`."""
        return criterion.nats(output, target, known, self.log_noise, reduction)

    def start_at_pca(self, noise):
        """Take over what PCA leaves; see `Code`."""
        with torch.no_grad():
            self.slow_log_noise.fill_(math.log(max(noise, LEAST_NOISE)) / NOISE_RATE)

    def keep_start(self, encoder, decoder, noise):
        """Take over the network before training; see `Code`."""
        self.start = nn.ModuleList([encoder, decoder])
        self.start_log_noise = math.log(max(noise, LEAST_NOISE))

    def score(self, module, criterion, x, target, known=None):
        """Return estimates of the log-likelihood in the units of the data; see `Code`.

        All samples are weighed with the same numbers, so that what is said of one does
        not depend on the others.
        """
        compared = criterion, x, target, known
        score = self._log_likelihood(
            module.encoder, module.decoder, self.log_noise, *compared
        )
        if hasattr(self, "start"):
            of_start = self._log_likelihood(
                *self.start, x.new_tensor(self.start_log_noise), *compared
            )
            score = torch.logaddexp(
                score + math.log1p(-START_WEIGHT), of_start + math.log(START_WEIGHT)
            )
        return score - self.loss.log_volume(criterion.scale)

    def _log_likelihood(self, encoder, decoder, log_noise, criterion, x, target, known):
        """Return importance-weighted estimates in standardized units, shape (n,)."""
        mean, log_std = _mean_and_log_std(encoder(x))  # (n, k) each
        log_weights = []
        for noise in _normal_points(self.n_samples, mean.shape[1]).to(mean):  # (k,)
            code = torch.addcmul(mean, log_std.exp(), noise)
            losses = criterion.nats(decoder(code), target, known, log_noise)  # (n,)
            log_prior = -0.5 * code.square().sum(dim=1)
            log_posterior = -0.5 * noise.square().sum() - log_std.sum(dim=1)
            log_weights.append(-self.n_features * losses + log_prior - log_posterior)
        score = torch.logsumexp(torch.stack(log_weights), dim=0)
        return score - math.log(self.n_samples)


@dataclass
class Sparse(Bottleneck):
    r"""A sparse autoencoder: of each sample few codes are far from zero.

    The penalty is the mean over components of :math:`|z_j| / \sqrt{E z_j^2}`, the ratio
    of norms by which sparseness is measured [1]_: other than the sum of the
    :math:`|z_j|` it cannot be made small by small codes.

    Parameters
    ----------
    strength : float, default=0.1
        The factor of the penalty, which is 0.8 for codes that are normal and 0 for ever
        fewer that are not zero; a reconstruction loss of 1 explains nothing.

    References
    ----------
    .. [1] Hoyer, P. O. (2004). Non-negative matrix factorization with sparseness
       constraints. Journal of Machine Learning Research, 5, 1457-1469.
    """

    strength: float = 0.1

    def build(self, n_features, loss):
        """Return the module; see `Bottleneck.build`."""
        return SparseCode(_checked(self))


class SparseCode(Code):
    """A code that is penalized for being far from zero.

    Parameters
    ----------
    strength : float
        The factor of the penalty.
    """

    def __init__(self, strength):
        super().__init__()
        self.strength = strength

    def forward(self, encoder, x):
        """Return codes and how dense each is; see `Code`."""
        code = encoder(x)  # (n, k)
        size = (code.square().mean(dim=0) + LEAST_VARIANCE).sqrt()
        return code, self.strength * (code.abs() / size).mean(dim=1)


@dataclass
class Contractive(Bottleneck):
    r"""A contractive autoencoder: codes change little where samples do [1]_.

    The penalty is the mean over components of the squared norm of the gradient of
    :math:`z_j` by the standardized sample, over the variance of :math:`z_j`, as small
    codes alone are no merit. It is estimated along one random direction a sample.

    Parameters
    ----------
    strength : float, default=0.1
        The factor of the penalty, which is 1 for a component of the data that has the
        variance of a standardized feature; a reconstruction loss of 1 explains nothing.

    References
    ----------
    .. [1] Rifai, S., Vincent, P., Muller, X., Glorot, X., & Bengio, Y. (2011).
       Contractive auto-encoders: explicit invariance during feature extraction.
       International Conference on Machine Learning, 833-840.
    """

    strength: float = 0.1

    def build(self, n_features, loss):
        """Return the module; see `Bottleneck.build`."""
        return ContractiveCode(_checked(self))


class ContractiveCode(Code):
    """A code that is penalized for the slope of the encoder.

    Parameters
    ----------
    strength : float
        The factor of the penalty.
    """

    def __init__(self, strength):
        super().__init__()
        self.strength = strength

    def forward(self, encoder, x):
        """Return codes and how steep the encoder is there; see `Code`."""
        direction = torch.randn_like(x) if self.training else _noise(*x.shape, x)
        code = encoder(x)  # (n, k)
        slope = (encoder(x + STEP * direction) - code) / STEP  # (n, k)
        variance = code.var(dim=0, correction=0) + LEAST_VARIANCE
        return code, self.strength * (slope.square() / variance).mean(dim=1)


def _checked(part):
    """Return the strength of a penalty, a finite number of at least zero."""
    strength = part.strength
    if not (isinstance(strength, Real) and 0 <= strength < math.inf):
        raise ValueError(
            f"The strength of {type(part).__name__} must be a finite number of at "
            f"least 0; got {strength!r}."
        )
    return float(strength)


def _mean_and_log_std(encoded):
    """Return what the encoder says of the codes, two tensors of shape (n, k).

    A standard deviation above that of the prior, which no code has at the start, grows
    linearly with what the encoder gives: were it exponential, a step too long for some
    rare sample could make its codes and their cost explode.
    """
    mean, raw = encoded.chunk(2, dim=1)
    return mean, raw.clamp(max=0) + raw.relu().log1p()


def _normal_points(n_points, n_columns):
    """Return points of which normal expectations are means, shape (n, n_columns).

    They are spread more evenly than random ones: scrambled points of Sobol.
    """
    engine = torch.quasirandom.SobolEngine(n_columns, scramble=True, seed=0)
    uniform = engine.draw(n_points).clamp(1e-6, 1 - 1e-6)
    return torch.special.ndtri(uniform)


def _noise(n_rows, n_columns, like):
    """Return the same standard normal numbers each time, where a tensor is."""
    generator = torch.Generator().manual_seed(0)
    return torch.randn(n_rows, n_columns, generator=generator).to(like)


BOTTLENECKS = {
    "contractive": Contractive,
    "deterministic": Deterministic,
    "sparse": Sparse,
    "variational": Variational,
}
