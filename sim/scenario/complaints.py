"""What is wrong with a scenario file, in words: file, table, key, line, found, allowed, nearest right word."""

import dataclasses
import difflib
import functools
import re
import tomllib
import types
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any, Union, get_args, get_origin

import pydantic

from sim import quantities

SHOWN = 5
"""More errors than this at once are counted, not listed: the first ones often cause the rest."""

LONGEST = 500
"""Characters of a line in which the name of a key or table is looked for."""

Place = tuple[str | int, ...]

WANTED = {
    "bool": "true or false",
    "int": "a whole number",
    "float": "a number",
    "string": "text in quotes",
    "list": "a list [...]",
    "tuple": "a list [...]",
    "dict": "a table",
    "model": "a table",
    "arguments": "a table",
    "datetime": "a date and time such as 2010-08-17T20:00:00+08:00",
    "date": "a date such as 2010-08-17",
    "time": "a time such as 20:00:00",
    "timezone": "a date and time with its offset, such as 2010-08-17T20:00:00+08:00",
}


def did_you_mean(word: str, words: Iterable[str]) -> str:
    """` Did you mean repost_rate?`, or nothing when no word is near."""

    def plain(text: str) -> str:
        return re.sub(r"[\s_\-]+", "_", text.strip().lower())

    by_plain = {plain(candidate): candidate for candidate in words}
    near = difflib.get_close_matches(plain(word)[:200], by_plain, n=1, cutoff=0.6)
    return f" Did you mean {by_plain[near[0]]}?" if near else ""


def syntax(text: str, where: str, problem: str) -> str:
    """Where TOML syntax breaks, with the line itself."""
    place = re.search(r"\(at line (\d+), column (\d+)\)", problem)
    reason = re.sub(r"\s*\(at [^)]*\)$", "", problem)
    lines = text.splitlines()
    if place is None:
        return f"{where}: line {max(len(lines), 1)} (the end): {reason}. Something opened before is not closed."
    line, column = int(place[1]), int(place[2])
    shown = lines[line - 1][:120] if line <= len(lines) else ""
    return f"{where}: line {line}, column {column} is not TOML: {reason}.\n  {shown}\n  {' ' * min(column - 1, 120)}^"


