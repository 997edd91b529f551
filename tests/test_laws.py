"""The laws of the house, read from the imports (docs: ARCHITECTURE; each law is one test)."""

import ast
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import vulture

HOUSE = Path(__file__).resolve().parent.parent
SIM = HOUSE / "sim"

# Down the stair; a room imports its own floor's siblings only when it is the same room.
FLOOR = {
    "errors": 0,
    "quantities": 0,
    "section": 0.5,
    "kernels": 1,
    "results": 1,
    "graph": 2,
    "model": 3,
    "scenario": 4,
    "runs": 5,
    "fit": 6,
    "planning": 6,
    "bench": 6.5,
    "ui": 7,
    "console": 7.5,
    "commands": 7.8,
    "cli": 8,
    "__main__": 9,
    "": 9,  # sim/__init__.py: what a user imports
}
OPENS_FILES = {
    "sim.scenario.read",
    "sim.scenario.tables",
    "sim.fit.read",
    "sim.graph.files",
    "sim.graph.folder",
    "sim.results.disk",
    "sim.results.rows",
    "sim.results.shelf",
    "sim.results.report",
    "sim.runs.provenance",
    "sim.kernels.compiled",  # names its cache by its own source text
    "sim.kernels.compilers",  # notes in the cache what is compiled
    "sim.kernels.signatures",
    "sim.bench.workloads",
    "sim.bench.machine",
}
ONLY_IN = {
    "dask": ("sim.runs.workers",),
    "distributed": ("sim.runs.workers",),
    "solara": ("sim.ui", "app"),
    "reacton": ("sim.ui", "app"),
    "typer": ("sim.cli", "sim.commands"),
    "mesa": ("sim.model", "sim.ui"),
    "networkx": ("sim.graph",),
    "numba": ("sim.kernels",),
    "llvmlite": ("sim.kernels",),
}
KERNELS_MAY = {"numpy", "numba", "llvmlite", "typing", "math", "operator", "sim.kernels", "sim.quantities"}
COMPILED_MAY = KERNELS_MAY | {
    "atexit", "collections", "contextlib", "fcntl", "functools", "gc", "hashlib", "importlib", "json", "os", "pathlib",
    "re", "subprocess", "sys", "tempfile", "threading", "time",
}  # fmt: skip
COMPILING = {"sim.kernels.compiled", "sim.kernels.compilers", "sim.kernels.signatures"}
FILE_CALLS = {
    "open", "read_text", "read_bytes", "write_text", "write_bytes", "memmap", "fromfile", "tofile", "savez",
    "read_csv", "read_parquet", "read_json", "read_table", "write_table", "to_csv", "to_parquet", "ParquetFile",
    "ParquetWriter", "open_memmap",
}  # fmt: skip
BAD_NAMES = re.compile(r"(^|_)(utils?|helpers?|managers?|common|misc|core|base)(_|$)")
# Written in pieces, so that this file obeys its own law.
ADDRESS = re.compile("(index" + "-url|find" + "-links|https?://[^ ]*/(simple|" + "packages)/)")
MACHINE_PATH = re.compile(r"""(^|[ "'(=`])/(home|Users|mnt|w""" + "ork|ro" + "ot|t" + "mp)/")


@dataclass(frozen=True)
class Import:
    """One import statement: MODULE names TARGET at LINE; TYPES: only for the type checker."""

    module: str
    target: str
    line: int
    types: bool


