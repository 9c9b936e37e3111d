"""Tries every mutation of contracts/mutations.toml alone and says which test noticed.

A mutation replaces one piece of text in one file of a scratch copy of the repository, never in the tree, and runs the one
test that is expected to fail: a forge test, a cargo test or a symbolic proof. It is caught when that test fails, survives
when it passes, and is an error when the text is not there exactly once, the code no longer compiles or the test does not
pass without the mutation. Prints one line for each and `N caught, M survived`; exits 1 unless all are caught.

    tools/mutate.py [--write] [--only PART …]      --only takes parts of ids or files
    tools/mutate.py --check                        list, sources, properties and page only; runs nothing
"""

import argparse
import dataclasses
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time
import tomllib

import prove

ROOT = pathlib.Path(__file__).resolve().parent.parent
LIST = ROOT / "contracts" / "mutations.toml"
PAGE = ROOT / "docs" / "mutations.md"
PROPERTIES = ROOT / "docs" / "properties.md"
SCRATCH = ROOT / "target" / "mutants"
TREE = SCRATCH / "tree"
BEGIN, END = "<!-- mutations: begin -->", "<!-- mutations: end -->"


@dataclasses.dataclass
class Mutation:
    """One rule taken out, and the test that must miss it."""

    id: str
    property: str
    rule: str
    file: str
    find: str
    put: str
    test: str
    forge: str = ""
    cargo: str = ""
    prove: bool = False
    verdict: str = ""
    seconds: float = 0.0

    def where(self) -> str:
        return self.forge or self.cargo or "proof"


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
        out.append("docs/mutations.md is stale: tools/mutate.py --write")
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


# ── the scratch copy ─────────────────────────────────────────────────────────────────────────────────────────────────


def copy_tree() -> None:
    """Brings the scratch copy to the tree's state; what did not change keeps its time, so that builds stay warm."""
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=ROOT, capture_output=True,
                            text=True, check=True).stdout.split("\0")
    wanted = {p for p in listed if p and (ROOT / p).is_file()}
    for path in wanted:
        refresh(ROOT / path, TREE / path)
    kept = subprocess.run(["find", ".", "-type", "f", "(", "-name", "*.sol", "-o", "-name", "*.rs", ")", "-not", "-path",
                           "*/node_modules/*", "-not", "-path", "*/out/*"], cwd=TREE, capture_output=True, text=True)
    for path in kept.stdout.split():
        if path.removeprefix("./") not in wanted:
            (TREE / path).unlink()
    link = TREE / "contracts" / "node_modules"
    if not link.exists():
        link.symlink_to(ROOT / "contracts" / "node_modules")


def refresh(source: pathlib.Path, target: pathlib.Path) -> None:
    if target.exists() and target.read_bytes() == source.read_bytes():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
    shutil.copymode(source, target)


class Applied:
    """A mutation in the scratch copy, for the length of a `with`."""

    def __init__(self, m: Mutation) -> None:
        self.file = TREE / m.file
        self.before = self.file.read_text()
        self.after = self.before.replace(m.find, m.put)

    def __enter__(self) -> None:
        self.file.write_text(self.after)

    def __exit__(self, *_: object) -> None:
        self.file.write_text(self.before)


# ── the runs ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def run(m: Mutation) -> str:
    """`failed`, `passed` or what went wrong."""
    if m.prove:
        return run_proof(m)
    return run_forge(m.forge, m.test) if m.forge else run_cargo(m.cargo, m.test)


def run_forge(path: str, test: str) -> str:
    forge = ROOT / "contracts/node_modules/@foundry-rs/forge-linux-amd64/bin/forge"
    result = subprocess.run([forge, "test", "--match-path", path, "--match-test", f"^{test}\\(", "--json"],
                            cwd=TREE / "contracts", env=os.environ | {"FOUNDRY_PROFILE": "mutants"},
                            capture_output=True, text=True)
    lines = [line for line in result.stdout.splitlines() if line.startswith("{")]
    if not lines:
        return "error: " + (result.stdout + result.stderr).strip()[-400:]
    statuses = [t["status"] for suite in json.loads(lines[-1]).values() for t in suite["test_results"].values()]
    if not statuses:
        return f"error: no test {test} in {path}"
    return "passed" if all(s == "Success" for s in statuses) else "failed"