def shown(value: Any) -> str:
    """A value as it may stand in a message: TOML's spelling, short."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return "a table"
    if isinstance(value, list | tuple):
        return f"a list of {len(value)}"
    text = f'"{value}"' if isinstance(value, str) else str(value)
    return text if len(text) <= 60 else text[:57] + "..."


def place_of(place: Place, key: bool = True) -> str:
    """(strategies, seeding, posts, 2, hour) -> `[strategies.seeding.posts] (entry 3) hour`."""
    names = [str(part) for part in place if not isinstance(part, int)]
    entry = next((f" (entry {part + 1})" for part in reversed(place) if isinstance(part, int)), "")
    if key and names and place and not isinstance(place[-1], int):
        table, last = names[:-1], names[-1]
    elif key and names and len(place) > 1:  # an entry of a plain list
        table, last, entry = names[:-1], f"{names[-1]}[{int(place[-1]) + 1}]", ""
    else:
        table, last = names, ""
    head = f"[{'.'.join(table)}]" if table else ("" if last else "[top of the file]")
    return f"{head}{entry} {last}".strip()


def line_of(text: str, place: Place) -> int | None:
    """The line on which the key at PLACE stands, when it can be told (1 is the first)."""
    here: list[str | int] = []
    counts: dict[str, int] = {}
    best = None
    for number, mark, names in _outline(text):
        if mark == "=":
            full = (*here, *names)
            if full == place:
                return number
            if full == place[: len(full)] and len(full) > len(here):
                best = number  # an inline table or list that holds it
            continue
        here = []
        for depth, name in enumerate(names, 1):
            here.append(name)
            path = ".".join(names[:depth])
            if depth == len(names) and mark == "[[":
                counts[path] = counts.get(path, -1) + 1
            if path in counts:
                here.append(counts[path])
        if tuple(here) == place:
            return number
    return best


@functools.lru_cache(maxsize=2)  # several complaints of one text
def _outline(text: str) -> list[tuple[int, str, list[str]]]:
    """The lines of TEXT that open a table ("[" or "[[") or give a key ("="): number, mark, words of the name.

    Time grows with the text's length and no faster, whatever stands in it.
    """
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        start = line[:LONGEST].strip()
        if start.startswith("["):
            head = start.partition("#")[0].rstrip()
            mark = "[[" if head.startswith("[[") else "["
            inner = head.removeprefix(mark).removesuffix("]" * len(mark)).strip()
            if inner and head.endswith("]" * len(mark)) and not set(inner) & set("[]"):
                found.append((number, mark, _dotted(inner)))
        else:
            key, equals, _ = start.partition("=")
            if equals and re.fullmatch(r"[A-Za-z0-9_\-.\"' ]+", key):
                found.append((number, "=", _dotted(key.strip())))
    return found


def _dotted(text: str) -> list[str]:
    if re.fullmatch(r"[A-Za-z0-9_\-.]+", text):
        return text.split(".")
    try:
        table: Any = tomllib.loads(f"{text} = 0")
    except ValueError:
        return [text]
    names = []
    while isinstance(table, dict):
        name = next(iter(table))
        names.append(name)
        table = table[name]
    return names


def bare(kind: Any) -> Any:
    """A type without Annotated, Optional and alias wrapping; of a union, all its members as a tuple."""
    while get_origin(kind) is Annotated or hasattr(kind, "__value__"):
        kind = kind.__value__ if hasattr(kind, "__value__") else get_args(kind)[0]
    if get_origin(kind) in (Union, types.UnionType):
        members = [bare(member) for member in get_args(kind) if member is not type(None)]
        return members[0] if len(members) == 1 else tuple(members)
    return kind


def fields(kind: Any) -> Mapping[str, Any]:
    """The keys of a table type with their types."""
    return _keys(kind) if isinstance(kind, type) and issubclass(kind, pydantic.BaseModel) else {}


@functools.cache
def _keys(kind: type[pydantic.BaseModel]) -> Mapping[str, Any]:
    return {field.alias or name: field.rebuild_annotation() for name, field in kind.model_fields.items()}


def kind_at(model: Any, place: Place) -> Any:
    """The declared type at PLACE below MODEL; None when the declarations do not say."""
    kind = bare(model)
    for part in place:
        if isinstance(kind, tuple):
            holders = [member for member in kind if part in fields(member)]
            named = [member for member in kind if getattr(member, "__name__", "") == part]
            if named or not holders:  # pydantic names the tried member of a union in the place
                kind = named[0] if named else kind
                continue
            kind = holders[0]
        if fields(kind):
            if part not in fields(kind):
                return None
            kind = bare(fields(kind)[str(part)])
        else:
            inner = get_args(kind)
            if not inner:
                return None
            kind = bare(
                inner[1] if get_origin(kind) is dict or (len(inner) == 2 and inner[1] is not Ellipsis) else inner[0]
            )
    return kind


def owners(kind: Any, key: str, path: str = "", depth: int = 0) -> Iterator[str]:
    """The tables below KIND that do know KEY."""
    if depth > 6:
        return
    for member in kind if isinstance(kind, tuple) else (kind,):
        for name, inner in fields(member).items():
            if name == key:
                yield path or "top of the file"
            below = bare(inner)
            if get_origin(below) is dict:
                yield from owners(bare(get_args(below)[1]), key, f"{path}.{name}.NAME".lstrip("."), depth + 1)
            elif get_origin(below) in (list, tuple) and get_args(below):
                yield from owners(bare(get_args(below)[0]), key, f"{path}.{name}".lstrip("."), depth + 1)
            else:
                yield from owners(below, key, f"{path}.{name}".lstrip("."), depth + 1)


def declared(model: Any, place: Place) -> quantities.Parameter | None:
    """The declaration (range, unit, meaning) of the parameter at PLACE."""
    if not place or isinstance(place[-1], int):
        return None
    table = kind_at(model, place[:-1])
    for member in table if isinstance(table, tuple) else (table,):
        if fields(member):
            found = parameter_of(member, place[-1])
            if found is not None:
                return found
    return None


def meaning(parameter: quantities.Parameter | None) -> str:
    """`It is the chance of a repost at first sight (share, 0 to 1; default 0.01).`"""
    if parameter is None or not parameter.doc.meaning:
        return ""
    allowed = parameter.range
    span = f"{allowed.unit}, {allowed.low:,.15g} to {allowed.high:,.15g}" if allowed else ""
    default = f"default {shown(parameter.default)}" if isinstance(parameter.default, bool | int | float | str) else ""
    said = "; ".join(filter(None, (span, default)))
    return f"\n  It is: {parameter.doc.meaning} ({said})." if said else f"\n  It is: {parameter.doc.meaning}."


def invalid(text: str, where: str, model: Any, problem: pydantic.ValidationError) -> str:
    """Everything pydantic found, in the words of the declarations."""
    found = problem.errors(include_url=False)
    told = [_one(text, where, model, error) for error in found[:SHOWN]]
    if len(found) > SHOWN:
        told.append(f"... and {len(found) - SHOWN} more.")
    return "\n".join(told)


def _one(text: str, where: str, model: Any, error: Any) -> str:
    place: Place = tuple(error["loc"])
    kind, value, context = error["type"], error["input"], error.get("ctx", {})
    line = line_of(text, place)
    at = f"{where}: line {line}: {place_of(place)}" if line else f"{where}: {place_of(place)}"
    parameter = declared(model, place)
    if kind in {"extra_forbidden", "unexpected_keyword_argument", "unexpected_positional_argument"}:
        return _unknown(at, model, place)
    if kind in {"missing", "missing_argument", "missing_keyword_only_argument"}:
        return f"{where}: {place_of(place)} is missing.{meaning(parameter)}"
    if kind in {"literal_error", "enum"}:
        expected = str(context.get("expected", "")).replace("'", '"')
        near = did_you_mean(str(value), re.findall(r'"([^"]*)"', expected))
        return f"{at} = {shown(value)} is not known; allowed: {expected}.{near}{meaning(parameter)}"
    bounds = {"ge": "at least", "gt": "more than", "le": "at most", "lt": "less than"}
    limits = [f"{words} {context[name]}" for name, words in bounds.items() if name in context]
    lengths = {"min_length": "at least", "max_length": "at most"}
    limits += [f"{words} {context[name]} long" for name, words in lengths.items() if name in context]
    if (limits or kind == "finite_number") and parameter is not None and parameter.range is not None:
        allowed = parameter.range
        span = f"{allowed.low:,.15g} to {allowed.high:,.15g} ({allowed.unit})"
        return f"{at} = {shown(value)} is outside {span}.{meaning(parameter)}"
    if limits:
        return f"{at} = {shown(value)} must be {' and '.join(limits)}.{meaning(parameter)}"
    if kind == "int_from_float":
        return f"{at} = {shown(value)} must be a whole number.{meaning(parameter)}"
    wanted = WANTED.get(re.sub(r"_(type|parsing|attributes_type|instance_of|aware|naive|from_date_parsing)$", "", kind))
    if wanted and kind != "value_error":
        return f"{at} = {shown(value)} has the wrong type: {wanted} was expected.{meaning(parameter)}"
    said = re.sub(r"^(Value error|Assertion failed), ", "", str(error["msg"]))
    if kind == "value_error" and isinstance(value, Mapping):  # a rule over several keys of a table, or of the file
        return f"{where}: {place_of(place, key=False)}: {said}" if place else f"{where}: {said}"
    return f"{at} = {shown(value)}: {said}{meaning(parameter)}"


def _unknown(at: str, model: Any, place: Place) -> str:
    key = str(place[-1])
    table = kind_at(model, place[:-1])
    known = [name for member in (table if isinstance(table, tuple) else (table,)) for name in fields(member)]
    near = did_you_mean(key, known)
    if not near:
        elsewhere = sorted(set(owners(bare(model), key)))
        near = f" It belongs into [{elsewhere[0]}]." if elsewhere else ""
    return f"{at} is not a known key.{near}\n  Known here: {', '.join(sorted(known)) or 'nothing'}."


def converted(text: str, where: str, table: Any, found: Any) -> str:
    """Declared numbers that TABLE gives as truth values or text, although the model took them; empty when none."""
    told = []
    for place, parameter, given in _numbers(type(found), table, found, ()):
        if isinstance(given, bool | str):
            line = line_of(text, place)
            at = f"{where}: line {line}: " if line else f"{where}: "
            wanted = WANTED["int" if parameter.range and parameter.range.whole else "float"]
            told.append(
                f"{at}{place_of(place)} = {shown(given)} has the wrong type: {wanted} was expected.{meaning(parameter)}"
            )
    return "\n".join(told[:SHOWN])


def _numbers(kind: Any, table: Any, found: Any, place: Place) -> Iterator[tuple[Place, quantities.Parameter, Any]]:
    """Every declared number in FOUND: its place, its declaration, and the value as given in TABLE."""
    if isinstance(found, Mapping):
        for key, inner in found.items():
            given = table.get(key) if isinstance(table, Mapping) else None
            yield from _numbers(type(inner), given, inner, (*place, str(key)))
    elif isinstance(found, list | tuple):
        for index, inner in enumerate(found):
            given = table[index] if isinstance(table, list) and index < len(table) else None
            yield from _numbers(type(inner), given, inner, (*place, index))
    elif fields(kind):
        for name in kind.model_fields:
            value = getattr(found, name)
            given = table.get(name, value) if isinstance(table, Mapping) else value
            parameter = parameter_of(kind, name)
            if parameter is not None and parameter.range is not None and isinstance(value, int | float):
                yield (*place, name), parameter, given
            else:
                yield from _numbers(type(value), given if given is not value else None, value, (*place, name))


def _range_in(hint: Any) -> quantities.Range | None:
    """The range inside a type, also below Optional: `Share | None` is a share when it is there."""
    marks = getattr(hint, "__metadata__", ())
    found = next((mark for mark in marks if isinstance(mark, quantities.Range)), None)
    if found is not None:
        return found
    below = get_args(hint)[:1] if get_origin(hint) is Annotated else get_args(hint)
    if get_origin(hint) not in (Annotated, Union, types.UnionType):
        return None
    return next(filter(None, map(_range_in, below)), None)


@functools.cache
def parameter_of(kind: type, name: str) -> quantities.Parameter | None:
    """The declaration of the field NAME of table type KIND; one with a range only has an empty meaning."""
    found = quantities.parameters(kind).get(name)
    if found is not None and found.range is not None:
        return found
    allowed = _range_in(fields(kind).get(name))
    if found is not None:
        return dataclasses.replace(found, range=allowed)
    return None if allowed is None else quantities.Parameter(name, float, None, allowed, quantities.Doc(""))
