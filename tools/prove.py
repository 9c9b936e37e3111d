"""Runs every symbolic check with halmos and prints what is proved, at which width, in how many seconds.

A check is a function `check_…` below contracts/test/symbolic; the comment above it states the property, what code it runs
(`@custom:proves`) and how wide its inputs are (`@custom:width`). Each runs alone, and is given up after `--limit` seconds. Exits
non-zero unless each one is proved, and unless docs/proofs.md lists exactly these; `--write` writes that page.

    tools/prove.py [--write] [--seconds N] [--limit N] [NAME …]      only checks whose name contains a NAME
"""

import argparse
import dataclasses
import json
import os
import pathlib
import re
import shutil
import sys
import time

import bounded

ROOT = pathlib.Path(__file__).resolve().parent.parent
CONTRACTS = ROOT / "contracts"
SYMBOLIC = CONTRACTS / "test" / "symbolic"
PAGE = ROOT / "docs" / "proofs.md"
SCRATCH = ROOT / "target" / "proofs"
BEGIN, END = "<!-- proofs: begin -->", "<!-- proofs: end -->"
# Many times what the slowest check takes, 20 s on a busy core.
LIMIT = 300
HEAD = re.compile(r"((?:^ *///.*\n)+) *function (check_\w+)", re.M)


@dataclasses.dataclass
class Check:
    """One symbolic check."""

    file: pathlib.Path
    contract: str
    name: str
    property: str
    statement: str
    proves: str
    width: str
    seconds: float = 0.0
    verdict: str = "not run"


def checks(folder: pathlib.Path = SYMBOLIC) -> list[Check]:
    """Every check of the folder, in the order of files and lines."""
    found = []
    for file in sorted(folder.glob("*.t.sol")):
        text = file.read_text()
        contract = re.search(r"^contract (\w+SymbolicTest)\b", text, re.M)
        for comment, name in HEAD.findall(text):
            found.append(parse(file, contract.group(1), name, comment))
        stray = len(re.findall(r"^ *function check_", text, re.M)) - len(HEAD.findall(text))
        if stray:
            sys.exit(f"{file.name}: {stray} checks without a comment")
    return found


def parse(file: pathlib.Path, contract: str, name: str, comment: str) -> Check:
    tags, tag = {"": ""}, ""
    for line in comment.splitlines():
        line = line.strip().removeprefix("///").strip()
        if match := re.match(r"@custom:(\w+) (.*)", line):
            tag, line = match.groups()
        tags[tag] = f"{tags.get(tag, '')} {line}".strip()
    missing = [t for t in ("proves", "width") if t not in tags]
    match = re.match(r"([A-Z]-\d+(?:, [A-Z]-\d+)*): (.*)", tags[""])
    if missing or not match:
        sys.exit(f"{file.name}: {name} wants a line `ID: statement` and the tags proves and width")
    return Check(file, contract, name, match.group(1), match.group(2), tags["proves"], tags["width"])


def environment(contracts: pathlib.Path, scratch: pathlib.Path, source: pathlib.Path) -> dict[str, str]:
    """Only what the folder `source` imports is built, into a folder of its own."""
    tools = [str(pathlib.Path(sys.executable).parent), str(ROOT / ".venv" / "bin"),
             str(contracts / "node_modules/@foundry-rs/forge-linux-amd64/bin")]
    return os.environ | {
        "PATH": os.pathsep.join([*tools, os.environ["PATH"]]),
        "FOUNDRY_SRC": str(source), "FOUNDRY_TEST": str(source), "FOUNDRY_SCRIPT": str(source),
        "FOUNDRY_OUT": str(scratch / "out"), "FOUNDRY_CACHE_PATH": str(scratch / "cache"),
        "FOUNDRY_LINT_LINT_ON_BUILD": "false", "FOUNDRY_BUILD_INFO": "false",
    }


@dataclasses.dataclass
class Place:
    """What halmos builds and where, and how long it may take."""

    contracts: pathlib.Path = CONTRACTS
    source: pathlib.Path = SYMBOLIC
    scratch: pathlib.Path = SCRATCH
    seconds: int = 20
    limit: int = LIMIT


