"""Belgian motor claims: our integer programs beside scikit-learn's and LightGBM's models, on the same splits.

Usage: python bench/insurance.py prepare beMTPL97.csv.gz MOTOR.csv
       python bench/insurance.py compare MOTOR.csv OURS.json [OUT.json]

`prepare` writes the columns that `examples/insurance/motor.toml` names; `compare` reads what `cargo run --example insurance`
wrote, trains the rivals on the same rows with the same penalties and limits, and fails if an integer program's deviance or
Gini is worse by more than one per cent than the same model of the other library.
"""

import csv
import gzip
import json
import pathlib
import sys

import lightgbm
import numpy as np
from sklearn.linear_model import GammaRegressor, PoissonRegressor, TweedieRegressor

import splits

FEATURES = ["ageph", "ageph_squared", "bm", "power", "agec", "plus", "comprehensive", "female", "diesel", "work", "fleet", "long", "lat"]
# Target, exposure, power of the variance, rivals; the first rival is the same model, where there is one.
SKLEARN, SAME_LIMITS, OWN_LIMITS = "scikit-learn", "LightGBM, our limits", "LightGBM, its own"
MODELS = {
    "frequency, glm": ("nclaims", "expo", 1.0, [SKLEARN, SAME_LIMITS]),
    "frequency, trees": ("nclaims", "expo", 1.0, [SAME_LIMITS, OWN_LIMITS]),
    "frequency, network": ("nclaims", "expo", 1.0, [SKLEARN, SAME_LIMITS]),
    "severity, glm": ("amount", "nclaims", 2.0, [SKLEARN]),
    "pure premium, glm": ("amount", "expo", 1.5, [SKLEARN]),
}
WITHOUT_TWIN = "frequency, network"
WORSE = 0.01


