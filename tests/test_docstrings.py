"""What a public docstring must say, as far as a machine can tell: shapes and dtypes, errors, sources."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

SIM = Path(__file__).resolve().parent.parent / "sim"
# `float64[hours]`, `int32[]`, `WATCH[people]`: what stands in an array, and how many.
SHAPED = re.compile(r"\b(u?int(8|16|32|64)?|float(32|64)?|bool|object|[A-Z]{3,})\[[^\]]*\]")
COMPILED = {"kernel", "borrower", "hot"}
COMMANDS = {"cli.py", "commands"}  # what these say is the help of a command: errors are said where they are raised


class Place(NamedTuple):
    """A public function or class, where it stands, and the docstrings that explain it."""

    path: Path
    node: ast.FunctionDef | ast.ClassDef
    name: str
    module: ast.Module
    owner: ast.ClassDef | None

    @property
    def own(self) -> str:
        return ast.get_docstring(self.node) or ""

    @property
    def wider(self) -> str:
        """Its own text, its file's, and those of the tables of arrays in its file."""
        tables = [ast.get_docstring(node) or "" for node in self.module.body if isinstance(node, ast.ClassDef)]
        return "\n".join([self.own, ast.get_docstring(self.module) or "", *tables])

    def __str__(self) -> str:
        return f"{self.path.relative_to(SIM.parent)}:{self.node.lineno} {self.name}"


def public(path: Path, module: ast.Module, body: list[ast.stmt], owner: ast.ClassDef | None = None) -> Iterator[Place]:
    for node in body:
        if not isinstance(node, ast.FunctionDef | ast.ClassDef) or node.name.startswith("_"):
            continue
        marks = {ast.unparse(mark).split(".")[-1] for mark in node.decorator_list}
        if marks & {"setter", "overload"}:
            continue
        yield Place(path, node, f"{owner.name}.{node.name}" if owner else node.name, module, owner)
        if isinstance(node, ast.ClassDef):
            yield from public(path, module, node.body, node)


MODULES = {path: ast.parse(path.read_text(encoding="utf-8")) for path in sorted(SIM.rglob("*.py"))}
PUBLIC = [place for path, module in MODULES.items() for place in public(path, module, module.body)]
FUNCTIONS = [place for place in PUBLIC if isinstance(place.node, ast.FunctionDef)]


def protocol(node: ast.ClassDef | None) -> bool:
    """Members of a protocol are those of whatever is given: the class says what they are for."""
    return node is not None and any("Protocol" in ast.unparse(base) for base in node.bases)


def annotations(node: ast.FunctionDef) -> Iterator[str]:
    for argument in [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]:
        yield ast.unparse(argument.annotation) if argument.annotation else ""
    yield ast.unparse(node.returns) if node.returns else ""


def arrays_of(node: ast.FunctionDef) -> set[str]:
    """The parameters that NODE takes an element, the size or the shape of."""
    names = {argument.arg for argument in node.args.args}
    taken = {
        inner.value.id
        for inner in ast.walk(node)
        if isinstance(inner, ast.Subscript | ast.Attribute)
        and isinstance(inner.value, ast.Name)
        and (isinstance(inner, ast.Subscript) or inner.attr in {"size", "shape"})
    }
    return names & taken


def is_kernel(node: ast.FunctionDef) -> bool:
    return bool({ast.unparse(mark).split("(")[0].split(".")[-1] for mark in node.decorator_list} & COMPILED)


def raises(node: ast.FunctionDef, error: str) -> bool:
    return any(
        isinstance(inner, ast.Raise) and inner.exc is not None and error in ast.unparse(inner.exc)
        for inner in ast.walk(node)
    )


def listed(broken: list[str]) -> str:
    return "\n".join(["", *broken])


def test_the_house_is_read():
    assert len(PUBLIC) > 1_000
    assert sum(is_kernel(place.node) for place in FUNCTIONS) > 100


def test_everything_public_says_what_it_is():
    silent = [
        str(path) for path, module in MODULES.items() if path.name != "__init__.py" and not ast.get_docstring(module)
    ]
    silent += [str(place) for place in PUBLIC if not place.own and not protocol(place.owner)]
    assert not silent, listed(silent)


def test_functions_of_arrays_name_dtype_and_shape():
    silent = [
        str(place)
        for place in FUNCTIONS
        if any("ndarray" in text for text in annotations(place.node))
        and not SHAPED.search(place.own)
        and not protocol(place.owner)
    ]
    assert not silent, listed(silent)


def test_kernels_name_their_arrays():
    """Each array by name, in the docstring or at the head of the file; its dtype and shape likewise."""
    silent = []
    for place in FUNCTIONS:
        if is_kernel(place.node) and (arrays := arrays_of(place.node)):
            text = place.wider
            unnamed = sorted(name for name in arrays if not re.search(rf"\b{name}\b", text, re.IGNORECASE))
            if unnamed or not SHAPED.search(text):
                silent.append(f"{place}: {', '.join(unnamed) or 'no dtype[shape]'}")
    assert not silent, listed(silent)


def test_tables_of_arrays_name_their_columns():
    silent = []
    for place in PUBLIC:
        if isinstance(place.node, ast.ClassDef):
            columns = [
                entry.target.id
                for entry in place.node.body
                if isinstance(entry, ast.AnnAssign)
                and isinstance(entry.target, ast.Name)
                and "ndarray" in ast.unparse(entry.annotation)
            ]
            text = place.wider
            unnamed = [name for name in columns if not re.search(rf"\b{name}\b", text)]
            if unnamed or (columns and not re.search(SHAPED.pattern + r"|\b(int|uint|float)(8|16|32|64)\b", text)):
                silent.append(f"{place}: {', '.join(unnamed) or 'no dtype'}")
    assert not silent, listed(silent)


def test_who_raises_a_user_error_says_so():
    silent = [
        str(place)
        for place in FUNCTIONS
        if raises(place.node, "UserError") and "UserError" not in place.own and not COMMANDS & set(place.path.parts)
    ]
    assert not silent, listed(silent)


def declarations() -> Iterator[tuple[str, ast.Call]]:
    """Every `Doc(...)` of a parameter."""
    for path, module in MODULES.items():
        for node in ast.walk(module):
            if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] == "Doc":
                yield f"{path.relative_to(SIM.parent)}:{node.lineno}", node


def test_what_is_not_assumed_has_a_source():
    found = list(declarations())
    assert len(found) > 100
    silent = []
    for where, call in found:
        said = dict(zip(("meaning", "evidence", "source"), call.args, strict=False))
        said |= {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}
        evidence = said.get("evidence")
        known = not isinstance(evidence, ast.Constant) or evidence.value in {"seen", "calibrated"}
        source = said.get("source")
        if (
            evidence is not None
            and known
            and (source is None or (isinstance(source, ast.Constant) and not source.value))
        ):
            silent.append(f"{where} {ast.unparse(call)[:80]}")
    assert not silent, listed(silent)
