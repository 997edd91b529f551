"""Tables that people keep in spreadsheets: CSV in, checked rows out, errors with line and column."""

import collections
import csv
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import pydantic

from sim import errors
from sim.scenario import complaints, read

ROW = TypeVar("ROW", bound=pydantic.BaseModel)

LIMIT = 50_000_000
"""Bytes of one table."""
CELLS = 1_500_000
"""Cells of one table: what is read in seconds."""
Scalar = bool | int | float | str


def records(path: Path, most: int = CELLS) -> Iterator[tuple[int, dict[str, str]]]:
    """(line, column -> text) for every row of a CSV file with a header.

    Comma, semicolon or tab; UTF-8 with or without a byte order mark, or GB18030 as a Chinese Excel writes. Raises
    UserError naming the line for a missing or doubled header, and for rows
    that are longer or shorter than it.
    """
    text = read.text_of(path, LIMIT, also="gb18030")
    lines = text.splitlines()
    del text
    mark = max(",;\t", key=lines[0].count)
    reader = csv.reader(lines, delimiter=mark, strict=True)
    try:
        columns = [name.strip() for name in next(reader)]
        times = collections.Counter(columns)
        for name in columns:
            if not name:
                raise errors.UserError(f"{path}: line 1: a column has no name.")
            if times[name] > 1:
                raise errors.UserError(f"{path}: line 1: the column {name!r} stands there twice.")
        most = min(most, CELLS // max(len(columns), 1))
        room = most
        for cells in reader:
            if not cells or not any(cell.strip() for cell in cells):
                continue
            if len(cells) != len(columns):
                raise errors.UserError(
                    f"{path}: line {reader.line_num} has {len(cells)} cells, the header has {len(columns)}."
                )
            room -= 1
            if room < 0:
                raise errors.UserError(
                    f"{path}: line {reader.line_num}: at most {most:,} rows are read from a table of this kind and "
                    "width. Is it the right file?"
                )
            yield reader.line_num, dict(zip(columns, (cell.strip() for cell in cells), strict=True))
    except csv.Error as problem:
        raise errors.UserError(f"{path}: line {reader.line_num} is not CSV: {problem}.") from None


def rows(path: Path, model: type[ROW], most: int = CELLS) -> list[ROW]:
    """Every row as a MODEL; empty cells take the model's default.

    Raises UserError naming file, line, column, what was found and what is
    allowed; an unknown column is answered with the nearest known one.
    """
    known = list(model.model_fields)
    names = {name for name, field in model.model_fields.items() if complaints.bare(field.annotation) is str}
    found = []
    for line, record in records(path, most):
        for column in record:
            if column not in known:
                near = complaints.did_you_mean(column, known)
                raise errors.UserError(
                    f"{path}: line 1: the column {column!r} is not known.{near}\n  Known: {', '.join(known)}."
                )
        given = {column: cell if column in names else scalar(cell) for column, cell in record.items() if cell}
        try:
            found.append(model.model_validate(given))
        except pydantic.ValidationError as problem:
            told = complaints.invalid("", f"{path}: line {line}", model, problem)
            raise errors.UserError(told) from None
    if not found:
        raise errors.UserError(f"{path} has a header and no rows.")
    return found


def settings(path: Path) -> tuple[list[str], list[dict[str, Scalar]]]:
    """A given design: one column per knob (its dotted name), one row per setting.

    Raises UserError for a table without rows and for an empty cell.
    """
    knobs: list[str] = []
    found: list[dict[str, Scalar]] = []
    for line, record in records(path):
        knobs = list(record)
        for column, cell in record.items():
            if not cell:
                raise errors.UserError(f"{path}: line {line}: {column} is empty; every setting needs a value.")
        found.append({column: scalar(cell) for column, cell in record.items()})
    if not found:
        raise errors.UserError(f"{path} has a header and no rows.")
    return knobs, found


def scalar(cell: str) -> Scalar:
    """A cell as TOML would read it: true, false, a number, else text."""
    if cell in ("true", "false"):
        return cell == "true"
    if len(cell) < 40:  # no float is longer, and int() of thousands of digits is an attack
        for kind in (int, float):
            try:
                return kind(cell)
            except ValueError:
                continue
    return cell
