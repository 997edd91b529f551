"""Do the tests notice?  Break one place of a module at a time and count the breaks that some test sees.

    python -m tests.mutation                            every module of MODULES
    python -m tests.mutation sim.results.contrast       one of them
    python -m tests.mutation --jobs 2 --sample 200      a fixed sample of so many mutants per module

The breaks are cosmic-ray's (arithmetic, comparisons, numbers, negations, loops); its runner starts an interpreter and
compiles everything for each of them, so here a process that has the libraries loaded forks, reads the broken module in
the place of the file, and runs the module's tests, the quickest first, without the compiler (NUMBA_DISABLE_JIT).
"""

import argparse
import ast
import difflib
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import io
import json
import math
import os
import random
import resource
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

HOUSE = Path(__file__).resolve().parents[1]
CASCADE = (
    "tests/kernels/test_aside.py",
    "tests/kernels/test_calendar.py",
    "tests/kernels/test_gates.py",
    "tests/kernels/test_lacking.py",
    "tests/kernels/test_reading.py",
    "tests/kernels/test_stories.py",
    "tests/kernels/test_cascade.py",
    "tests/kernels/test_cascade_shows.py",
    "tests/kernels/test_recall_worlds.py",
    "tests/model/test_cascade.py",
    # these grow graphs for most of their time
    "--deselect=tests/model/test_cascade.py::test_stored_and_computed_rows",
    "--deselect=tests/model/test_cascade.py::test_saved_and_mapped_graph",
)
LOOP = ("acting", "aside", "calendar", "cascade", "ledger", "looking", "met", "reading", "recall", "run", "sleeping")
MODULES: dict[str, tuple[str, ...]] = {
    "sim.kernels.response": ("tests/kernels/test_response.py",),
    "sim.kernels.timeline": ("tests/kernels/test_timeline.py",),
    "sim.kernels.trees": ("tests/kernels/test_trees.py",),
    "sim.kernels.measure": ("tests/kernels/test_measure.py",),
    "sim.kernels.spread": ("tests/kernels/test_spread_by_hand.py",),
    **{f"sim.kernels.{name}": CASCADE for name in LOOP},
    "sim.results.contrast": ("tests/results/test_contrast.py",),
    "sim.results.sequential": ("tests/results/test_sequential.py",),
    "sim.runs.accounting": ("tests/runs/test_books.py",),
}
# fmt: off
SWAPS = (("Add", "Sub"), ("Sub", "Add"), ("Mul", "Div"), ("Div", "Mul"), ("Pow", "Mul"), ("FloorDiv", "Div"),
         ("Mod", "Mul"), ("LShift", "RShift"), ("RShift", "LShift"), ("BitAnd", "BitOr"), ("BitOr", "BitAnd"))
COMPARED = (("Lt", "LtE"), ("Lt", "GtE"), ("LtE", "Lt"), ("LtE", "Gt"), ("Gt", "GtE"), ("Gt", "LtE"), ("GtE", "Gt"),
            ("GtE", "Lt"), ("Eq", "NotEq"), ("NotEq", "Eq"))
# fmt: on
OPERATORS = (
    *(f"ReplaceBinaryOperator_{a}_{b}" for a, b in SWAPS),
    *(f"ReplaceComparisonOperator_{a}_{b}" for a, b in COMPARED),
    "NumberReplacer",
    "AddNot",
    "ReplaceTrueWithFalse",
    "ReplaceFalseWithTrue",
    "ReplaceAndWithOr",
    "ReplaceOrWithAnd",
    "ReplaceBreakWithContinue",
    "ReplaceContinueWithBreak",
    "ReplaceUnaryOperator_Delete_Not",
    "ReplaceUnaryOperator_Delete_USub",
    "ZeroIterationForLoop",
)
PATIENCE = 5  # times the unbroken test, and as many seconds (processor); a mutant that takes longer is noticed


@dataclass(frozen=True)
class Mutant:
    """One break of a module: what was changed, and the whole text."""

    module: str
    what: str
    text: str


