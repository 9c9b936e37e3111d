#!/usr/bin/env python3
"""The search against `worstCase`, at length: one table, and an exit code that is not zero when a component was exceeded or stayed below 80 %.

usage: tools/attack.py [--random N] [--worlds N] [--steps N] [--seed N] [--jobs N]

Greedy runs are (6 aims) x (3 horizons) x worlds x steps. Random run i has seed + i, whoever plays it; so the table does not depend on --jobs. Method and
figures: docs/attack.md.
"""

import argparse
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys

CONTRACTS = pathlib.Path(__file__).resolve().parent.parent / "contracts"
HEAD = ["search", "component", "horizon", "bound", "best found", "ratio", "mean ratio", "runs", "seed", "violations"]
# Tests by name; the first is played alone, so that only one builds.
INLINE = ["inline_accomplices", "inline_hundred", "inline_five", "inline_rate"]
GREEDY = ["ReachesCreditOpen", "ReachesCreditSeen", "ReachesSupRate", "ReachesBorRate", "ReachTheBaseline", "defaultsMakeNoRoom"]
CHUNK = 1_000
HORIZONS = 3


def parts(given):
    """What to play: (test, settings), the order that of the table."""
    whole = {"ATTACK_SEED": given.seed, "ATTACK_WORLDS": given.worlds, "ATTACK_STEPS": given.steps}
    for first in range(0, given.random, CHUNK):
        yield "randomSearch", {**whole, "ATTACK_SEED": given.seed + first, "ATTACK_RANDOM": min(CHUNK, given.random - first)}
    for test in GREEDY + INLINE:
        yield test, whole


def play(part):
    """One test's output and whether it passed."""
    test, settings = part
    env = dict(os.environ, **{name: str(n) for name, n in settings.items()})
    command = ["forge", "test", "--match-path", "test/lending/attack/*.t.sol", "--match-test", test, "-vv", "-j", "1"]
    run = subprocess.run(command, cwd=CONTRACTS, env=env, capture_output=True, text=True, check=False)
    notes = [line.strip() for line in run.stdout.splitlines() if re.match(r"\s*(VIOLATION|found, bound)|\[FAIL", line)]
    if "Suite result" not in run.stdout:
        notes.append(f"{test} did not run: {run.stdout[-1000:]}{run.stderr[-1000:]}")
    rows = [line.strip()[2:-2].split(" | ") for line in run.stdout.splitlines() if re.match(r"  \| (greedy|random|churn|inline)", line)]
    print(f"{test} {settings}: {'passed' if run.returncode == 0 else 'FAILED'}", *notes, sep="\n  ", file=sys.stderr, flush=True)
    return rows, run.returncode == 0


def merged(a, b):
    """Two rows of one search, component and horizon: the better one's find, and both's counts."""
    percent = lambda text: float(text.removesuffix(" %"))
    best = a if percent(a[5]) >= percent(b[5]) else b
    runs = int(a[7]) + int(b[7])
    mean = (percent(a[6]) * int(a[7]) + percent(b[6]) * int(b[7])) / runs
    return [*best[:6], f"{mean:.1f} %", str(runs), best[8], str(int(a[9]) + int(b[9]))]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--random", type=int, default=9_460, help="random plays")
    parser.add_argument("--worlds", type=int, default=6, help="worlds per aim and horizon")
    parser.add_argument("--steps", type=int, default=5, help="plays per world: the first plan, then turned ones")
    parser.add_argument("--seed", type=int, default=1_000_000, help="first seed")
    parser.add_argument("--jobs", type=int, default=1, help="searches at a time")
    given = parser.parse_args()
    runs = given.random + len(GREEDY) * HORIZONS * given.worlds * given.steps
    print(f"{runs} runs in the kernel lane: {vars(given)}", file=sys.stderr)
    todo = list(parts(given))
    with concurrent.futures.ThreadPoolExecutor(given.jobs) as pool:
        played = [play(todo[0]), *pool.map(play, todo[1:])]
    table = {}
    for rows, _ in played:
        for row in rows:
            key = tuple(row[:3])
            table[key] = merged(table[key], row) if key in table else row
    for row in [HEAD, ["---"] * len(HEAD), *table.values()]:
        print("| " + " | ".join(row) + " |")
    return 0 if all(passed for _, passed in played) else 1


if __name__ == "__main__":
    sys.exit(main())
