#!/usr/bin/env python3
"""Makes crates/train/tests/vectors/glm.json: generated rows, and the coefficients that scikit-learn finds in them.

Usage: train_vectors.py [FILE]. Rates over an exposure are fitted as scikit-learn's examples do it: outcome over exposure,
with the exposure as sample weight, which for Poisson's law is an offset of its logarithm; the file also has a Poisson fit by a
true offset (SciPy's minimiser on the log likelihood), and one that forgets the exposure. Exposure depends on the first
feature here, so forgetting it moves that coefficient far.
"""

import json
import pathlib
import sys

import numpy as np
from scipy.optimize import minimize
from sklearn.linear_model import GammaRegressor, LogisticRegression, PoissonRegressor, TweedieRegressor

HERE = pathlib.Path(__file__).resolve().parent
ROWS = 400
# Penalties of the kind: ours is l2, on the sum of losses.
L2 = 0.5


def rows():
    """Three features of whole numbers, an exposure that leans on the first, and four kinds of outcome."""
    draw = np.random.default_rng(20261127)
    x = np.column_stack([draw.integers(0, 10, ROWS), draw.integers(-20, 21, ROWS), draw.integers(0, 2, ROWS)]).astype(float)
    exposure = (1 + draw.integers(0, 4 + 3 * x[:, 0].astype(int), ROWS)) / 8
    margin = -0.7 + 0.06 * x[:, 0] - 0.03 * x[:, 1] + 0.4 * x[:, 2]
    claims = draw.poisson(exposure * np.exp(margin))
    size = np.array([draw.gamma(2.0, np.exp(m) / 2, n).sum() for m, n in zip(1.0 - 0.5 * margin, claims)]).round(3)
    amount = np.maximum(draw.gamma(3.0 * exposure, np.exp(margin) / 3.0).round(4), 0.0001)
    yes = draw.random(ROWS) < 1 / (1 + np.exp(-2 * margin))
    return x, exposure.round(3), {"claims": claims, "total": size, "amount": amount, "yes": yes.astype(int)}


def standard(x):
    """Penalties are on standardised features, as ours are."""
    return (x - x.mean(axis=0)) / x.std(axis=0)


def told(model, x):
    """Intercept and coefficients for features as they are."""
    weights = np.ravel(model.coef_) / x.std(axis=0)
    return [float(np.ravel(model.intercept_)[0] - weights @ x.mean(axis=0)), *map(float, weights)]


def rate(model, x, outcome, weight):
    """A fit of outcome over weight."""
    model.set_params(tol=1e-12, max_iter=10_000)
    return told(model.fit(standard(x), outcome / weight, sample_weight=weight), x)


def chance(x, yes, weight):
    """A logistic fit whose positive rows count `weight` times."""
    model = LogisticRegression(C=1 / L2, tol=1e-12, max_iter=10_000, solver="newton-cholesky")
    return told(model.fit(standard(x), yes, sample_weight=np.where(yes == 1, weight, 1.0)), x)


def offset(x, claims, exposure):
    """Poisson with the offset in the margin, by its log likelihood."""
    z = np.column_stack([np.ones(len(x)), standard(x)])

    def loss(b):
        margin = z @ b + np.log(exposure)
        return np.exp(margin).sum() - claims @ margin + L2 / 2 * (b[1:] ** 2).sum()

    def slope(b):
        return z.T @ (np.exp(z @ b + np.log(exposure)) - claims) + L2 * np.concatenate([[0], b[1:]])

    b = minimize(loss, np.zeros(z.shape[1]), jac=slope, method="BFGS", options={"gtol": 1e-9}).x
    weights = b[1:] / x.std(axis=0)
    return [float(b[0] - weights @ x.mean(axis=0)), *map(float, weights)]


def maker():
    """The hash (FNV-1a) of what the vectors were made by."""
    fnv = 0xCBF29CE484222325
    for byte in b"".join(path.read_bytes() for path in (HERE / "train_vectors.py", HERE.parent / "bench/requirements.txt")):
        fnv = (fnv ^ byte) * 0x100000001B3 % 2**64
    return f"{fnv:016x}"


def main():
    x, exposure, y = rows()
    total = exposure.sum()
    ones = np.ones(ROWS)
    newton = {"solver": "newton-cholesky"}
    fits = {
        "poisson": rate(PoissonRegressor(alpha=L2 / total, **newton), x, y["claims"], exposure),
        "poisson_offset": offset(x, y["claims"], exposure),
        "poisson_forgotten": rate(PoissonRegressor(alpha=L2 / ROWS, **newton), x, y["claims"], ones),
        "gamma": rate(GammaRegressor(alpha=L2 / total, **newton), x, y["amount"], exposure),
        "tweedie": rate(TweedieRegressor(power=1.5, link="log", alpha=L2 / total, **newton), x, y["total"], exposure),
        "logistic": chance(x, y["yes"], 1.0),
        "logistic_weighted": chance(x, y["yes"], 3.0),
    }
    columns = {"x": x.T.astype(int).tolist(), "exposure": exposure.tolist(), **{k: v.tolist() for k, v in y.items()}}
    default = HERE.parent / "crates/train/tests/vectors/glm.json"
    path = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else default
    path.write_text(json.dumps({"made_by": maker(), "l2": L2, "columns": columns, "fits": fits}, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
