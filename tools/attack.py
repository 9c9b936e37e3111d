#!/usr/bin/env python3
"""The search against `worstCase`, at length: one table, and an exit code that is not zero when a component was exceeded or stayed below 80 %.

usage: tools/attack.py [--random N] [--worlds N] [--steps N] [--seed N]

A greedy run is one play of (6 aims) x (3 horizons) x worlds x steps. Method and figures: docs/attack.md.
"""

import argparse
import os
import pathlib
import re
import subprocess
import sys

CONTRACTS = pathlib.Path(__file__).resolve().parent.parent / "contracts"
TESTS = "test/lending/attack/*.t.sol"
HEAD = ["search", "component", "horizon", "bound", "best found", "ratio", "mean ratio", "runs", "seed", "violations"]
SEARCHES = 6 * 3


def search(given):
    """Runs the tests and yields their output line by line; the last item is the exit code."""
    env = dict(os.environ, **{f"ATTACK_{name.upper()}": str(n) for name, n in vars(given).items()})
    command = ["forge", "test", "--match-path", TESTS, "-vv", "-j", "1"]
    with subprocess.Popen(command, cwd=CONTRACTS, env=env, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as run:
        yield from run.stdout
    yield run.returncode


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--random", type=int, default=8_920, help="random plays")
    parser.add_argument("--worlds", type=int, default=12, help="worlds per aim and horizon")
    parser.add_argument("--steps", type=int, default=5, help="plays per world: the first plan, then turned ones")
    parser.add_argument("--seed", type=int, default=1_000_000, help="first seed")
    given = parser.parse_args()
    runs = given.random + SEARCHES * given.worlds * given.steps
    print(f"{runs} runs: {vars(given)}", file=sys.stderr)
    rows, notes, code = [], [], 1
    for line in search(given):
        if isinstance(line, int):
            code = line
        elif re.match(r"  \| (greedy|random|churn|inline) ", line):
            rows.append(line.strip())
        elif re.match(r"\s*(VIOLATION|found, bound)|\[(PASS|FAIL)|Error|Suite result", line):
            notes.append(line.rstrip())
    print("| " + " | ".join(HEAD) + " |")
    print("|" + " --- |" * len(HEAD))
    print("\n".join(sorted(set(rows))))
    print("\n".join(notes), file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
