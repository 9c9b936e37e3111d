"""LightGBM on the splits that the Rust program was measured on, and the difference.

Usage: python bench/credit.py DATA.csv OURS.json [OUT.json]

`DATA.csv` is the credit file of `bench/splits.json`, `OURS.json` what `cargo run --example credit_splits` wrote.
LightGBM gets the limits of `bench/candidates.json` (trees, depth), and two chances: its own defaults, and the setting
that cross-validation inside the training part picks from the same grid that ours picked from.
"""

import json
import math
import pathlib
import sys

import lightgbm
import numpy

import splits

HERE = pathlib.Path(__file__).parent
GRID = json.loads((HERE / "candidates.json").read_text())
# 97.5 % point of Student's t with 19 degrees of freedom.
T19 = 2.093


def read(path):
    """(features, outcome); the outcome is the last column."""
    table = numpy.genfromtxt(path, delimiter=",", skip_header=1)
    return table[:, :-1], table[:, -1]


def auc(y, p):
    """Share of pairs in the right order, ties one half."""
    _, inverse, counts = numpy.unique(p, return_inverse=True, return_counts=True)
    ranks = (numpy.cumsum(counts) - (counts - 1) / 2)[inverse]
    positives = int(y.sum())
    negatives = len(y) - positives
    return float((ranks[y == 1].sum() - positives * (positives + 1) / 2) / (positives * negatives))


def limits(seed):
    """What both comparisons share: the issue's limits, one seed, no randomness in threads."""
    return {
        "objective": "binary",
        "max_depth": GRID["depth"],
        "num_leaves": 2 ** GRID["depth"],
        "seed": seed,
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": 1,
        "verbosity": -1,
    }


def fit_auc(x, y, train, test, seed, setting):
    """AUC on `test` of LightGBM trained on `train`."""
    data = lightgbm.Dataset(x[train], y[train])
    model = lightgbm.train({**limits(seed), **setting}, data, num_boost_round=GRID["trees"])
    return auc(y[test], model.predict(x[test]))


def grid():
    """The grid in LightGBM's words."""
    for rate in GRID["learning_rates"]:
        for columns in GRID["columns"]:
            yield {
                "learning_rate": rate,
                "feature_fraction": columns,
                "lambda_l2": GRID["l2"],
                "min_sum_hessian_in_leaf": GRID["min_leaf_weight"],
            }


def pick(x, y, train, seed):
    """The setting with the best mean AUC over folds of the training part."""
    folds = splits.folds(train, GRID["folds"], seed)

    def score(setting):
        return numpy.mean([fit_auc(x, y, inner, held, seed, setting) for inner, held in folds])

    return max(grid(), key=score)


def interval(differences):
    """Mean and half-width of a 95 % interval, corrected for overlapping splits (Nadeau and Bengio 2003)."""
    n = len(differences)
    ratio = splits.load()["test_percent"] / (100 - splits.load()["test_percent"])
    variance = numpy.var(differences, ddof=1)
    return float(numpy.mean(differences)), T19 * math.sqrt(variance * (1 / n + ratio))


def main():
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    ours = json.loads(pathlib.Path(sys.argv[2]).read_text())
    x, y = read(sys.argv[1])
    spec = splits.load()
    assert len(y) == spec["rows"], f"{len(y)} rows, the splits are of {spec['rows']}"
    print(f"{'seed':>4} {'float':>8} {'integer':>8} {'int-float':>10} {'LightGBM':>9} {'tuned':>8} {'int-tuned':>10}")
    rows = []
    for one, mine in zip(spec["splits"], ours["splits"], strict=True):
        seed = one["seed"]
        assert mine["seed"] == seed and mine["fingerprint"] == one["fingerprint"], f"split {seed} differs"
        assert splits.fnv1a(splits.shuffle(seed, len(y))) == int(one["fingerprint"], 16), f"split {seed} differs"
        train, test = splits.split(seed, len(y), spec["test_percent"])
        setting = pick(x, y, train, seed)
        row = {
            "seed": seed,
            "float": mine["float_auc"],
            "integer": mine["integer_auc"],
            "lightgbm_default": fit_auc(x, y, train, test, seed, {}),
            "lightgbm_tuned": fit_auc(x, y, train, test, seed, setting),
            "lightgbm_setting": setting,
        }
        rows.append(row)
        print(
            f"{seed:>4} {row['float']:8.5f} {row['integer']:8.5f} {row['integer'] - row['float']:+10.6f} "
            f"{row['lightgbm_default']:9.5f} {row['lightgbm_tuned']:8.5f} {row['integer'] - row['lightgbm_tuned']:+10.5f}",
            flush=True,
        )
    report(rows)
    if len(sys.argv) == 4:
        pathlib.Path(sys.argv[3]).write_text(json.dumps(rows, indent=1) + "\n")


def report(rows):
    """Means, differences, and whether the issue's lines hold."""
    mean = {key: numpy.mean([row[key] for row in rows]) for key in ("float", "integer", "lightgbm_default", "lightgbm_tuned")}
    print(f"\nmean {mean['float']:8.5f} {mean['integer']:8.5f} {'':10} {mean['lightgbm_default']:9.5f} {mean['lightgbm_tuned']:8.5f}")
    passed = True
    for rival in ("lightgbm_default", "lightgbm_tuned"):
        difference, half = interval([row["integer"] - row[rival] for row in rows])
        holds = difference >= -0.002
        passed &= holds
        print(f"integer - {rival}: {difference:+.5f} ± {half:.5f} (95 %), at least -0.002: {'yes' if holds else 'NO'}")
    largest = max(abs(row["integer"] - row["float"]) for row in rows)
    passed &= largest <= 0.001
    print(f"largest |integer - float|: {largest:.6f}, at most 0.001: {'yes' if largest <= 0.001 else 'NO'}")
    if not passed:
        sys.exit(1)


if __name__ == "__main__":
    main()
