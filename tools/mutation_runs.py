"""Runs one mutation in a scratch copy of the repository, and remembers what came of it.

A result is kept with a digest of the mutation, of the test that judged it and of everything that the test is built from, so that a
run that was ended goes on where it stood and a change in the tree tries again what it touches, and only that.
"""

import dataclasses
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import time

import bounded
import prove

ROOT = pathlib.Path(__file__).resolve().parent.parent
SCRATCH = ROOT / "target" / "mutants"
TREE = SCRATCH / "tree"
RESULTS = SCRATCH / "results.json"
# For one test with its build, in seconds.
LIMIT = 600
QUERY_SECONDS = 20
IMPORT = re.compile(r"""^import\b[^;"']*["']([^"']+)["']""", re.M)


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


# ── the scratch copy ─────────────────────────────────────────────────────────────────────────────────────────────────


def copy_tree() -> None:
    """Brings the scratch copy to the tree's state; what did not change keeps its time, so that builds stay warm."""
    TREE.mkdir(parents=True, exist_ok=True)
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


# ── what is remembered ───────────────────────────────────────────────────────────────────────────────────────────────


def imported(file: pathlib.Path, found: set) -> set:
    """A Solidity file of the scratch copy with all that it imports, packages left out."""
    if file in found or not file.exists():
        return found
    found.add(file)
    for path in IMPORT.findall(file.read_text()):
        if path.startswith("."):
            imported((file.parent / path).resolve(), found)
    return found


def built_from(m: Mutation) -> list[pathlib.Path]:
    """The files of the scratch copy that decide what the mutation's test says."""
    contracts, tools = TREE / "contracts", TREE / "tools"
    if m.cargo:
        rust = [p for folder in ("crates", "examples") for p in (TREE / folder).rglob("*") if p.is_file()]
        return sorted([*rust, TREE / "Cargo.toml", TREE / "Cargo.lock"])
    settings = [contracts / "foundry.toml", contracts / "package-lock.json"]
    if m.forge:
        data = [p for p in (contracts / "test").rglob("*") if p.is_file() and p.suffix != ".sol"]
        return sorted([*imported(contracts / m.forge, set()), *data, *settings])
    provers = [tools / name for name in ("prove.py", "smt.py", "integers.py", "requirements.txt")]
    files = {c.file for c in prove.checks(contracts / "test/symbolic") if c.name in m.test.split()}
    return sorted([*{p for f in files for p in imported(f, set())}, *settings, *provers])


def digest(m: Mutation, mutated: bool) -> str:
    """Names this test on this tree, with the mutation or without."""
    h = hashlib.sha256()
    for path in built_from(m):
        h.update(f"{path.relative_to(TREE)}\0".encode() + path.read_bytes() + b"\0")
    change = (m.file, m.find, m.put) if mutated else ()
    h.update(repr((m.forge, m.cargo, m.prove, m.test, change)).encode())
    return h.hexdigest()


class Results:
    """What was seen before, in a file that every result is written to at once."""

    def __init__(self) -> None:
        self.seen = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}

    def get(self, key: str) -> list | None:
        return self.seen.get(key)

    def put(self, key: str, outcome: str, seconds: float) -> None:
        self.seen[key] = [outcome, round(seconds, 1)]
        scratch = RESULTS.with_suffix(".new")
        scratch.write_text(json.dumps(self.seen, indent=0))
        scratch.replace(RESULTS)


# ── the runs ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def run(m: Mutation) -> str:
    """`failed`, `passed` or what went wrong."""
    if m.prove:
        return run_proof(m)
    return run_forge(m.forge, m.test) if m.forge else run_cargo(m.cargo, m.test)


def run_forge(path: str, test: str) -> str:
    forge = ROOT / "contracts/node_modules/@foundry-rs/forge-linux-amd64/bin/forge"
    command = [forge, "test", "--match-path", path, "--match-test", f"^({test})\\(", "--json"]
    result = bounded.run(command, LIMIT, cwd=TREE / "contracts", env=os.environ | {"FOUNDRY_PROFILE": "mutants"})
    if result is None:
        return "error: out of time"
    lines = [line for line in result.stdout.splitlines() if line.startswith("{")]
    if not lines:
        return "error: " + (result.stdout + result.stderr).strip()[-400:]
    statuses = [t["status"] for suite in json.loads(lines[-1]).values() for t in suite["test_results"].values()]
    if not statuses:
        return f"error: no test {test} in {path}"
    return "passed" if all(s == "Success" for s in statuses) else "failed"


def run_cargo(arguments: str, test: str) -> str:
    command = ["cargo", "test", "--locked", "--offline", "--quiet", *arguments.split(), "--", test]
    result = bounded.run(command, LIMIT, cwd=TREE, env=os.environ | {"CARGO_TARGET_DIR": str(ROOT / "target")})
    if result is None:
        return "error: out of time"
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
    folder = SCRATCH / "proofs"
    folder.mkdir(exist_ok=True)
    for check in wanted:
        prove.attempt(check, TREE / "contracts", folder, QUERY_SECONDS, LIMIT, "--early-exit")
    left = [c for c in wanted if c.verdict != "refuted"]
    if any(c.verdict == "proved" for c in left):
        return "passed"
    return "error: " + "; ".join(f"{c.name} {c.verdict}" for c in left) if left else "failed"


def attempt(m: Mutation, results: Results, fresh: bool) -> bool:
    """Fills in a mutation's verdict; says whether it was seen before."""
    key = digest(m, True)
    known = None if fresh else results.get(key)
    if not known:
        began = time.monotonic()
        with Applied(m):
            outcome = run(m)
        m.seconds = time.monotonic() - began
        if outcome in ("failed", "passed"):
            results.put(key, outcome, m.seconds)
    else:
        outcome, m.seconds = known
    m.verdict = {"failed": "caught", "passed": "survived"}.get(outcome, outcome)
    return bool(known)


def sound(found: list[Mutation], results: Results, fresh: bool) -> list[str]:
    """Tests that fail without any mutation, which would notice everything; one run for a file's tests together."""
    bad = []
    for group in together(found):
        keys = [digest(m, False) for m in group]
        if not fresh and all(results.get(k) for k in keys):
            continue
        m, tests = group[0], sorted({m.test for m in group})
        outcome = run_forge(m.forge, "|".join(tests)) if m.forge else run_cargo(m.cargo, tests[0])
        print(f"unbroken  {m.where()} {' '.join(tests)}: {outcome}", flush=True)
        if outcome == "passed":
            for key in keys:
                results.put(key, outcome, 0)
        else:
            bad.append(f"{m.where()} {' '.join(tests)}: {outcome}")
    return bad


def together(found: list[Mutation]) -> list[list[Mutation]]:
    """Mutations whose tests can be seen to pass in one run; proofs are `prove.py`'s."""
    groups: dict = {}
    for m in found:
        if not m.prove:
            groups.setdefault((m.forge, m.cargo, m.cargo and m.test), []).append(m)
    return list(groups.values())
