"""A TOML file becomes a checked object, or an error that a person can mend.

    scenario = read.read("nokia_n8", Scenario)        a preset by its name
    scenario = read.read("my/launch.toml", Scenario)  a file
    text = read.write(scenario)                       and back

What is allowed stands in the declarations (types, ranges, units of
sim/quantities), never here; this file only says it in words.
"""

import os
import re
import stat
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import pydantic
import tomlkit

from sim import errors
from sim.scenario import complaints

MODEL = TypeVar("MODEL", bound=pydantic.BaseModel)

LIMIT = 1_000_000
"""Bytes; a scenario is a few kB, anything larger is another kind of file."""
DEEPEST = 64
"""Words of a dotted name; Python's reader of TOML takes minutes for one of a hundred thousand."""
_WORD = r"""(?:[\w-]{1,99}+|"[^"\n]{0,99}"|'[^'\n]{0,99}')[ \t]*+\.[ \t]*+"""
_DEEP = re.compile(rf"(?<![\w.-])(?:{_WORD}){{{DEEPEST}}}")


def folders() -> list[Path]:
    """Where presets stand: inside the installed package, or beside it in a checkout."""
    package = Path(__file__).resolve().parent.parent
    return [folder for folder in (package / "presets", package.parent / "scenarios") if folder.is_dir()]


def presets(kind: str = "") -> dict[str, Path]:
    """The shipped files by name; KIND is a subfolder such as "sweeps"."""
    found: dict[str, Path] = {}
    for folder in folders():
        for path in sorted((folder / kind).glob("*.toml")):
            found.setdefault(path.stem, path)
    return found


def locate(source: str | Path, kind: str = "") -> Path:
    """The file that SOURCE, a path or a preset's name, means.

    Raises UserError with the list of presets and the nearest name.
    """
    name = str(source)
    known = presets(kind)
    if isinstance(source, str) and name in known:
        return known[name]
    if name.strip() and (Path(name).suffix or len(Path(name).parts) != 1 or os.path.lexists(name.replace("\0", ""))):
        return Path(name)
    shipped = ", ".join(sorted(known)) or "none"
    what = "file nor a preset" if not kind else f"file nor a preset of {kind}"
    near = complaints.did_you_mean(name, known)
    raise errors.UserError(f"{name!r} is neither a {what}.{near}\nPresets: {shipped}; or give a path ending in .toml.")


def text_of(path: Path, limit: int = LIMIT, also: str | None = None) -> str:
    """The text of a small UTF-8 file (or of one in the encoding ALSO). Raises UserError for anything else."""
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise errors.UserError(f"{path} is a folder; a file was expected.")
        if not stat.S_ISREG(status.st_mode):
            raise errors.UserError(f"{path} is not a regular file.")
        if status.st_size > limit:
            raise errors.UserError(
                f"{path} has {status.st_size:,} bytes; at most {limit:,} are read. Is it the right file?"
            )
        with path.open("rb") as file:
            raw = file.read(limit + 1)
    except FileNotFoundError:
        raise errors.UserError(f"{path} does not exist.{_neighbours(path)}") from None
    except (OSError, ValueError) as problem:  # ValueError: a zero byte in the name
        reason = getattr(problem, "strerror", None) or str(problem)
        raise errors.UserError(f"{str(path)!r} cannot be read: {reason}.") from None
    try:
        try:
            text = raw.decode("utf-8-sig")
        except UnicodeDecodeError:
            if also is None:
                raise
            text = raw.decode(also)
    except UnicodeDecodeError as problem:
        line = raw.count(b"\n", 0, problem.start) + 1
        raise errors.UserError(
            f"{path}: line {line} is not UTF-8 text (byte 0x{raw[problem.start]:02x}). Save the file as UTF-8."
        ) from None
    if not text.strip():
        raise errors.UserError(f"{path} is empty.")
    return text


