"""Seconds that each step from a LightGBM model to its card takes, over all rows of the Taiwan credit set.

Usage: workshop.py TAIWAN.csv MANDATE OUT_FOLDER

The model is LightGBM's default of 100 trees, trained on the first four fifths of the rows; training is not timed. Exits with an
error if the path takes longer than its limit.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import lightgbm
import numpy

HERE = Path(__file__).parent
TARGET, THRESHOLD, BUDGETS = "default_next_month", 0.25, [10, 50, 250]
LIMIT = 60.0
CARD = f"""title = "Default within a month, Taiwan 2005"
purpose = "Terms of small loans, by the chance of default within a month"
not_for = ["any other decision about a person"]
owner = "nobody: a measurement"
model = "credit.model"
threshold = {THRESHOLD}

[data]
file = "taiwan.csv"
target = "{TARGET}"
positive = "1"

[origin]
imported = "credit.txt"

[robustness]
prices = "prices.toml"
budgets = {BUDGETS}

[fairness]
protected = ["SEX", "AGE:26,60"]
"""


def train(data: Path, model: Path) -> int:
    """Writes LightGBM's own model file; answers the number of rows in the data."""
    names = data.read_text().split("\n", 1)[0].split(",")
    rows = numpy.loadtxt(data, delimiter=",", skiprows=1)
    known = rows[: len(rows) * 4 // 5]
    target = names.index(TARGET)
    features = [column for column in range(len(names)) if column != target]
    settings = {"objective": "binary", "num_threads": 2, "verbosity": -1, "seed": 1, "deterministic": True}
    learn = lightgbm.Dataset(known[:, features], known[:, target], feature_name=[names[column] for column in features])
    lightgbm.train(settings, learn, num_boost_round=100).save_model(model)
    return len(rows)


def steps(mandate: str) -> dict[str, list[str]]:
    data, labels = ["--data", "taiwan.csv"], ["--target", TARGET, "--positive", "1"]
    budgets = ",".join(map(str, BUDGETS))
    verbs = {
        "import": ["credit.txt", *data, *labels, "--out", "credit.model"],
        "inspect": ["credit.model"],
        "certify": ["credit.model", *data, "--prices", "prices.toml", "--budgets", budgets, "--threshold", str(THRESHOLD)],
        "explain": ["credit.model", *data, "--plots", "plots"],
        "card": ["card.toml"],
    }
    return {verb: [mandate, "model", verb, *rest] for verb, rest in verbs.items()}


def main() -> None:
    data, mandate, out = Path(sys.argv[1]), str(Path(sys.argv[2]).resolve()), Path(sys.argv[3])
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    shutil.copy(data, out / "taiwan.csv")
    shutil.copy(HERE / "evasion" / "taiwan.toml", out / "prices.toml")
    (out / "card.toml").write_text(CARD)
    rows, seconds = train(data, out / "credit.txt"), {}
    for verb, command in steps(mandate).items():
        start = time.perf_counter()
        done = subprocess.run(command, cwd=out, stdout=(out / f"{verb}.out").open("w"), check=False)
        seconds[verb] = round(time.perf_counter() - start, 2)
        if done.returncode:
            sys.exit(f"{' '.join(command)} ended with {done.returncode}")
    total = sum(seconds.values())
    figures = {"rows": rows, "load": os.getloadavg()[0], "seconds": seconds, "total": round(total, 2), "limit": LIMIT}
    (out / "workshop.json").write_text(json.dumps(figures, indent=1))
    print(json.dumps(figures))
    if total > LIMIT:
        sys.exit(f"the path took {total:.1f} s; its limit is {LIMIT:.0f} s")


if __name__ == "__main__":
    main()