def module_name(path: Path) -> str:
    parts = path.relative_to(HOUSE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def sources() -> dict[str, tuple[Path, ast.Module]]:
    """Every module of the house that parses; what does not parse is ruff's business."""
    found = {}
    for path in [*sorted(SIM.rglob("*.py")), HOUSE / "app.py"]:
        try:
            found[module_name(path)] = (path, ast.parse(path.read_text(encoding="utf-8")))
        except (SyntaxError, OSError, UnicodeDecodeError):
            continue
    return found


SOURCES = sources()


def imports_of(module: str, tree: ast.Module) -> Iterator[Import]:
    for_types = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        types = id(node) in for_types
        if isinstance(node, ast.Import):
            for name in node.names:
                yield Import(module, name.name, node.lineno, types)
        elif isinstance(node, ast.ImportFrom):
            source = node.module or ""
            if node.level:
                here = module.split(".")
                package = here if SOURCES[module][0].name == "__init__.py" else here[:-1]
                package = package[: len(package) - node.level + 1]
                source = ".".join([*package, *filter(None, [source])])
            for name in node.names:
                inner = f"{source}.{name.name}"
                yield Import(module, inner if inner in SOURCES else source, node.lineno, types)


IMPORTS = [found for module, (_, tree) in SOURCES.items() for found in imports_of(module, tree)]


def room(module: str) -> str:
    """`sim.kernels.draws` -> `kernels`; `sim` -> ``."""
    return [*module.split("."), ""][1] if module.startswith("sim") else module


def within(module: str, *places: str) -> bool:
    return any(module == place or module.startswith(place + ".") for place in places)


def listed(broken: list[str]) -> str:
    return "\n".join(["", *broken])


def test_the_house_is_read():
    assert "sim.kernels.draws" in SOURCES
    assert any(found.target.startswith("sim.") for found in IMPORTS)


def test_imports_go_down_only():
    broken = []
    for found in IMPORTS:
        if found.types or not within(found.target, "sim") or found.module == "app":
            continue
        above, below = room(found.module), room(found.target)
        assert above in FLOOR, f"{found.module}: a room without a floor; give it one in FLOOR"
        if above != below and not FLOOR[above] > FLOOR.get(below, 99):
            broken.append(f"{found.module}:{found.line} imports {found.target}, which does not lie below it")
    assert not broken, listed(broken)


def test_results_knows_only_the_ground():
    broken = [
        f"{found.module}:{found.line} imports {found.target}"
        for found in IMPORTS
        if within(found.module, "sim.results")
        and within(found.target, "sim")
        and not within(found.target, "sim.results", "sim.quantities", "sim.errors", "sim.section")
    ]
    assert not broken, listed(broken)


def test_kernels_import_only_arrays_and_quantities():
    broken = []
    for found in IMPORTS:
        if not within(found.module, "sim.kernels"):
            continue
        allowed = COMPILED_MAY if found.module in COMPILING else KERNELS_MAY
        if not within(found.target, *allowed):
            broken.append(f"{found.module}:{found.line} imports {found.target}")
    assert not broken, listed(broken)


def test_kernels_stand_only_in_their_room():
    broken = []
    for module, (_, tree) in SOURCES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) and not within(module, "sim.kernels"):
                marks = {ast.unparse(mark).split("(")[0].split(".")[-1] for mark in node.decorator_list}
                if marks & {"kernel", "borrower", "hot", "njit", "jit", "vectorize", "guvectorize"}:
                    broken.append(f"{module}:{node.lineno} {node.name} is compiled outside sim/kernels")
    assert not broken, listed(broken)


def test_kernels_stand_at_module_level():
    """A closure's kernel is never found in Numba's file cache."""
    broken = []
    for module, (_, tree) in SOURCES.items():
        for outer in ast.walk(tree):
            if not isinstance(outer, ast.FunctionDef):
                continue
            for node in ast.walk(outer):
                if node is not outer and isinstance(node, ast.FunctionDef):
                    marks = {ast.unparse(mark).split("(")[0].split(".")[-1] for mark in node.decorator_list}
                    if marks & {"kernel", "borrower", "hot", "njit"}:
                        broken.append(f"{module}:{node.lineno} {node.name}")
    assert not broken, listed(broken)


@pytest.mark.parametrize("library", sorted(ONLY_IN))
def test_a_library_is_named_only_in_its_rooms(library):
    broken = [
        f"{found.module}:{found.line}"
        for found in IMPORTS
        if within(found.target, library) and not within(found.module, *ONLY_IN[library])
    ]
    assert not broken, listed([f"{library} is named outside {ONLY_IN[library]}:", *broken])


def opens_by_name(call: ast.Call) -> bool:
    """Whether `frame.to_csv(...)` is given a place; without one it returns text, with stdout it prints."""
    return bool(call.args) and "stdout" not in ast.unparse(call.args[0])


def opens_a_file(call: ast.Call, modules: set[str]) -> bool:
    """`open(...)`, `path.read_text()`, `np.load(...)`; not `shelf.open(folder)` or `FollowerGraph.open(folder)`."""
    if isinstance(call.func, ast.Name):
        return call.func.id in FILE_CALLS
    if not isinstance(call.func, ast.Attribute):
        return False
    owner = ast.unparse(call.func.value)
    if "devnull" in ast.unparse(call) or (call.func.attr == "to_csv" and not opens_by_name(call)):
        return False
    if call.func.attr in {"load", "save"}:
        return owner in {"np", "numpy", "tomllib", "json", "pickle"}
    if call.func.attr == "open":
        return owner not in modules and not owner.split(".")[-1][:1].isupper() and owner not in {"cls", "self"}
    return call.func.attr in FILE_CALLS


def test_files_are_opened_only_in_their_rooms():
    broken = []
    for module, (_, tree) in SOURCES.items():
        if module in OPENS_FILES:
            continue
        own = {
            found.target.split(".")[-1] for found in IMPORTS if found.module == module and within(found.target, "sim")
        }
        broken += [
            f"{module}:{node.lineno} {ast.unparse(node.func)}"
            for node in ast.walk(tree)
            if isinstance(node, ast.Call) and opens_a_file(node, own)
        ]
    assert not broken, listed(broken)


