"""The variational autoencoder."""

# SPDX-License-Identifier: BSD-3-Clause

import math
from dataclasses import dataclass
from numbers import Integral, Real
from typing import NamedTuple

import torch
from torch import nn

from sk_autoencoder.networks._linear_path import Affine, LinearMaps
from sk_autoencoder.networks._missing import known_products, solve_codes
from sk_autoencoder.networks._part import Number
from sk_autoencoder.networks.bottlenecks._bottleneck import Bottleneck, Code
from sk_autoencoder.networks.bottlenecks._noise import same_noise
from sk_autoencoder.networks.losses._known import fill_unknown

# The least noise that PCA leaves, as a share of the standard deviation of the data.
LEAST_NOISE = 1e-4

# How much faster the noise learns than the weights: all features pull at one number.
NOISE_RATE = 5.0

# Where entries are missing, codes are drawn with this deviation at least.
LEAST_DEVIATION = 1e-6

# The share of the data that is taken to come from the model before training.
START_WEIGHT = 0.01


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

    Where entries are missing, the likelihood is that of the known entries of the row:
    over the missing ones it is integrated. It is a density in fewer numbers, which does
    not compare with that of a row of which others are known. Sequences that are padded
    with NaN are refused.

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

    _parameter_constraints = {
        "beta": [Number(Real, 0, math.inf, closed="left")],
        "n_importance_samples": [Number(Integral, 1, None, closed="left")],
    }

    code_in_data_units = False  # they have unit variance
    takes_padding = False  # the start would take what never was for the mean
    precise_start = True  # a likelihood divides by what the axes leave
    may_collapse = True
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
            code_units=torch.ones_like(deviations),
        )

    def build(self, sizes, loss):
        """Return the module; see `Bottleneck.build`."""
        return RandomCode(sizes, loss, self.beta, self.n_importance_samples)


class RandomCode(Code):
    """A normal distribution of codes for each sample.

    Parameters
    ----------
    sizes : Sizes
        Those of the network.

    loss : Loss
        The loss of an entry.

    beta : float
        The weight of the divergence from the prior.

    n_samples : int
        The codes that a log-likelihood is estimated from.
    """

    def __init__(self, sizes, loss, beta, n_samples):
        super().__init__()
        self.n_features, n_outputs, self.n_components, *_ = sizes
        self.loss = loss
        self.n_terms = loss.n_terms(self.n_features)  # of each, the loss is the mean
        self.beta = beta
        self.n_samples = n_samples
        self.slow_log_noise = nn.Parameter(torch.zeros(()))
        # The model before training, where it is PCA.
        self.register_buffer("has_start", torch.tensor(False))
        self.register_buffer("start_log_noise", torch.zeros(()))
        self.start_encoder = _zero_map(self.n_features, n_outputs)
        start_decoder = _zero_map(self.n_components, self.n_features)
        predictor = loss.predictor(*torch.zeros(2, self.n_features))
        self.start_decoder = start_decoder.followed_by(predictor)
        # Raises where the loss has no likelihood.
        loss.nats(*torch.zeros(2, 1, self.n_features), None, self.log_noise.detach())

    @property
    def log_noise(self):
        """The log of the scale of the noise, a tensor of shape ()."""
        return NOISE_RATE * self.slow_log_noise

    def forward(self, encoder, x):
        """Return random codes and their divergence from the prior; see `Code`.

        Outside training the randomness is the same each time.
        """
        mean, log_std = _mean_and_log_std(encoder(x))  # (n, k) each
        noise = (
            torch.randn_like(mean) if self.training else same_noise(*mean.shape, mean)
        )
        variance = (2 * log_std).exp()
        divergence = 0.5 * (mean.square() + variance - 1 - 2 * log_std).sum(dim=1)
        penalty = self.beta / self.n_terms * divergence
        return torch.addcmul(mean, log_std.exp(), noise), penalty

    def code(self, encoded):
        """Return the means, shape (n, n_components)."""
        return _mean_and_log_std(encoded)[0]

    def cost(self, criterion, result, target, known=None, reduction="none"):
        """Return the negative log-likelihood, of what is known; see `Code`.

        It is over the features of a complete row, so that each entry counts as much
        beside the divergence, which does not shrink with what is missing.
        """
        compared = criterion, target, known
        return self._nats(result.output, self.log_noise, *compared, reduction)

    def judges(self, criterion):
        """Return none: the likelihood says it all, and is not about means alone."""
        return ()

    def start_at_pca(self, maps, predictor, noise, codes, loss_of):
        """Take over PCA and the noise that it leaves; see `Code`."""
        log_noise = math.log(max(noise, LEAST_NOISE))
        encoder, decoder = maps.frozen(predictor)
        with torch.no_grad():
            self.slow_log_noise.fill_(log_noise / NOISE_RATE)
            self.has_start.fill_(True)
            self.start_log_noise.fill_(log_noise)
            self.start_encoder.load_state_dict(encoder.state_dict())
            self.start_decoder.load_state_dict(decoder.state_dict())

    def prior(self):
        """Return the standard normal distribution; see `Code`."""
        return StandardNormal(self.n_components)

    def score(self, module, criterion, x, target, known=None):
        """Return estimates of the log-likelihood in the units of the data; see `Code`.

        All samples are weighed with the same numbers, so that what is said of one does
        not depend on the others.

        The encoder is given incomplete rows filled in, and may be as sure of them as of
        complete ones. So their codes are drawn more widely: what it adds to the
        precision of the prior shrinks as it does at the start, probabilistic PCA [1]_,
        whose own posterior is exact.

        References
        ----------
        .. [1] Tipping, M. E., & Bishop, C. M. (1999). Probabilistic principal component
           analysis. Journal of the Royal Statistical Society B, 61(3), 611-622.
        """
        codes = IndependentCodes(*_mean_and_log_std(module.encoder(x)))
        start = IndependentCodes(
            *_mean_and_log_std(self.start_encoder(fill_unknown(x)))
        )
        if known is not None:
            codes, start = self._given_known(codes, start, x, known)
        compared = criterion, target, known
        score = self._log_likelihood(codes, module.decoder, self.log_noise, *compared)
        if self.has_start:
            of_start = self._log_likelihood(
                start, self.start_decoder, self.start_log_noise, *compared
            )
            score = torch.logaddexp(
                score + math.log1p(-START_WEIGHT), of_start + math.log(START_WEIGHT)
            )
        if known is not None:  # of nothing, the likelihood is one
            score = score.masked_fill(~known.any(dim=1), 0.0)
        return score.to("cpu", torch.float64) - criterion.log_volume(known)

    def _given_known(self, codes, start, x, known):
        """Return the codes of the model and of the start, given what is known.

        Parameters
        ----------
        codes, start : IndependentCodes
            As sure as if all was known that rows are filled with.

        x, known
            As for `score`.

        Returns
        -------
        codes, start : CorrelatedCodes
            Without a start the former are the same.
        """
        factors = self.start_decoder.linear.weight.double()
        noise = (2 * self.start_log_noise.double()).exp()
        informed = known_products(known.double(), factors) / noise  # (n, k, k)
        roots = torch.linalg.cholesky(informed + torch.eye(self.n_components).to(noise))
        start_mean = solve_codes(fill_unknown(x).double() / noise, factors, roots)
        of_all = factors.square().sum(dim=0) / noise  # (k,)
        log_std = codes.log_std.double().clamp(min=math.log(LEAST_DEVIATION))
        precision = (-2 * log_std).exp()
        learned = torch.where(of_all > 0, (precision - 1).clamp(min=0), 0)
        shares = (learned / of_all.clamp(min=torch.finfo(noise.dtype).tiny)).sqrt()
        precisions = shares[:, :, None] * informed * shares[:, None, :]
        precisions.diagonal(dim1=1, dim2=2).add_(precision - learned)
        return (
            # Of what is not finite it does not raise: the mean will not be, either.
            CorrelatedCodes.of(codes.mean, torch.linalg.cholesky_ex(precisions).L),
            CorrelatedCodes.of(start_mean.to(x), roots),
        )

    def _nats(self, output, log_noise, criterion, target, known, reduction="none"):
        """Return minus the log-likelihood of what is known, over `n_terms`."""
        if known is None:
            return criterion.nats(output, target, None, log_noise, reduction)
        nats = criterion.nats(output, target, known, log_noise)  # means of the known
        nats = nats * (self.loss.n_known(known) / self.n_terms)
        return nats.mean() if reduction == "mean" else nats

    def _log_likelihood(self, codes, decoder, log_noise, criterion, target, known):
        """Return importance-weighted estimates in standardized units, shape (n,)."""
        log_weights = []
        points = _normal_points(self.n_samples, self.n_components)
        for noise in points.to(codes.mean):  # (k,)
            code = codes.at(noise)
            nats = self._nats(decoder(code), log_noise, criterion, target, known)
            log_prior = -0.5 * code.square().sum(dim=1)
            log_posterior = -0.5 * noise.square().sum() - codes.log_volume
            log_weights.append(-self.n_terms * nats + log_prior - log_posterior)
        # Along rows: down columns the order of a sum depends on their number.
        score = torch.logsumexp(torch.stack(log_weights, dim=1), dim=1)
        return score - math.log(self.n_samples)