def mutants(module: str) -> Iterator[Mutant]:
    """Every break of MODULE's code; declarations (ranges, defaults, doubt) and annotations are left alone."""
    from cosmic_ray import mutating, plugins
    from cosmic_ray.ast import ast_nodes, get_ast

    path = HOUSE / (module.replace(".", "/") + ".py")
    source = path.read_text(encoding="utf-8")
    lines = source.splitlines()
    declared = {
        line
        for table in ast.walk(ast.parse(source))
        if isinstance(table, ast.ClassDef)
        for entry in table.body
        if isinstance(entry, ast.AnnAssign)
        for line in range(entry.lineno, (entry.end_lineno or entry.lineno) + 1)
    }
    seen = {source}
    running = run(source)
    for name in OPERATORS:
        operator = plugins.get_operator(f"core/{name}")()
        places = sum(1 for node in ast_nodes(get_ast(source)) for _ in operator.mutation_positions(node))
        for occurrence in range(places):
            text = mutating.mutate_code(source, operator, occurrence)
            if text is None or text in seen:
                continue
            seen.add(text)
            if run(text) == running:
                continue
            changed = [line for line in difflib.ndiff(lines, text.splitlines()) if line[0] in "+-"]
            number = next(k for k, (a, b) in enumerate(zip(lines, text.splitlines(), strict=False), 1) if a != b)
            if number in declared:
                continue
            yield Mutant(module, f"{number}: " + " => ".join(line[2:].strip() for line in changed[:2]), text)


def run(source: str) -> str:
    """What of SOURCE is run: its tree without the annotations."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.arg):
            node.annotation = None
        elif isinstance(node, ast.FunctionDef):
            node.returns = None
    return ast.dump(tree)


class Broken(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Imports the text of a mutant in the place of its module's file."""

    def __init__(self, mutant: Mutant):
        self.mutant = mutant
        self.path = HOUSE / (mutant.module.replace(".", "/") + ".py")

    def find_spec(self, fullname: str, path: object, target: object = None) -> importlib.machinery.ModuleSpec | None:
        if fullname != self.mutant.module:
            return None
        return importlib.util.spec_from_file_location(fullname, self.path, loader=self)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> None:
        return None

    def exec_module(self, module: object) -> None:
        exec(compile(self.mutant.text, str(self.path), "exec"), vars(module))

    def get_source(self, fullname: str) -> str:
        return self.mutant.text


class Quickest:
    """A pytest plugin: notes how long each test takes, or runs the quickest first."""

    def __init__(self, known: dict[str, float] | None = None):
        self.known = known or {}
        self.found: dict[str, float] = {}
        self.failed = ""

    def pytest_collection_modifyitems(self, items: list[object]) -> None:
        items.sort(key=lambda item: self.known.get(item.nodeid, 0.0))  # type: ignore[attr-defined]

    def pytest_runtest_logreport(self, report: object) -> None:
        took = self.found.get(report.nodeid, 0.0) + report.duration  # type: ignore[attr-defined]
        self.failed = report.nodeid if report.failed else self.failed  # type: ignore[attr-defined]
        self.found[report.nodeid] = took  # type: ignore[attr-defined]

    def pytest_runtest_setup(self, item: object) -> None:
        if self.known:
            be_patient(self.known.get(item.nodeid, 0.0))  # type: ignore[attr-defined]


def be_patient(seconds: float) -> None:
    """From now on PATIENCE times SECONDS and as many seconds of the processor are left to this process."""
    spent = resource.getrusage(resource.RUSAGE_SELF)
    limit = math.ceil(spent.ru_utime + spent.ru_stime + PATIENCE * (1 + seconds))
    resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.getrlimit(resource.RLIMIT_CPU)[1]))


def tested(module: str, quickest: Quickest) -> int:
    """Run the module's tests in this process; pytest's exit code, 0 when all pass."""
    import pytest

    quiet = ["-q", "-x", "--tb=no", "--assert=plain", "-p", "no:cacheprovider", "-W", "ignore"]
    with tempfile.TemporaryDirectory() as own:  # many at once would take each other's numbered folders
        asked = [*quiet, f"--basetemp={own}/t", "-p", "_hypothesis_pytestplugin", *MODULES[module]]
        return int(pytest.main(asked, [quickest]))


