"""How much of a credit model's decisions holds against applicants with a budget: the tables of docs/evasion.md.

Usage: evasion.py DATA_FOLDER MANDATE OUT_FOLDER
"""

import csv
import json
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
SETS = {
    "taiwan": ("taiwan_credit_default.csv", "default_next_month", ("1", "0"), "0.25", "10,50,250"),
    "german": ("german_credit_uci_statlog.csv", "class", ("1.0", "0.0"), "0.3", "25,100,400"),
}
MODELS = {
    "trees": 'family = "trees"\ntrees = 100\ndepth = 4\nlearning_rate = 0.08\ncolumns = 0.3\nl2 = 10.0\nmin_leaf_weight = 10.0\n',
    "glm": 'family = "glm"\n',
    "network": 'family = "network"\nunits = [16]\n',
}


def numbers(source: Path, target: Path) -> list[str]:
    """Copies a CSV file with codes such as A12 as the number 12; answers its columns."""
    with source.open(newline="") as lines, target.open("w", newline="") as out:
        rows = csv.reader(lines)
        header = next(rows)
        writer = csv.writer(out)
        writer.writerow(header)
        for row in rows:
            writer.writerow(value[1:] if value[:1] == "A" else value for value in row)
    return header


def description(name: str, data: Path, columns: list[str], model: str) -> str:
    _, target, (positive, negative), *_ = SETS[name]
    text = f'name = "{name}"\ndata = "{data.resolve()}"\nseed = 1\n\n'
    text += f'[target]\ncolumn = "{target}"\npositive = "{positive}"\nnegative = "{negative}"\n\n'
    text += f"[split]\ntest_percent = 20\n\n[model]\n{MODELS[model]}\n"
    for column in columns:
        if column != target:
            text += f'[[features]]\nname = "{column}"\nunit = "-"\ntype = "whole"\nscale = 1.0\n'
            text += f'missing = "refuse"\nreason = "{column}"\n\n'
    return text


def run(*command: str) -> str:
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(command)} ended with {done.returncode}")
    return done.stdout


def main() -> None:
    folder, mandate, out = Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3])
    out.mkdir(parents=True, exist_ok=True)
    figures = {}
    for name, (file, _, _, threshold, budgets) in SETS.items():
        data = out / f"{name}.csv"
        columns = numbers(folder / file, data)
        for model in MODELS:
            toml, trained = out / f"{name}-{model}.toml", out / f"{name}-{model}.model"
            toml.write_text(description(name, data, columns, model))
            run(mandate, "--json", "model", "train", str(toml), "--out", str(trained))
            answer = run(
                mandate, "--json", "model", "certify", str(trained), "--data", str(data),
                "--prices", str(HERE / "evasion" / f"{name}.toml"), "--budgets", budgets,
                "--threshold", threshold, "--rows", "1000", "--everywhere",
            )
            figures[f"{name} {model}"] = json.loads(answer)
    (out / "evasion.json").write_text(json.dumps(figures, indent=1))
    print("| set | model | budget | rows | certified | turned | open | furthest attack |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    for key, answer in figures.items():
        for at in answer["budgets"]:
            tally = at["decisions"]
            cells = [*key.split(), f"{at['budget']:g} {answer['money']}", answer["rows"]]
            cells += [f"{100 * tally['certified_share']:.1f} %", tally["broken"], tally["open"]]
            print("| " + " | ".join(map(str, [*cells, f"{at['found_largest']:.3f}"])) + " |")


if __name__ == "__main__":
    main()
