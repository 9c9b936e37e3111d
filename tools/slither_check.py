"""Runs slither over the contracts and refuses every high or medium finding that has no written reason.

The reasons stand in contracts/slither.toml, one table a group of findings. A reason that no finding needs any more is
refused as well, so that the file stays true. Builds the sources alone, without tests, into out/slither.
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import tomllib

ROOT = pathlib.Path(__file__).resolve().parent.parent
CONTRACTS = ROOT / "contracts"
BUILD = ROOT / "out" / "slither"


def build() -> None:
    """Compiles the sources afresh: a build of yesterday beside today's would be analysed twice."""
    shutil.rmtree(BUILD, ignore_errors=True)
    run = subprocess.run(
        ["forge", "build", "--skip", "test", "--skip", "script", "--build-info", "--out", BUILD / "out",
         "--cache-path", BUILD / "cache"],
        cwd=CONTRACTS, env=os.environ | {"FOUNDRY_PROFILE": "slither"}, capture_output=True, text=True)
    if run.returncode != 0:
        sys.exit(f"the contracts do not build:\n{run.stdout[-2000:]}{run.stderr[-2000:]}")


def findings() -> list[tuple[str, str, str]]:
    """(detector, place, first line of the description) of each high or medium finding."""
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "slither.json"
        run = subprocess.run(
            ["slither", ".", "--foundry-ignore-compile", "--foundry-out-directory", BUILD / "out",
             "--filter-paths", "node_modules|test|script", "--exclude-low", "--exclude-informational",
             "--exclude-optimization", "--json", str(out)],
            cwd=CONTRACTS, capture_output=True, text=True)
        if not out.exists():
            sys.exit(f"slither did not run:\n{run.stderr[-2000:]}")
        report = json.loads(out.read_text())
    if not report["success"]:
        sys.exit(f"slither failed: {report['error']}")
    return [(d["check"], place(d["elements"][0]), d["description"].split("\n")[0])
            for d in report["results"].get("detectors", [])]


def place(element: dict) -> str:
    """`Contract.function`, or `Contract.variable`, of a finding's first element."""
    if element["type"] in ("function", "variable") or "type_specific_fields" in element:
        parent = element.get("type_specific_fields", {}).get("parent")
        if parent:
            above = place(parent)
            return above if element["type"] == "node" or "." in above else f"{above}.{element['name']}"
    return element["name"]


def main() -> None:
    build()
    reasons = tomllib.loads((CONTRACTS / "slither.toml").read_text())["reason"]
    used = [False] * len(reasons)
    bare = []
    found = findings()
    for check, where, text in found:
        for i, reason in enumerate(reasons):
            if reason["check"] == check and any(w in ("*", where) for w in reason["where"]):
                used[i] = True
                break
        else:
            bare.append(f"{check} in {where}: {text}")
    stale = [f"{r['check']} in {r['where']}" for r, u in zip(reasons, used) if not u]
    for line in bare:
        print(f"no reason: {line}", file=sys.stderr)
    for line in stale:
        print(f"no finding any more: {line}", file=sys.stderr)
    print(f"slither: {len(found)} high or medium findings, {len(found) - len(bare)} with a reason")
    sys.exit(bool(bare or stale))


if __name__ == "__main__":
    main()