def attempt(check: Check, place: Place, *more: str) -> None:
    """Runs one check with halmos, and fills in its verdict and time."""
    place.scratch.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    check.verdict = halmos(check, place, more)
    check.seconds = time.monotonic() - began


def halmos(check: Check, place: Place, more: tuple) -> str:
    env = environment(place.contracts, place.scratch, place.source)
    report = place.scratch / "halmos.json"
    solver = f"{sys.executable} {ROOT / 'tools' / 'smt.py'} {place.seconds}"
    command = [shutil.which("halmos", path=env["PATH"]) or "halmos", "--root", str(place.contracts),
               "--forge-build-out", str(place.scratch / "out"), "--match-contract", f"^{check.contract}$",
               "--match-test", f"^{check.name}\\(", "--solver-command", solver,
               "--solver-timeout-assertion", f"{3 * place.seconds}s", "--no-status", "--json-output", str(report), *more]
    report.unlink(missing_ok=True)
    run = bounded.run(command, place.limit, cwd=place.contracts, env=env)
    if run is None:
        return "out of time"
    if not report.exists():
        return f"not run (exit {run.returncode}): {(run.stdout + run.stderr).strip()[-1000:]}"
    results = [r for rs in json.loads(report.read_text())["test_results"].values() for r in rs]
    return verdict(results[0]) if len(results) == 1 else f"not run (halmos found {len(results)})"


def verdict(result: dict) -> str:
    """A check that could not run to its end on any path proves nothing."""
    if result["exitcode"] == 0:
        return "loops cut" if result.get("num_bounded_loops") else "proved"
    refuted = result["exitcode"] == 1 and result.get("num_models")
    return "refuted" if refuted else f"not proved (exit {result['exitcode']})"


def rows(all_checks: list[Check]) -> list[str]:
    return [f"| {c.property} | {c.statement} | {', '.join(f'`{f.strip()}`' for f in c.proves.split(','))} | {c.width} | "
            f"`{c.name}` |" for c in all_checks]


def table(all_checks: list[Check]) -> str:
    head = "| property | statement | code | width in bits | check |\n| --- | --- | --- | --- | --- |"
    return "\n".join([BEGIN, "", head, *rows(all_checks), "", END])


def written(text: str, all_checks: list[Check]) -> str:
    start, stop = text.index(BEGIN), text.index(END) + len(END)
    return text[:start] + table(all_checks) + text[stop:]


def show(c: Check) -> None:
    print(f"{c.property:5} {c.name:46} {c.seconds:7.1f} s  {c.verdict:12}  {c.proves} [{c.width}]", flush=True)


def main() -> None:
    options = argparse.ArgumentParser(description="symbolic proofs")
    options.add_argument("--write", action="store_true", help="write the table of docs/proofs.md")
    options.add_argument("--seconds", type=int, default=20, help="for one query over the integers")
    options.add_argument("--limit", type=int, default=LIMIT, help="for one check, in seconds")
    options.add_argument("names", nargs="*", help="parts of names; all checks when none is given")
    given = options.parse_args()
    bounded.end_on_request()
    everything = checks()
    if given.write:
        PAGE.write_text(written(PAGE.read_text(), everything))
    elif PAGE.read_text() != written(PAGE.read_text(), everything):
        sys.exit("docs/proofs.md is stale: tools/prove.py --write")
    wanted = [c for c in everything if not given.names or any(n in c.name for n in given.names)]
    if not wanted:
        sys.exit(f"no check is named like {given.names}")
    began = time.monotonic()
    for check in wanted:
        attempt(check, Place(seconds=given.seconds, limit=given.limit))
        show(check)
    print(f"{sum(c.verdict == 'proved' for c in wanted)} of {len(wanted)} proved")
    print(f"{time.monotonic() - began:.0f} s with the build; halmos, z3 and yices as tools/requirements.txt pins them")
    sys.exit(any(c.verdict != "proved" for c in wanted))


if __name__ == "__main__":
    main()