def run_cargo(package: str, test: str) -> str:
    result = subprocess.run(["cargo", "test", "--locked", "--offline", "--quiet", *package.split(), "--", test],
                            cwd=TREE, env=os.environ | {"CARGO_TARGET_DIR": str(ROOT / "target")},
                            capture_output=True, text=True)
    ran = sum(int(n) + int(m) for n, m in re.findall(r"(\d+) passed; (\d+) failed", result.stdout))
    if "could not compile" in result.stderr or not ran:
        return "error: " + (result.stderr or f"no test {test}").strip()[-400:]
    return "failed" if result.returncode else "passed"


def run_proof(m: Mutation) -> str:
    """Refuted means every check that is named: a counterexample for each."""
    names = m.test.split()
    wanted = [c for c in prove.checks(TREE / "contracts/test/symbolic") if c.name in names]
    if len(wanted) != len(names):
        return f"error: not all of {names} are checks"
    prove.judge(wanted, prove.halmos(TREE / "contracts", SCRATCH / "proofs", "|".join(names), 20))
    if all(c.verdict == "refuted" for c in wanted):
        return "failed"
    return "; ".join(f"{c.name} {c.verdict}" for c in wanted if c.verdict != "refuted")


def attempt(m: Mutation) -> None:
    began = time.monotonic()
    with Applied(m):
        outcome = run(m)
    m.seconds = time.monotonic() - began
    m.verdict = {"failed": "caught", "passed": "survived"}.get(outcome, outcome)
    if m.prove and not outcome.startswith(("failed", "error")):
        m.verdict = "survived" if "proved" in outcome else outcome


def sound(found: list[Mutation]) -> list[str]:
    """Tests that fail without any mutation, which would notice everything; one run for a file's tests together."""
    bad = []
    groups: dict = {}
    for m in found:
        if not m.prove:
            groups.setdefault((m.forge, m.cargo), set()).add(m.test)
    for (forge, cargo), tests in groups.items():
        runs = [("|".join(sorted(tests)))] if forge else sorted(tests)
        for test in runs:
            outcome = run_forge(forge, f"({test})") if forge else run_cargo(cargo, test)
            print(f"unbroken  {forge or cargo}: {outcome}", flush=True)
            if outcome != "passed":
                bad.append(f"{forge or cargo} {test}: {outcome}")
    return bad


def main() -> None:
    options = argparse.ArgumentParser(description="mutations")
    options.add_argument("--check", action="store_true")
    options.add_argument("--write", action="store_true", help="write docs/mutations.md")
    options.add_argument("--only", nargs="*", default=[], help="parts of ids or files")
    given = options.parse_args()
    found = mutations()
    if given.check:
        for line in (bad := complaints(found)):
            print(line)
        sys.exit(bool(bad))
    if bad := [text for m in found if (text := misplaced(m))]:
        sys.exit("\n".join(bad))
    wanted = [m for m in found if not given.only or any(o in m.id or o in m.file for o in given.only)]
    SCRATCH.mkdir(parents=True, exist_ok=True)
    (SCRATCH / "proofs").mkdir(exist_ok=True)
    TREE.mkdir(exist_ok=True)
    copy_tree()
    if bad := sound(wanted):
        sys.exit("without a mutation these do not pass:\n" + "\n".join(bad))
    for m in sorted(wanted, key=lambda m: (m.where(), m.file)):
        attempt(m)
        print(f"{m.verdict:9} {m.property:9} {m.id:44} {m.test} ({m.seconds:.0f} s)", flush=True)
    caught = sum(m.verdict == "caught" for m in wanted)
    survived = [m.id for m in wanted if m.verdict == "survived"]
    broken = [m.id for m in wanted if m.verdict not in ("caught", "survived")]
    print(f"{caught} caught, {len(survived)} survived" + (f", {len(broken)} errors" if broken else ""))
    if given.write and not given.only:
        closing = f"Last run: {caught} caught, {len(survived)} survived."
        PAGE.write_text(page(found, PAGE.read_text(), closing))
    sys.exit(caught != len(wanted))


if __name__ == "__main__":
    main()