class IndependentCodes(NamedTuple):
    """Normal distributions of codes, one for each row, of independent components.

    Attributes
    ----------
    mean, log_std : Tensor of shape (n, n_components)
        The means, and the logs of the standard deviations.
    """

    mean: torch.Tensor
    log_std: torch.Tensor

    @property
    def log_volume(self):
        """The log of the determinant of what `at` multiplies by, shape (n,)."""
        return self.log_std.sum(dim=1)

    def at(self, noise):
        """Return the codes, one of each row, for standard normal numbers."""
        return torch.addcmul(self.mean, self.log_std.exp(), noise)


class CorrelatedCodes(NamedTuple):
    """Normal distributions of codes, one for each row.

    Attributes
    ----------
    mean : Tensor of shape (n, n_components)
        The means.

    spread : Tensor of shape (n, n_components, n_components)
        Roots of the covariances: triangular.
    """

    mean: torch.Tensor
    spread: torch.Tensor

    @classmethod
    def of(cls, mean, roots):
        """Return those whose precisions have these Cholesky factors."""
        eye = torch.eye(mean.shape[1]).to(roots).expand_as(roots)
        inverse = torch.linalg.solve_triangular(roots, eye, upper=False)
        return cls(mean, inverse.mT.to(mean))

    @property
    def log_volume(self):
        """As for `IndependentCodes`."""
        return self.spread.diagonal(dim1=1, dim2=2).log().sum(dim=1)

    def at(self, noise):
        """Return the codes, one of each row, for standard normal numbers."""
        return self.mean + (self.spread * noise).sum(dim=2)


class StandardNormal(NamedTuple):
    """The law of independent standard normal components.

    Attributes
    ----------
    n_components : int
        How many there are.
    """

    n_components: int

    def sample(self, n_samples, rng):
        """Return random codes, an ndarray of shape (n_samples, n_components)."""
        return rng.standard_normal((n_samples, self.n_components))


def _zero_map(n_in, n_out):
    """Return a map that gives zeros, until it is loaded with another."""
    return Affine(torch.zeros(n_out, n_in), torch.zeros(n_out))


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
