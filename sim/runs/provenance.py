"""Where results came from: versions, commit, inputs, command; and what must be equal for the same bits."""

import hashlib
import importlib.metadata
import os
import platform
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

PACKAGE = "dandelion-launch"
LIBRARIES = ("numpy", "numba", "llvmlite", "scipy", "pandas", "pyarrow", "mesa", "networkx", "pydantic", "SALib")
SCIENCE = ("kernels", "graph", "model", "scenario", "runs")
"""Rooms whose text decides the numbers; a change in a chart does not make old results another version."""


def version(package: str = PACKAGE) -> str | None:
    """The installed version of PACKAGE; None when it is not installed."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def versions() -> dict[str, str | None]:
    """Dandelion, Python, the libraries and the machine."""
    found = {"dandelion": version() or "checkout", "python": platform.python_version(), "machine": platform.platform()}
    return {**found, **{name: version(name) for name in LIBRARIES}}


def code() -> str:
    """sha256 (16 digits) of the text of every room that decides the numbers."""
    text = hashlib.sha256()
    house = Path(__file__).resolve().parent.parent
    for path in sorted(source for room in SCIENCE for source in (house / room).rglob("*.py")):
        text.update(path.relative_to(house).as_posix().encode() + b"\0" + path.read_bytes())
    return text.hexdigest()[:16]


def sha256(source: Path | str | bytes) -> str:
    """sha256 of a file (Path) or of a text."""
    if isinstance(source, Path):
        with source.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    return hashlib.sha256(source.encode() if isinstance(source, str) else source).hexdigest()


def commit() -> dict[str, Any] | None:
    """The git commit of this checkout and whether it was changed; None outside one."""
    house = Path(__file__).resolve().parent.parent.parent
    if not (house / ".git").exists():
        return None

    def git(*words: str) -> str:
        return subprocess.run(
            ["git", "-C", str(house), *words], capture_output=True, text=True, check=True, timeout=10
        ).stdout.strip()

    try:
        return {"commit": git("rev-parse", "HEAD"), "changed": bool(git("status", "--porcelain", "-uno"))}
    except (OSError, subprocess.SubprocessError):
        return None


def manifest(kind: str, seed: int, inputs: Mapping[str, str | Path], identity: Mapping[str, Any]) -> dict[str, Any]:
    """What manifest.json tells.

    kind      "compare" or "sweep"
    inputs    name -> text of the scenario or design, or path of a data file; kept as sha256
    identity  what else must be equal before results may stand in one folder

    Everything under "identity" must be equal before more runs may join.
    """
    hashes = {name: sha256(source) for name, source in sorted(inputs.items())}
    return {
        "kind": kind,
        "command": [Path(sys.argv[0]).name, *sys.argv[1:]],
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
        "processors": os.cpu_count(),
        "versions": versions(),
        "git": commit(),
        "seed": seed,
        "inputs": hashes,
        "identity": {
            "kind": kind,
            "dandelion": version() or "checkout",
            "code": code(),
            "seed": seed,
            "inputs": hashes,
            **identity,
        },
    }


def differences(manifest: Mapping[str, Any]) -> list[str]:
    """Which versions differ between MANIFEST and this process, in words; empty when the same bits are due."""
    then: Mapping[str, Any] = manifest.get("versions") or {}
    told = [
        f"{name}: {then.get(name)} then, {now} now"
        for name, now in versions().items()
        if name != "machine" and then.get(name) != now
    ]
    if (manifest.get("identity") or {}).get("code") != code():
        told.append("Dandelion's own code has changed since")
    return told