def _neighbours(path: Path) -> str:
    try:
        names = [entry.name for entry in path.parent.iterdir() if entry.suffix == path.suffix]
    except OSError:
        return f" Neither does its folder {path.parent}." if not path.parent.exists() else ""
    return complaints.did_you_mean(path.name, names)


def table_of(text: str, where: str) -> dict[str, Any]:
    """TOML text as plain tables. WHERE names the text in errors. Raises UserError for what is no TOML."""
    deep = _DEEP.search(text)
    if deep is not None:
        line = text.count("\n", 0, deep.start()) + 1
        raise errors.UserError(f"{where}: line {line}: a name of more than {DEEPEST} words is no key of a scenario.")
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as problem:
        raise errors.UserError(complaints.syntax(text, where, str(problem))) from None
    except RecursionError:
        raise errors.UserError(f"{where}: the brackets are nested too deeply to be a scenario.") from None
    except ValueError as problem:  # whole numbers of thousands of digits
        raise errors.UserError(f"{where}: {problem}.") from None


def parse(text: str, model: type[MODEL], where: str = "scenario") -> MODEL:
    """TOML TEXT as a MODEL, ranges checked. Raises UserError naming table, key, line, found and allowed."""
    table = table_of(text, where)
    try:
        found = model.model_validate(table)
    except pydantic.ValidationError as problem:
        raise errors.UserError(complaints.invalid(text, where, model, problem)) from None
    except (RecursionError, OverflowError) as problem:
        raise errors.UserError(f"{where}: a value is too large or nested too deeply ({problem}).") from None
    wrong = complaints.converted(text, where, table, found)
    if wrong:
        raise errors.UserError(wrong)
    return found


def read(source: str | Path, model: type[MODEL], kind: str = "") -> MODEL:
    """The MODEL in the file or preset SOURCE (KIND: the presets' subfolder, "" or "sweeps")."""
    path = locate(source, kind)
    return parse(text_of(path), model, str(path))


def plain(value: Any) -> Any:
    """VALUE as TOML knows it: tables, lists, scalars; what is None is left out."""
    if isinstance(value, pydantic.BaseModel):
        return plain({name: getattr(value, name) for name in type(value).model_fields})
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items() if inner is not None}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(inner) for inner in value if inner is not None]
    if hasattr(value, "value") and hasattr(type(value), "__members__"):
        return value.value
    return value.item() if hasattr(value, "item") and hasattr(value, "dtype") else value


def write(scenario: pydantic.BaseModel | Mapping[str, Any]) -> str:
    """TOML text that `parse` reads back as an equal object."""
    return tomlkit.dumps(_scalars_first(plain(scenario)))


def _scalars_first(table: dict[str, Any]) -> dict[str, Any]:
    """A TOML table owns every line up to the next header, so its plain keys must come first."""

    def rank(value: Any) -> int:
        if isinstance(value, dict):
            return 1
        return 2 if isinstance(value, list) and value and all(isinstance(inner, dict) for inner in value) else 0

    def inside(value: Any) -> Any:
        if isinstance(value, dict):
            return _scalars_first(value)
        return [inside(inner) for inner in value] if isinstance(value, list) else value

    return {key: inside(value) for key, value in sorted(table.items(), key=lambda item: rank(item[1]))}


def edit(text: str, changes: Mapping[str, Any], where: str = "scenario") -> str:
    """TEXT with `{"response.repost_rate": 0.02}` changed; comments and order stay as the author left them.

    Raises UserError for a place that cannot be there.
    """
    table_of(text, where)
    document = tomlkit.parse(text)
    for name, value in changes.items():
        place: Any = document
        *tables, key = name.split(".")
        for step in tables:
            place = place.setdefault(step, tomlkit.table()) if hasattr(place, "setdefault") else None
        if not hasattr(place, "setdefault"):  # a value or a list stands where a table was expected
            raise errors.UserError(f"{where}: {name} cannot be set: {'.'.join(tables)} is not a table.")
        place[key] = plain(value)
    return tomlkit.dumps(document)