def fork(module: str, mutant: Mutant | None, known: dict[str, float], writing: int | None = None) -> int:
    """Run the tests of MODULE, broken as MUTANT says, in a fork: its id. Seconds by test go to WRITING."""
    child = os.fork()
    if child:
        return child
    os.setpgrp()
    if mutant is not None:
        be_patient(sum(known.values()))
        sys.meta_path.insert(0, Broken(mutant))
    sink = os.open(os.devnull, os.O_WRONLY)
    os.dup2(sink, 1)
    os.dup2(sink, 2)
    sys.stdout = sys.stderr = io.StringIO()
    quickest = Quickest(known)
    code = 1
    try:
        code = tested(module, quickest)
        if writing is not None:
            os.write(writing, json.dumps([quickest.found, quickest.failed]).encode())
    finally:
        os._exit(0 if code == 0 else 1)


def durations(module: str) -> tuple[dict[str, float], str]:
    """Seconds by test of the unbroken MODULE, and the test that fails all the same."""
    reading, writing = os.pipe()
    child = fork(module, None, {}, writing)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        said = pipe.read()
    _, status = os.waitpid(child, 0)
    found, failed = json.loads(said or '[{}, "all of them"]')
    return found, failed or ("" if os.waitstatus_to_exitcode(status) == 0 else "the collection of the tests")


def unnoticed(every: list[Mutant], known: dict[str, float], jobs: int) -> list[Mutant]:
    """The mutants that pass every test. One thread forks: a fork beside threads may inherit a lock that is held."""
    running: dict[int, Mutant] = {}
    alive = []
    for done in range(len(every)):
        while len(running) < jobs and done + len(running) < len(every):
            mutant = every[done + len(running)]
            running[fork(mutant.module, mutant, known)] = mutant
        child, status = os.wait()
        mutant = running.pop(child)
        if os.waitstatus_to_exitcode(status) == 0:
            alive.append(mutant)
            print(f"\n{mutant.module}: {mutant.what}", file=sys.stderr)
        print(f"\r{mutant.module}: {done + 1} of {len(every)}, {len(alive)} alive", end="", file=sys.stderr, flush=True)
    return alive


def load() -> None:
    """Import what every child would import anew."""
    for name in ("hypothesis.extra.numpy", "mesa", "networkx", "numba", "pandas", "pyarrow.parquet", "pydantic",
                 "pytest", "scipy.stats"):  # fmt: skip
        importlib.import_module(name)


def main() -> int:
    """Print, per module, how many mutants were noticed, and the survivors."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("modules", nargs="*", default=list(MODULES), metavar="MODULE")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--sample", type=int, default=0)
    asked = parser.parse_args()
    os.chdir(HOUSE)
    unknown = [name for name in asked.modules if name not in MODULES]
    if unknown:
        parser.error(f"{unknown[0]} is not known; allowed are {', '.join(MODULES)}")
    os.environ["NUMBA_DISABLE_JIT"] = "1"
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    os.environ.setdefault("HYPOTHESIS_PROFILE", "broken")
    load()
    measured: dict[tuple[str, ...], dict[str, float]] = {}
    for name in asked.modules:
        every = list(mutants(name))
        if asked.sample and len(every) > asked.sample:
            every = random.Random(1).sample(every, asked.sample)
        if MODULES[name] not in measured:
            measured[MODULES[name]], failed = durations(name)
            if failed:
                parser.exit(1, f"{name}: {failed} fails although nothing is broken\n")
        alive = unnoticed(every, measured[MODULES[name]], asked.jobs)
        killed = len(every) - len(alive)
        print(f"{name}: {killed} of {len(every)} noticed, {100 * killed / max(len(every), 1):.1f}%", flush=True)
        for one in sorted(alive, key=lambda one: int(one.what.split(":")[0])):
            print(f"  {one.what}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
