#!/usr/bin/env python3
"""Makes crates/watch/tests/vectors/crps.json: continuous ranked probability scores of three laws.

Usage: watch_vectors.py [FILE]. Poisson and gamma: the definition, the integral of (F(x) - 1{x >= y})^2, in 30 digits, which
the closed forms of scoringrules must meet to 1e-9. scoringrules has no Tweedie law: its values are the integral in doubles, by
SciPy. The long-run variance of a series is written out as Newey and West (1987) define it.
"""

import json
import pathlib
import sys

import mpmath as mp
import numpy as np
import scoringrules as sr
from scipy.integrate import quad
from scipy.special import gammaincc
from scipy.stats import poisson as poisson_law

HERE = pathlib.Path(__file__).resolve().parent
mp.mp.dps = 30


def poisson(mean, y):
    """The sum of squared distances of the distribution function, with what lies beyond 1e-30 left out."""
    mean, total, below, x = mp.mpf(mean), mp.mpf(0), mp.mpf(0), 0
    while True:
        below += mp.exp(x * mp.log(mean) - mean - mp.loggamma(x + 1))
        step = (below - (1 if x >= y else 0)) ** 2
        total += step
        if x > max(y, mean) and step < mp.mpf(10) ** -30:
            return total
        x += 1


def integral(cdf, y, far):
    """The definition, cut at the outcome."""
    left = mp.quad(lambda x: cdf(x) ** 2, [0, y / 2, y]) if y > 0 else mp.mpf(0)
    cuts = [y + (far - y) * mp.mpf(k) / 8 for k in range(9)] + [mp.inf]
    return left + mp.quad(lambda x: (1 - cdf(x)) ** 2, cuts)


def gamma(shape, scale, y):
    shape, scale, y = mp.mpf(shape), mp.mpf(scale), mp.mpf(y)
    cdf = lambda x: mp.gammainc(shape, 0, x / scale, regularized=True)
    return integral(cdf, y, shape * scale + 12 * mp.sqrt(shape) * scale + 20 * scale)


def tweedie(mean, dispersion, power, y):
    """A Poisson number of gamma amounts: the integral in doubles, by SciPy, in pieces; cubes make the start smooth."""
    rate = mean ** (2 - power) / (dispersion * (2 - power))
    shape = (2 - power) / (power - 1)
    scale = dispersion * (power - 1) * mean ** (power - 1)
    n = np.arange(1, int(rate + 14 * rate**0.5) + 40)
    chance = poisson_law.pmf(n, rate)

    def above(x):
        return float(chance @ gammaincc(n * shape, x / scale))

    def piece(of, low, high):
        cubed = lambda u: of(low + u**3) * 3 * u**2
        value, error = quad(cubed, 0, (high - low) ** (1 / 3), epsabs=1e-14, epsrel=1e-13, limit=400)
        assert error < 1e-10 * max(1.0, value), error
        return value

    far = y + mean + 40 * (dispersion * mean**power) ** 0.5 + 60 * scale
    cuts = np.linspace(y, far, 13)
    left = piece(lambda x: (1 - above(x)) ** 2, 0.0, y) if y > 0 else 0.0
    return left + sum(piece(lambda x: above(x) ** 2, low, high) for low, high in zip(cuts, cuts[1:]))


def held(said, meant):
    """The definition's value, which the library's meets; above a mean of some hundreds its Bessel functions overflow."""
    assert np.isnan(said) or abs(said - float(meant)) < 1e-9 * max(1.0, abs(said)), (said, float(meant))
    return float(meant)


def poissons():
    means = [0.01, 0.139, 0.8, 3.0, 12.5, 40.0, 500.0]
    for mean in means:
        for y in sorted({0, 1, int(mean), int(mean + 3 * mean**0.5) + 1, int(2 * mean) + 5}):
            yield {"mean": mean, "y": y, "crps": held(float(sr.crps_poisson(y, mean)), poisson(mean, y))}


def gammas():
    for shape, scale in [(0.3, 2.0), (1.0, 1.0), (2.5, 400.0), (17.0, 0.1), (220.0, 3.0)]:
        for times in (0.01, 0.5, 1.0, 2.5):
            y = round(shape * scale * times, 6)
            yield {"shape": shape, "scale": scale, "y": y, "crps": held(float(sr.crps_gamma(y, shape, scale=scale)), gamma(shape, scale, y))}


def tweedies():
    for mean, dispersion, power in [(0.5, 2.0, 1.5), (3.0, 1.0, 1.2), (100.0, 60.0, 1.7), (20.0, 0.8, 1.4)]:
        for times in (0.0, 0.3, 1.0, 3.0):
            y = round(mean * times, 6)
            yield {"mean": mean, "dispersion": dispersion, "power": power, "y": y, "crps": float(tweedie(mean, dispersion, power, y))}


def long_run(series, lags):
    """Bartlett's weights over autocovariances about the mean, divided by the number of rows."""
    x = np.asarray(series) - np.mean(series)
    n = len(x)
    total = x @ x / n
    for lag in range(1, lags + 1):
        total += 2 * (1 - lag / (lags + 1)) * (x[lag:] @ x[:-lag]) / n
    return float(total)


def series():
    draw = np.random.default_rng(20261126)
    noise = draw.normal(size=61)
    x = [float(v) for v in (noise[1:] + 0.6 * noise[:-1]).round(6)]
    return {"series": x, "variances": [{"lags": lags, "variance": long_run(x, lags)} for lags in (0, 1, 3, 8)]}


def maker():
    """The hash (FNV-1a) of what the vectors were made by."""
    fnv = 0xCBF29CE484222325
    for byte in b"".join((HERE / name).read_bytes() for name in ("watch_vectors.py", "watch-requirements.txt")):
        fnv = (fnv ^ byte) * 0x100000001B3 % 2**64
    return f"{fnv:016x}"


def main():
    vectors = {"made_by": maker(), "poisson": list(poissons()), "gamma": list(gammas()), "tweedie": list(tweedies()), "newey_west": series()}
    default = HERE.parent / "crates/watch/tests/vectors/crps.json"
    path = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else default
    path.write_text(json.dumps(vectors, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