def test_agents_do_not_import_the_campaign():
    broken = [
        f"{found.module}:{found.line}"
        for found in IMPORTS
        if found.module == "sim.model.agents" and within(found.target, "sim.model.campaign") and not found.types
    ]
    assert not broken, listed(broken)


def test_no_circles():
    """Depth first over the imports that run; imports inside functions count too."""
    below: dict[str, set[str]] = {}
    for found in IMPORTS:
        if not found.types and found.target in SOURCES and found.target != found.module:
            below.setdefault(found.module, set()).add(found.target)
    state: dict[str, int] = {}
    circles = []

    def walk(module: str, path: list[str]) -> None:
        state[module] = 1
        for target in sorted(below.get(module, ())):
            if state.get(target) == 1:
                circles.append(" -> ".join([*path[path.index(target) :], target]))
            elif target not in state:
                walk(target, [*path, target])
        state[module] = 2

    for module in sorted(below):
        if module not in state:
            walk(module, [module])
    assert not circles, listed(circles)


def test_the_app_imports_only_its_page():
    targets = {found.target for found in IMPORTS if found.module == "app"}
    if not targets:
        pytest.skip("no app.py yet")
    assert all(within(target, "sim.ui") for target in targets)


def tracked() -> list[Path]:
    """What git tracks or would track; without git, the whole folder but for what tools leave there."""
    try:
        command = ["git", "-C", str(HOUSE), "ls-files", "-co", "--exclude-standard", "-z"]
        names = subprocess.run(command, capture_output=True, check=True, text=True).stdout.split("\0")
        paths = [HOUSE / name for name in names if name]
    except (OSError, subprocess.CalledProcessError):
        left = (".venv", ".hypothesis", ".pytest_cache")
        paths = [path for path in HOUSE.rglob("*") if not any(part.startswith(left) for part in path.parts)]
    return [path for path in paths if path.is_file() and not path.is_symlink()]


def texts() -> Iterator[tuple[Path, str]]:
    for path in tracked():
        if path.stat().st_size < 2_000_000:
            try:
                yield path.relative_to(HOUSE), path.read_text(encoding="utf-8")
            except (UnicodeDecodeError, OSError):
                continue


def test_no_file_is_too_long():
    broken = [
        f"{path}: {text.count(chr(10))} lines"
        for path, text in texts()
        if path.suffix == ".py" and text.count("\n") > 450
    ]
    assert not broken, listed(broken)


def test_modules_are_named_by_nouns_of_the_field():
    broken = [str(path) for path, _ in texts() if path.suffix == ".py" and BAD_NAMES.search(path.stem)]
    assert not broken, listed(broken)


@pytest.mark.parametrize("pattern", [ADDRESS, MACHINE_PATH], ids=["download address", "machine path"])
def test_no_address_of_this_machine(pattern):
    broken = [
        f"{path}:{number}: {line.strip()[:100]}"
        for path, text in texts()
        for number, line in enumerate(text.splitlines(), 1)
        if len(line) < 5_000 and pattern.search(line)  # longer: minified JavaScript
    ]
    assert not broken, listed(broken)


def test_no_large_file_is_tracked():
    broken = [
        f"{path.relative_to(HOUSE)}: {path.stat().st_size:,} bytes"
        for path in tracked()
        if path.stat().st_size > 1_000_000
    ]
    assert not broken, listed(broken)


# Called by their names: by networkx, distributed, numba, Python itself, a program within a text (benchmarks/startup).
CALLED_FROM_OUTSIDE = ["__getattr__", "__dir__", "to_directed_class", "to_list", "teardown", "on_start", "on_end",
                       "compiled_functions"]  # fmt: skip


def test_no_dead_code():
    """No function, method, class or import of the house that nobody names, tests and benchmarks included."""
    scan = vulture.Vulture(ignore_names=CALLED_FROM_OUTSIDE, ignore_decorators=["@pydantic.*", "@app.*", "@*.setter"])
    scan.scavenge([SIM, HOUSE / "app.py", HOUSE / "tests", HOUSE / "benchmarks"])
    kinds = {"function", "method", "class", "import", "property", "unreachable_code"}
    dead = [
        f"{Path(item.filename).relative_to(HOUSE)}:{item.first_lineno} {item.typ} {item.name}"
        for item in scan.get_unused_code(min_confidence=60)
        if item.typ in kinds and SIM in Path(item.filename).parents
    ]
    assert not dead, listed(dead)