def prepare(source, target):
    """Texts become flags; everything else stays as it is."""
    with gzip.open(source, "rt", newline="") as lines, open(target, "w", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(["nclaims", "amount", "expo", *FEATURES])
        for row in csv.DictReader(lines):
            age = int(row["ageph"])
            flags = [row["coverage"] == "TPL+", row["coverage"] == "TPL++", row["sex"] == "female",
                     row["fuel"] == "diesel", row["use"] == "work"]
            writer.writerow([row["nclaims"], row["amount"], row["expo"], age, age * age / 100, row["bm"], row["power"],
                             row["agec"], *map(int, flags), row["fleet"], row["long"], row["lat"]])


def deviance(y, e, p, power):
    """Mean unit deviance of rates, weighted by exposure."""
    rate = y / e
    if power == 1.0:
        unit = 2 * (rate * np.log(np.where(rate > 0, rate, 1) / p) - rate + p)
    elif power == 2.0:
        unit = 2 * (np.log(p / rate) + rate / p - 1)
    else:
        unit = 2 * (rate ** (2 - power) / ((1 - power) * (2 - power)) - rate * p ** (1 - power) / (1 - power)
                    + p ** (2 - power) / (2 - power))
    return float(unit @ e / e.sum())


def gini(y, e, p):
    """Twice the area between the diagonal and outcomes over exposure, lowest prediction first; ties share a step."""
    _, step = np.unique(p, return_inverse=True)
    exposure = np.concatenate([[0], np.cumsum(np.bincount(step, e))])
    outcome = np.concatenate([[0], np.cumsum(np.bincount(step, y))])
    twice = (np.diff(exposure) * (outcome[1:] + outcome[:-1])).sum()
    return float(1 - twice / (exposure[-1] * outcome[-1]))


def glm(power, l2, x, y, e):
    """scikit-learn's regressor with our penalty: l2 over the sum of weights, on standardised features."""
    settings = {"alpha": l2 / e.sum(), "solver": "newton-cholesky", "tol": 1e-8, "max_iter": 1000}
    kinds = {1.0: PoissonRegressor, 2.0: GammaRegressor}
    model = kinds[power](**settings) if power in kinds else TweedieRegressor(power=power, link="log", **settings)
    mean, spread = x.mean(axis=0), x.std(axis=0)
    model.fit((x - mean) / spread, y / e, sample_weight=e)
    return lambda x: model.predict((x - mean) / spread)


def trees(limits, seed, x, y, e):
    """LightGBM on rates with exposure as weight, under our limits or its own."""
    fixed = {"objective": "poisson", "seed": seed, "deterministic": True, "force_row_wise": True, "num_threads": 2, "verbosity": -1}
    model = lightgbm.train({**fixed, **limits}, lightgbm.Dataset(x, y / e, weight=e), num_boost_round=100)
    return model.predict


def rival(kind, power, ours, seed, x, y, e):
    """A rival's prediction of rates, trained on these rows."""
    limits = ours["trees"]
    same = {"max_depth": limits["depth"], "num_leaves": 2 ** limits["depth"], "learning_rate": limits["learning_rate"],
            "lambda_l2": limits["l2"], "min_sum_hessian_in_leaf": limits["min_leaf_weight"]}
    if kind == SKLEARN:
        return glm(power, ours["l2"], x, y, e)
    return trees(same if kind == SAME_LIMITS else {}, seed, x, y, e)


def load(path, name):
    """Features, outcome and exposure of the rows that have some."""
    with open(path) as file:
        header = file.readline().strip().split(",")
    table = np.loadtxt(path, delimiter=",", skiprows=1)
    at = {column: table[:, i] for i, column in enumerate(header)}
    target, exposure, *_ = MODELS[name]
    kept = at[exposure] > 0
    return np.column_stack([at[f] for f in FEATURES])[kept], at[target][kept], at[exposure][kept]


def compare(data, ours):
    """Every fit beside its rivals; a row each. A rival is trained once for each target and split."""
    out, tables, parts, trained = [], {}, {}, {}
    for mine in ours["fits"]:
        name, seed = mine["model"], mine["seed"]
        target, exposure, power, kinds = MODELS[name]
        what = (target, exposure)
        if what not in tables:
            tables[what] = load(data, name)
        x, y, e = tables[what]
        if (what, seed) not in parts:
            assert splits.fnv1a(splits.shuffle(seed, len(y))) == int(mine["fingerprint"], 16), f"{name}: split {seed} differs"
            parts[what, seed] = splits.split(seed, len(y), 20)
        train, test = parts[what, seed]
        assert [len(train), len(test)] == mine["rows"]

        def figures(p):
            return {"deviance": deviance(y[test], e[test], p, power), "gini": gini(y[test], e[test], p)}

        if mine["predicted"]:
            for figure, value in figures(np.array(mine["predicted"])).items():
                assert abs(value - mine["integer"][figure]) < 1e-9, f"{name}: {figure} {value}, ours {mine['integer'][figure]}"
        for kind in kinds:
            if (what, seed, kind) not in trained:
                trained[what, seed, kind] = figures(rival(kind, power, ours, seed, x[train], y[train], e[train])(x[test]))
        out.append({"model": name, "seed": seed, "mean": mine["mean"], "float": mine["float"], "integer": mine["integer"],
                    "rivals": {kind: trained[what, seed, kind] for kind in kinds}})
    return out


def table(rows):
    """Means over splits, and whether ours are worse by more than one per cent than the same model."""
    passed = True
    print(f"{'':20} {'':22} {'deviance':>11} {'Gini':>9} {'dev. worse by':>14} {'Gini worse by':>14}")
    for name in MODELS:
        mine = [row for row in rows if row["model"] == name]
        mean = lambda of, figure: float(np.mean([of(row)[figure] for row in mine]))
        integer = {figure: mean(lambda row: row["integer"], figure) for figure in ("deviance", "gini")}
        for side in ("mean", "float", "integer"):
            values = [mean(lambda row: row[side], figure) for figure in ("deviance", "gini")]
            print(f"{name if side == 'mean' else '':20} {'ours, ' + side if side != 'mean' else 'the mean':22} {values[0]:11.6f} {values[1]:9.5f}")
        for k, rival in enumerate(mine[0]["rivals"]):
            theirs = {figure: mean(lambda row: row["rivals"][rival], figure) for figure in ("deviance", "gini")}
            worse = integer["deviance"] / theirs["deviance"] - 1, 1 - integer["gini"] / theirs["gini"]
            print(f"{'':20} {rival:22} {theirs['deviance']:11.6f} {theirs['gini']:9.5f} {worse[0]:+14.4%} {worse[1]:+14.4%}")
            if k == 0 and name != WITHOUT_TWIN and max(worse) > WORSE:
                passed = False
                print(f"{'':20} worse than {rival} by more than {WORSE:.0%}: NO")
        print()
    print(f"{len({row['seed'] for row in rows})} splits; not worse than the same model by more than {WORSE:.0%}: {'yes' if passed else 'NO'}")
    return passed


def main():
    if len(sys.argv) == 4 and sys.argv[1] == "prepare":
        return prepare(sys.argv[2], sys.argv[3])
    if len(sys.argv) not in (4, 5) or sys.argv[1] != "compare":
        sys.exit(__doc__)
    rows = compare(sys.argv[2], json.loads(pathlib.Path(sys.argv[3]).read_text()))
    if len(sys.argv) == 5:
        pathlib.Path(sys.argv[4]).write_text(json.dumps(rows, indent=1) + "\n")
    if not table(rows):
        sys.exit(1)


if __name__ == "__main__":
    main()
