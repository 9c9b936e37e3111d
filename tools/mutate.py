"""Tries every mutation of contracts/mutations.toml alone and says which test noticed.

A mutation replaces one piece of text in one file of a scratch copy of the repository, never in the tree, and runs the one
test that is expected to fail: a forge test, a cargo test or a symbolic proof. It is caught when that test fails, survives
when it passes, and is an error when the text is not there exactly once, the code no longer compiles or the test does not
pass without the mutation. What was seen on the same code before is not run again, so that a run that was ended goes on;
`--fresh` runs everything. Prints one line for each and `N caught, M survived`; exits 1 unless all are caught.

    tools/mutate.py [--write] [--fresh] [--only PART …] [--but PART …]      parts of ids or files
    tools/mutate.py --check [--write]              list, sources, properties and page only; runs nothing
"""

import argparse
import pathlib
import re
import sys
import time
import tomllib

import bounded
import prove
from mutation_runs import Mutation, Results, attempt, copy_tree, sound

ROOT = pathlib.Path(__file__).resolve().parent.parent
LIST = ROOT / "contracts" / "mutations.toml"
PAGE = ROOT / "docs" / "mutations.md"
PROPERTIES = ROOT / "docs" / "properties.md"
BEGIN, END = "<!-- mutations: begin -->", "<!-- mutations: end -->"


def mutations() -> list[Mutation]:
    found = [Mutation(**m) for m in tomllib.loads(LIST.read_text())["mutation"]]
    ids = [m.id for m in found]
    if double := {i for i in ids if ids.count(i) > 1}:
        sys.exit(f"{LIST.name}: ids given twice: {sorted(double)}")
    return found


# ── checks that run nothing ──────────────────────────────────────────────────────────────────────────────────────────


def misplaced(m: Mutation) -> str:
    """What is wrong with where a mutation points, or nothing."""
    file = ROOT / m.file
    if not file.exists():
        return f"{m.id}: {m.file} does not exist"
    count = file.read_text().count(m.find)
    if count != 1:
        return f"{m.id}: the text stands {count} times in {m.file}, 1 is wanted: {m.find!r}"
    if m.find == m.put:
        return f"{m.id}: changes nothing"
    test = ROOT / "contracts" / m.forge
    if m.forge and not (test.is_file() and f"function {m.test}(" in test.read_text()):
        return f"{m.id}: {m.forge} has no {m.test}"
    return ""


def uncovered(found: list[Mutation]) -> list[str]:
    """Properties that are not marked later and that no mutation names."""
    rows = re.findall(r"^\| ([A-Z]-\d+) \| (.*?) \|", PROPERTIES.read_text(), re.M)
    named = {p.strip() for m in found for p in m.property.split(",")}
    return [name for name, text in rows if name not in named and "(later)" not in text]


def unrefuted(found: list[Mutation]) -> list[str]:
    """Symbolic checks that no mutation has tried to refute."""
    tried = {name for m in found if m.prove for name in m.test.split()}
    return [c.name for c in prove.checks() if c.name not in tried]


def complaints(found: list[Mutation]) -> list[str]:
    out = [text for m in found if (text := misplaced(m))]
    out += [f"no mutation names {p}" for p in uncovered(found)]
    out += [f"no mutation refutes {c}" for c in unrefuted(found)]
    if PAGE.read_text() != page(found, PAGE.read_text()):
        out.append("docs/mutations.md is stale: tools/mutate.py --check --write")
    if prove.PAGE.read_text() != prove.written(prove.PAGE.read_text(), prove.checks()):
        out.append("docs/proofs.md is stale: tools/prove.py --write")
    return out


# ── the page ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def table(found: list[Mutation]) -> str:
    lines = ["| property | rule taken out or broken | where | test that fails |", "| --- | --- | --- | --- |"]
    for m in sorted(found, key=lambda m: order(m.property)):
        place = m.file.removeprefix("contracts/src/").removeprefix("crates/")
        lines.append(f"| {m.property} | {m.rule} | `{place}` | {', '.join(f'`{t}`' for t in m.test.split())} |")
    return "\n".join(lines)


def order(properties: str) -> tuple:
    letter, number = properties.split(",")[0].strip().split("-")
    return "KMOLA".index(letter), int(number)


def page(found: list[Mutation], text: str, closing: str = "") -> str:
    start, stop = text.index(BEGIN), text.index(END) + len(END)
    last = closing or re.search(r"\nLast run: .*\n", text[start:stop] + "\n").group(0).strip()
    return f"{text[:start]}{BEGIN}\n\n{table(found)}\n\n{last}\n\n{END}{text[stop:]}"


def main() -> None:
    options = argparse.ArgumentParser(description="mutations")
    options.add_argument("--check", action="store_true")
    options.add_argument("--write", action="store_true", help="write docs/mutations.md")
    options.add_argument("--fresh", action="store_true", help="forget what was seen before")
    options.add_argument("--only", nargs="*", default=[], help="parts of ids or files")
    options.add_argument("--but", nargs="*", default=[], help="parts of ids or files to leave out")
    given = options.parse_args()
    bounded.end_on_request()
    found = mutations()
    if given.check:
        if given.write:
            PAGE.write_text(page(found, PAGE.read_text()))
        for line in (bad := complaints(found)):
            print(line)
        sys.exit(bool(bad))
    if bad := [text for m in found if (text := misplaced(m))]:
        sys.exit("\n".join(bad))
    wanted = [m for m in found if not given.only or named(m, given.only)]
    wanted = [m for m in wanted if not named(m, given.but)]
    copy_tree()
    results, began = Results(), time.monotonic()
    if bad := sound(wanted, results, given.fresh):
        sys.exit("without a mutation these do not pass:\n" + "\n".join(bad))
    for i, m in enumerate(sorted(wanted, key=lambda m: (m.where(), m.file)), 1):
        seen = attempt(m, results, given.fresh)
        spent = "seen before" if seen else f"{m.seconds:.0f} s"
        print(f"{i:3}/{len(wanted)} {m.verdict:9} {m.property:9} {m.id:44} {m.test} ({spent})", flush=True)
    sys.exit(close(found, wanted, given.write, time.monotonic() - began))


def named(m: Mutation, parts: list[str]) -> bool:
    return any(part in m.id or part in m.file for part in parts)


def close(found: list[Mutation], wanted: list[Mutation], write: bool, seconds: float) -> bool:
    """Prints the closing line and writes it to the page; says whether something was not caught."""
    caught = sum(m.verdict == "caught" for m in wanted)
    survived = [m.id for m in wanted if m.verdict == "survived"]
    broken = [m.id for m in wanted if m.verdict not in ("caught", "survived")]
    print(f"{caught} caught, {len(survived)} survived" + (f", {len(broken)} errors" if broken else ""))
    print(f"{seconds:.0f} s")
    if write:
        closing = f"Last run: {caught} caught, {len(survived)} survived." if len(wanted) == len(found) else ""
        PAGE.write_text(page(found, PAGE.read_text(), closing))
    return caught != len(wanted)


if __name__ == "__main__":
    main()
