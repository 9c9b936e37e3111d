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
import tomllib

import bounded
import prove

ROOT = pathlib.Path(__file__).resolve().parent.parent
SCRATCH = ROOT / "target" / "mutants"
TREE = SCRATCH / "tree"
RESULTS = SCRATCH / "results.json"
# Apart from the tree's own: cargo tells a stale crate by its age, and would take a mutated one for the tree's.
BUILT = SCRATCH / "cargo"
# For one test with its build, in seconds; cargo's first build is a cold one.
LIMIT = 600
CARGO_LIMIT = 3600
IMPORT = re.compile(r"""^import\b[^;"']*["']([^"']+)["']""", re.M)
# Code that a test takes by the file's name instead of importing it.
BY_NAME = re.compile(r"""(?:getCode|deployCode|deployCodeTo)\(\s*"(\w+\.sol):""")


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


def refresh_text(target: pathlib.Path, text: str) -> None:
    if not target.exists() or target.read_text() != text:
        target.write_text(text)


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
    """A Solidity file of the scratch copy with all that it imports or takes by name, packages left out."""
    if file in found or not file.exists():
        return found
    found.add(file)
    text = file.read_text()
    for path in [(file.parent / p).resolve() for p in IMPORT.findall(text) if p.startswith(".")] + by_name(text):
        imported(path, found)
    return found


def by_name(text: str) -> list[pathlib.Path]:
    return [p for name in BY_NAME.findall(text) for p in (TREE / "contracts" / "src").rglob(name)]


def crates(package: str, found: set) -> set:
    """A crate with all of ours that it depends on."""
    if package not in found:
        found.add(package)
        manifest = (TREE / "crates" / package / "Cargo.toml").read_text()
        for other in re.findall(r"^mandate-(\w+)\b", manifest, re.M):
            crates(other, found)
    return found


def built_from(m: Mutation) -> list[pathlib.Path]:
    """The files of the scratch copy that decide what the mutation's test says."""
    contracts, tools = TREE / "contracts", TREE / "tools"
    if m.cargo:
        package = re.search(r"mandate-(\w+)", m.cargo).group(1)
        rust = [p for crate in crates(package, set()) for p in (TREE / "crates" / crate).rglob("*") if p.is_file()]
        return sorted([*rust, TREE / "Cargo.toml", TREE / "Cargo.lock"])
    settings = [contracts / "package-lock.json"]
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
    h.update(repr((m.forge, m.cargo, m.prove, m.test, change, settings(m))).encode())
    return h.hexdigest()


def settings(m: Mutation) -> str:
    """The profiles of foundry.toml that the test is built with."""
    profiles = tomllib.loads((TREE / "contracts" / "foundry.toml").read_text())["profile"]
    wanted = () if m.cargo else ("default",) if m.prove else ("default", "mutants")
    return json.dumps([profiles[name] for name in wanted], sort_keys=True)


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
    result = bounded.run(command, LIMIT, cwd=TREE / "contracts", env=os.environ | settings_of(alone(path)))
    if result is None:
        return "error: out of time"
    lines = [line for line in result.stdout.splitlines() if line.startswith("{")]
    if not lines:
        return "error: " + (result.stdout + result.stderr).strip()[-400:]
    statuses = [t["status"] for suite in json.loads(lines[-1]).values() for t in suite["test_results"].values()]
    if not statuses:
        return f"error: no test {test} in {path}"
    return "passed" if all(s == "Success" for s in statuses) else "failed"


def alone(path: str) -> pathlib.Path:
    """A folder of the scratch copy whose one source imports this test."""
    name = pathlib.Path(path).name.removesuffix(".t.sol")
    folder = TREE / "contracts" / "mutant" / name
    folder.mkdir(parents=True, exist_ok=True)
    refresh_text(folder / "Only.sol", f'import "{os.path.relpath(TREE / "contracts" / path, folder)}";\n')
    return folder


def settings_of(folder: pathlib.Path) -> dict[str, str]:
    """Settings under which forge reads the sources and one test only; else it looks through every file for tests, each time."""
    own = {key: str(folder) for key in ("FOUNDRY_TEST", "FOUNDRY_SCRIPT")}
    name = folder.name
    return own | {"FOUNDRY_PROFILE": "mutants", "FOUNDRY_OUT": f"out/{name}", "FOUNDRY_CACHE_PATH": f"cache/{name}",
                  "FOUNDRY_SOLC": str(quick_compiler())}


def quick_compiler() -> pathlib.Path:
    """The compiler without the machine code that only long runs pay back: a third less for what a mutation touches."""
    script = TREE / "contracts" / "mutant" / "solc"
    refresh_text(script, f'#!/bin/sh\nexec node --liftoff-only "{TREE}/contracts/solc-wrap" "$@"\n')
    script.chmod(0o755)
    return script


def run_cargo(arguments: str, test: str) -> str:
    command = ["cargo", "test", "--locked", "--offline", "--quiet", *arguments.split(), "--", test]
    result = bounded.run(command, CARGO_LIMIT, cwd=TREE, env=os.environ | {"CARGO_TARGET_DIR": str(BUILT)})
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
    for check in wanted:
        source = alone(str(check.file.relative_to(TREE / "contracts")))
        prove.attempt(check, prove.Place(TREE / "contracts", source, SCRATCH / "proofs" / source.name), "--early-exit")
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
