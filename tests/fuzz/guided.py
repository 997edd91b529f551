"""Inputs that are led by the code they reach: python -m tests.fuzz.guided READER [--runs 100000] [--keep FOLDER]

Atheris (libFuzzer for Python) is no part of the set-up: pip install atheris. It keeps every input that reaches a new
branch of the rooms in TRACED and breaks it further, by bytes or as `mutations.text` does.
"""

import argparse
import contextlib
import csv
import importlib
import random
import sys
import tempfile
import tomllib._parser
import types
from pathlib import Path
from typing import Any

from sim.fit import posts
from sim.graph import edges, exchange, files, manifest, names
from sim.planning import candidates
from sim.runs import design
from sim.scenario import calendars, complaints, read, tables
from sim.ui import link
from tests.fuzz import mutations, readers

TRACED = (
    tables, read, complaints, calendars, posts, candidates, manifest, names, files, edges, exchange, design, link, csv,
    tomllib._parser,
)  # fmt: skip
SECONDS = 5
MEMORY = 3_000
"""MB of the whole process, compiled kernels and libraries included."""


def traced(atheris: Any, module: types.ModuleType) -> int:
    """Have ATHERIS watch the branches of every function and method of MODULE; how many. (What is imported is compiled
    by Numba in part, so the import itself cannot be instrumented.)"""
    owners = [module, *(kind for kind in vars(module).values() if isinstance(kind, type))]
    found = {
        id(held): held
        for owner in owners
        for held in (getattr(one, "__wrapped__", getattr(one, "__func__", one)) for one in vars(owner).values())
        if isinstance(held, types.FunctionType) and held.__module__ == module.__name__
    }
    for function in found.values():
        atheris.instrument_func(function)
    return len(found)


def main() -> int:
    """Read until RUNS inputs are read (libFuzzer then ends the process) or one of them is a defect."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.guided", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("reader")
    parser.add_argument("--runs", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, default=Path("build/guided"))
    asked = parser.parse_args()
    try:
        atheris = importlib.import_module("atheris")
    except ImportError:
        sys.exit("atheris is not installed: pip install atheris")
    print(f"{sum(traced(atheris, module) for module in TRACED)} functions are traced", file=sys.stderr)
    place = Path(tempfile.mkdtemp())
    for name in ("examples", "work", "corpus"):
        (place / name).mkdir()
    reader = readers.prepare(place / "examples")[asked.reader]
    for number, example in enumerate(reader.examples):
        (place / "corpus" / str(number)).write_bytes(example)
    asked.keep.mkdir(parents=True, exist_ok=True)

    def fed(data: bytes) -> None:
        with contextlib.suppress(*readers.REFUSED):
            reader.feed(data, place / "work")

    def broken(data: bytes, most: int, seed: int) -> bytes:
        luck = random.Random(seed)
        if luck.random() < 0.5:
            return bytes(atheris.Mutate(data, most))
        return bytes(mutations.text(data, luck)[:most])

    longest = 2 * max(map(len, reader.examples))
    flags = [
        f"-runs={asked.runs}", f"-seed={asked.seed}", f"-timeout={SECONDS}", f"-rss_limit_mb={MEMORY}",
        f"-max_len={longest}", f"-artifact_prefix={asked.keep}/{asked.reader.replace(' ', '_')}-",
        "-print_final_stats=1",
    ]  # fmt: skip
    atheris.Setup([sys.argv[0], *flags, str(place / "corpus")], fed, custom_mutator=broken)
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main())
