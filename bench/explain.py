"""Attributions per second, single thread: ours, LightGBM's, shap's, as ratios.

Usage: python bench/explain.py EXAMPLE [OUT.json]

`EXAMPLE` is the built example `attribution` of mandate-explain. Everything runs in one go on one machine, and the rivals take
turns: five rounds, the best of each counts. A rival that explains fewer rows a round is the slower one.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[name] = "1"

import lightgbm  # noqa: E402
import numpy  # noqa: E402
import shap  # noqa: E402

ROUNDS = 5
COLUMNS = 20
BACKGROUND = 100
SHAPES = [("gbdt100x6", 100, {"num_leaves": 64, "max_depth": 6}), ("gbdt500x6", 500, {"num_leaves": 64, "max_depth": 6}),
          ("lgbm100x31", 100, {"num_leaves": 31}), ("lgbm500x31", 500, {"num_leaves": 31})]
ROWS = {"ours": 20_000, "lightgbm": 500, "shap": 500, "shap_background": 20}


def data(rows):
    """Decimals, and an outcome that needs many of the columns together."""
    draw = numpy.random.default_rng(20261126)
    x = draw.normal(size=(rows, COLUMNS)).round(2)
    z = x[:, :8].sum(axis=1) + 3 * x[:, 0] * x[:, 1] - 2 * numpy.abs(x[:, 2]) * x[:, 3] + draw.normal(size=rows)
    return x, (z > 0).astype(int)


def train(x, y, trees, shape):
    parameters = {"objective": "binary", "min_data_in_leaf": 20, "learning_rate": 0.05, "num_threads": 1, "seed": 1,
                  "verbosity": -1, "deterministic": True} | shape
    return lightgbm.train(parameters, lightgbm.Dataset(x, y), trees)


class Ours:
    """The Rust program, waiting for its turns."""

    def __init__(self, example, booster, x, folder):
        model, rows = folder / "model.txt", folder / "rows.csv"
        booster.save_model(model)
        header = ",".join(booster.feature_name())
        numpy.savetxt(rows, x[: ROWS["ours"]], delimiter=",", header=header, comments="", fmt="%.2f")
        command = [example, str(model), str(rows), str(BACKGROUND)]
        self.child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.prepared = json.loads(self.child.stdout.readline())

    def rate(self, kind):
        print(kind, file=self.child.stdin, flush=True)
        answer = json.loads(self.child.stdout.readline())
        return answer["rows"] / answer["seconds"]

    def end(self):
        self.child.stdin.close()
        self.child.wait()


def rate(rows, work):
    start = time.perf_counter()
    work()
    return rows / (time.perf_counter() - start)


def rivals(booster, x):
    """(name, what to run) of each; shap is kept from handing the work to LightGBM."""
    own = shap.TreeExplainer(booster)
    own.model.model_type = "internal"
    against = shap.TreeExplainer(booster, x[:BACKGROUND], feature_perturbation="interventional")
    told = booster.predict(x[:20], pred_contrib=True, num_threads=1)[:, :-1]
    assert numpy.abs(own.shap_values(x[:20], check_additivity=False) - told).max() < 1e-6
    some = {name: numpy.ascontiguousarray(x[:rows]) for name, rows in ROWS.items()}
    return {
        "lightgbm": lambda: booster.predict(some["lightgbm"], pred_contrib=True, num_threads=1),
        "shap": lambda: own.shap_values(some["shap"], check_additivity=False),
        "shap_background": lambda: against.shap_values(some["shap_background"], check_additivity=False),
    }


def measure(example, trees, shape):
    x, y = data(ROWS["ours"])
    booster = train(x, y, trees, shape)
    with tempfile.TemporaryDirectory() as folder:
        ours = Ours(example, booster, x, pathlib.Path(folder))
        others = rivals(booster, x)
        best = {}
        for _ in range(ROUNDS):
            turns = {"ours": lambda: ours.rate("path"), "ours_background": lambda: ours.rate("background")}
            turns |= {name: (lambda name=name: rate(ROWS[name], others[name])) for name in others}
            for name, turn in turns.items():
                best[name] = max(best.get(name, 0.0), turn())
        ours.end()
    leaves = sum(tree["num_leaves"] for tree in booster.dump_model()["tree_info"])
    return {"leaves": leaves, "prepared": ours.prepared, "rows_per_second": {k: round(v) for k, v in best.items()},
            "ratios": {"lightgbm": best["ours"] / best["lightgbm"], "shap": best["ours"] / best["shap"],
                       "shap_background": best["ours_background"] / best["shap_background"]}}


def main():
    answer = {"versions": {"lightgbm": lightgbm.__version__, "shap": shap.__version__}, "background_rows": BACKGROUND}
    for name, trees, shape in SHAPES:
        answer[name] = measure(sys.argv[1], trees, shape)
        print(name, json.dumps(answer[name], indent=1))
    if len(sys.argv) > 2:
        pathlib.Path(sys.argv[2]).write_text(json.dumps(answer, indent=1) + "\n")
    slow = [name for name, _, _ in SHAPES if min(answer[name]["ratios"].values()) < 5]
    if slow:
        sys.exit(f"below five times the fastest rival: {', '.join(slow)}")


if __name__ == "__main__":
    main()
