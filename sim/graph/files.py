"""Follower graphs from files and into files: CSV, Parquet, GraphML, GEXF and the memory-mapped folder.

An edge list has two columns and a direction that is always said:

    follows     columns `follower, followee`: the first follows the second
    influences  columns `source, target`: posts travel from the first to the second

(either pair of `source, target` may be used with "follows" too).  Ids are any
texts or numbers and become the labels.
"""

import codecs
import csv
import datetime as dt
import difflib
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from sim import errors
from sim.graph import edges, exchange, folder, names, reading
from sim.graph.follower_graph import FollowerGraph

TABLES = (".csv", ".tsv", ".txt", ".parquet")
SUFFIXES = (*TABLES, *exchange.ROOTS)
NAMES = {"follows": (("follower", "followee"), ("source", "target")), "influences": (("source", "target"),)}
CHUNK = 200_000  # rows of the graph written at a time
CHECKED = 2**28  # bytes of a graph folder whose checksums are compared at every opening; `graph info` compares all


def open_graph(
    path: str | Path, direction: str | None = None, *, accounts: str | Path | None = None
) -> tuple[FollowerGraph, reading.ReadReport | None]:
    """The follower graph at PATH, whatever its format, and what was left out (None for a graph folder).

    direction  "follows" or "influences"; not needed for graph folders and files that say it themselves
    accounts   table (CSV or Parquet) of the known accounts: a column `id`, and `role`, `fee`, `community` or any
               other as attributes; links of other accounts are counted and left out

    Raises UserError for what is not there, not known or not readable.
    """
    path = Path(path)
    if path.is_dir():
        return FollowerGraph.open(path, verify=folder.size(path) <= CHECKED), None
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise errors.UserError(
            f"{path}: the suffix {suffix!r} is not known; allowed are {', '.join(SUFFIXES)} and graph folders."
        )
    _readable(path)
    if suffix in TABLES:
        return read_edges(path, direction, accounts=accounts)
    if accounts is not None:
        raise errors.UserError(
            f"{path}: {suffix} files carry their own nodes; a table of accounts goes with edge lists."
        )
    with path.open("rb") as file:
        cleaned, count = exchange.read(file, path, direction)
    graph = cleaned.graph
    if graph.links == 0:
        raise errors.UserError(f"{path}: no links in it, so nothing can spread.")
    return graph, reading.ReadReport(
        path=str(path),
        unit="edge",
        rows=count,
        links=graph.links,
        accounts=graph.accounts,
        duplicates=reading.finding(cleaned.duplicates + 1),
        self_loops=reading.finding(cleaned.self_loops + 1),
    )


def read_edges(
    path: str | Path,
    direction: str | None,
    *,
    columns: tuple[str, str] | None = None,
    accounts: str | Path | None = None,
) -> tuple[FollowerGraph, reading.ReadReport]:
    """The follower graph of an edge list (CSV, TSV, Parquet) and what was left out.

    columns   names of the two columns, where they are not those of the direction (see the head of this file)
    accounts  as in `open_graph`

    Blank ids, unknown ids, duplicates and self-loops are left out, counted
    and reported with the first lines or rows.  Raises UserError where no link
    is left, and for ids that are no text.
    """
    path = Path(path)
    word = edges.check_direction(direction, path)
    _readable(path)
    table, lines, malformed = _table(path, word, columns)
    try:
        first, second, labels = _factorised(table.column(0), table.column(1))
    except UnicodeDecodeError as failure:
        raise errors.UserError(f"{path}: an id is not UTF-8 text ({failure.reason}).") from failure
    rows = first.size
    blank = (first < 0) | (second < 0)
    unknown = np.zeros(rows, bool)
    attributes: dict[str, dict[int, Any]] = {}
    communities = None
    if accounts is not None:
        labels, translated, attributes = _known(Path(accounts), labels)
        first = np.where(first >= 0, translated[first], first)
        second = np.where(second >= 0, translated[second], second)
        unknown = ~blank & ((first < 0) | (second < 0))
        if "community" in attributes:
            communities = edges.number_communities([attributes["community"].get(k) for k in range(len(labels))])
    used = np.flatnonzero(~blank & ~unknown)
    followed, follower = (second[used], first[used]) if word == "follows" else (first[used], second[used])
    cleaned = edges.from_edges(
        followed, follower, len(labels), labels=labels, communities=communities, attributes=attributes
    )
    graph = cleaned.graph
    if graph.links == 0:
        raise errors.UserError(f"{path}: no links in it ({rows:,} rows, none usable), so nothing can spread.")
    report = reading.ReadReport(
        path=str(path),
        unit="row" if path.suffix.lower() == ".parquet" else "line",
        rows=rows + malformed.count,
        links=graph.links,
        accounts=graph.accounts,
        duplicates=reading.finding(lines[used[cleaned.duplicates]]),
        self_loops=reading.finding(lines[used[cleaned.self_loops]]),
        blank=reading.finding(lines[np.flatnonzero(blank)]),
        unknown=reading.finding(lines[np.flatnonzero(unknown)]),
        malformed=malformed,
    )
    return graph, report


def write(graph: FollowerGraph, path: str | Path, direction: str = "follows", *, overwrite: bool = False) -> Path:
    """Write GRAPH to PATH in the format of its suffix (none: a graph folder).

    direction  of an edge list: its columns are `follower, followee` or `source, target`; GraphML and GEXF edges always
               go from the followed to the follower

    Accounts without any link have no line in an edge list.  Raises UserError for
    an unknown suffix, a file that is there already, a folder that is not.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix == "":
        return graph.save(path, overwrite=overwrite)
    if suffix not in SUFFIXES:
        raise errors.UserError(
            f"{path}: the suffix {suffix!r} is not known; allowed are {', '.join(SUFFIXES)} and none."
        )
    if path.exists() and not overwrite:
        raise errors.UserError(f"{path}: exists already. Choose another name, or allow overwriting.")
    if not path.parent.is_dir():
        raise errors.UserError(f"{path}: the folder {path.parent} does not exist.")
    word = edges.check_direction(direction, path)
    part = path.with_name(path.name + ".part")
    try:
        if suffix in TABLES:
            _write_edges(graph, part, suffix, word)
        else:
            with part.open("wb") as file:
                exchange.write(graph, file, path)
        part.replace(path)
    except OSError as failure:
        raise errors.EnvironmentFailure(f"{path}: cannot be written ({failure.strerror}).") from failure
    finally:
        part.unlink(missing_ok=True)
    return path


def convert(
    source: str | Path,
    destination: str | Path,
    direction: str | None = None,
    *,
    write_direction: str = "follows",
    accounts: str | Path | None = None,
    overwrite: bool = False,
) -> tuple[FollowerGraph, reading.ReadReport | None]:
    """Read SOURCE (see `open_graph`) and write DESTINATION (see `write`); returns the graph and what was left out."""
    edges.check_direction(write_direction, destination)
    graph, report = open_graph(source, direction, accounts=accounts)
    write(graph, destination, write_direction, overwrite=overwrite)
    return graph, report


def _readable(path: Path) -> None:
    if not path.is_file():
        near = difflib.get_close_matches(path.name, [other.name for other in path.parent.glob("*")], n=1)
        raise errors.UserError(f"{path}: no such file." + (f" Did you mean {near[0]}?" if near else ""))
    try:
        with path.open("rb") as file:
            head = file.read(1)
    except OSError as failure:
        raise errors.UserError(f"{path}: cannot be read ({failure.strerror}).") from failure
    if not head:
        raise errors.UserError(f"{path}: the file is empty.")


def _columns(
    found: list[str], direction: edges.Direction, wanted: tuple[str, str] | None, path: Path
) -> tuple[str, str]:
    """The two columns of FOUND that make the links."""
    pairs = NAMES[direction] if wanted is None else (wanted,)
    for pair in pairs:
        if all(name in found for name in pair):
            return pair
    allowed = " or ".join(f"'{a}, {b}'" for a, b in pairs)
    if wanted is None and direction == "influences" and {"follower", "followee"} <= set(found):
        raise errors.UserError(
            f"{path}: direction = 'influences', but the columns are 'follower, followee', which say the opposite.\n"
            "Use direction = 'follows', or rename the columns to 'source, target'."
        )
    missing = next(name for name in pairs[0] if name not in found)
    shown = ", ".join(repr(name) for name in found[:8]) or "none"
    raise errors.UserError(
        f"{path}: no column {missing!r}; found {shown}. With direction = {direction!r} the columns are {allowed}.\n"
        "The first line of a text file must name the columns."
    )


def _table(
    path: Path, direction: edges.Direction, wanted: tuple[str, str] | None
) -> tuple[pa.Table, np.ndarray, reading.Finding]:
    """The two columns as (table, the line or row of every entry, malformed lines)."""
    if path.suffix.lower() == ".parquet":
        try:
            file = pyarrow.parquet.ParquetFile(path)
            pair = _columns(file.schema_arrow.names, direction, wanted, path)
            _ids(file.schema_arrow, pair, path)
            table = file.read(columns=list(pair)).select(list(pair))
        except (pa.ArrowException, OSError, ValueError) as failure:
            raise errors.UserError(f"{path}: not a readable Parquet file ({_short(failure)}).") from failure
        return table, np.arange(1, table.num_rows + 1), reading.Finding()
    _all_text(path)
    header, delimiter = _header(path)
    pair = _columns(header, direction, wanted, path)
    bad: list[int] = []

    def skip(row: Any) -> str:
        bad.append(row.number)
        return "skip"

    try:
        table = pyarrow.csv.read_csv(
            path,
            read_options=pyarrow.csv.ReadOptions(use_threads=False),  # so that lines are known by number
            parse_options=pyarrow.csv.ParseOptions(
                delimiter=delimiter, ignore_empty_lines=False, invalid_row_handler=skip
            ),
            convert_options=pyarrow.csv.ConvertOptions(
                include_columns=list(pair),
                column_types={name: pa.dictionary(pa.int32(), pa.string()) for name in pair},
                null_values=[""],
                strings_can_be_null=True,
                quoted_strings_can_be_null=True,
            ),
        )
    except (pa.ArrowException, OSError) as failure:
        raise errors.UserError(f"{path}: not a readable text table ({_short(failure)}).") from failure
    lines = np.arange(2, table.num_rows + len(bad) + 2)
    lines = np.delete(lines, np.array(bad, np.int64) - 2)
    return table, lines, reading.finding(np.array(bad, np.int64))


def _ids(schema: pa.Schema, names: Sequence[str], path: Path) -> None:
    """A UserError where one of the columns NAMES stands there twice or holds neither texts nor numbers."""
    for name in names:
        if schema.names.count(name) > 1:
            raise errors.UserError(f"{path}: the column {name!r} stands there twice.")
        kind = schema.field(name).type
        kind = kind.value_type if pa.types.is_dictionary(kind) else kind
        if not (
            pa.types.is_string(kind)
            or pa.types.is_large_string(kind)
            or pa.types.is_integer(kind)
            or pa.types.is_floating(kind)
            or pa.types.is_null(kind)
        ):
            raise errors.UserError(f"{path}: the column {name!r} holds {kind}; ids are texts or numbers.")


def _all_text(path: Path) -> None:
    """A UserError where PATH is not UTF-8: the reader of tables would only grumble."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    line = 1
    with path.open("rb") as file:
        while piece := file.read(2**20):
            try:
                decoder.decode(piece)
            except UnicodeDecodeError as failure:
                line += failure.object[: failure.start].count(b"\n")
                raise errors.UserError(f"{path}: line {line} is not UTF-8 text ({failure.reason}).") from failure
            line += piece.count(b"\n")


def _header(path: Path) -> tuple[list[str], str]:
    """The column names in the first line, and the delimiter that parts them."""
    try:
        with path.open("rb") as file:
            line = file.readline(1_000_000).decode("utf-8-sig")
    except UnicodeDecodeError as failure:
        raise errors.UserError(f"{path}: line 1 is not UTF-8 text ({failure.reason}).") from failure
    line = line.rstrip("\r\n")
    delimiter = next((mark for mark in "\t,; " if mark in line), ",")
    try:
        return next(csv.reader([line], delimiter=delimiter), []), delimiter
    except csv.Error as failure:
        raise errors.UserError(f"{path}: line 1 does not name columns ({failure}).") from failure


def _coded(column: pa.ChunkedArray) -> tuple[np.ndarray, list[Any]]:
    """A column of ids as (place of every entry in the names, -1 if blank; names, texts stripped, None if blank)."""
    values = column.combine_chunks()
    if isinstance(values, pa.ChunkedArray):
        values = (
            pa.concat_arrays(values.unify_dictionaries().chunks) if values.num_chunks else pa.array([], pa.string())
        )
    if not pa.types.is_dictionary(values.type):
        values = values.dictionary_encode()
    codes = values.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    names = values.dictionary
    if pa.types.is_floating(names.type):  # whole numbers with gaps, as pandas writes them
        texts = names.to_pylist()
        return codes, [None if x != x else int(x) if float(x).is_integer() else x for x in texts]
    if pa.types.is_string(names.type) or pa.types.is_large_string(names.type):
        return codes, [text.strip() or None for text in names.to_pylist()]
    return codes, names.to_pylist()


def _factorised(first: pa.ChunkedArray, second: pa.ChunkedArray) -> tuple[np.ndarray, np.ndarray, list[Any]]:
    """The ids of both columns as places 0.. in a list of names (-1: blank); whole numbers stand in ascending order."""
    coded = [_coded(first), _coded(second)]
    kinds = {isinstance(name, str) for _, names in coded for name in names if name is not None}
    if len(kinds) > 1:  # 7 in one column is "7" in the other
        coded = [(codes, [None if name is None else str(name) for name in names]) for codes, names in coded]
    labels = [name for name in dict.fromkeys([*coded[0][1], *coded[1][1]]) if name is not None]
    if labels and all(exchange.is_whole(name) for name in labels):
        labels = [int(name) for name in labels]
        coded = [(codes, [None if name is None else int(name) for name in names]) for codes, names in coded]
    if all(isinstance(name, int) for name in labels):
        labels.sort()
    place: dict[Any, int] = {name: k for k, name in enumerate(labels)}
    place[None] = -1
    ends = [np.array([*(place[name] for name in names), -1], np.int64)[codes] for codes, names in coded]
    return ends[0], ends[1], labels


def _known(path: Path, labels: list[Any]) -> tuple[list[Any], np.ndarray, dict[str, dict[int, Any]]]:
    """The table of accounts: (its ids, the place of every label in it or -1, attributes)."""
    _readable(path)
    try:
        if path.suffix.lower() == ".parquet":
            table = pyarrow.parquet.ParquetFile(path).read().to_pandas(ignore_metadata=True)
        else:
            table = pd.read_csv(path, dtype={"id": str}, sep=_header(path)[1])
    except (pa.ArrowException, ValueError, KeyError, TypeError, OSError) as failure:
        raise errors.UserError(f"{path}: not a readable table of accounts ({_short(failure)}).") from failure
    if "id" not in table.columns:
        raise errors.UserError(f"{path}: no column 'id'; found {', '.join(map(repr, table.columns[:8]))}.")
    if not table.columns.is_unique:
        raise errors.UserError(f"{path}: a column stands there twice.")
    table = table.apply(
        lambda column: _plain(column, path) if column.dtype == object or hasattr(column, "dt") else column
    )
    ids = [name.item() if isinstance(name, np.generic) else name for name in table["id"].astype(object)]
    if ids and all(exchange.is_whole(name) for name in ids):
        ids = [int(name) for name in ids]
    place = {name: k for k, name in enumerate(ids)}
    if len(place) != len(ids):
        seen: set[Any] = set()
        twice = next(k for k, name in enumerate(ids) if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        raise errors.UserError(f"{path}: line {twice + 2}: the id {ids[twice]!r} stands in the table twice.")
    translated = np.array([place.get(name, -1) for name in labels] + [-1], np.int64)
    attributes = {
        str(name): {k: names.plain(v) for k, v in enumerate(table[name]) if not pd.isna(v)}
        for name in table.columns
        if name != "id"
    }
    return ids, translated, attributes


def _plain(column: pd.Series, path: Path) -> pd.Series:
    """COLUMN with dates and the like as texts; UserError where a value is no text, number or truth value."""

    def one(value: Any) -> Any:
        if value is None or isinstance(value, str | bool | int | float | np.generic):
            return value
        if isinstance(value, dt.date | dt.time | dt.timedelta | Decimal):  # a pandas Timestamp is a date
            return None if value is pd.NaT else str(value)
        raise errors.UserError(
            f"{path}: the column {str(column.name)!r} holds {type(value).__name__}; "
            "allowed are texts, numbers, truth values and dates."
        )

    return pd.Series([one(value) for value in column.astype(object)], index=column.index, dtype=object)


def _short(failure: Exception) -> str:
    return str(failure).splitlines()[0][:200] if str(failure) else type(failure).__name__


def _pieces(graph: FollowerGraph, pair: tuple[str, str]) -> Iterator[pa.Table]:
    """The links as tables of two columns, in the order of the rows."""
    names = None if graph.labels is None else np.array([*graph.labels, None], object)[:-1]
    for low in range(0, graph.accounts, CHUNK):
        high = min(low + CHUNK, graph.accounts)
        rows = [graph.row(u) for u in range(low, high)]
        followed = np.repeat(np.arange(low, high), [row.size for row in rows])
        follower = np.concatenate(rows)
        ends = (follower, followed) if pair[0] == "follower" else (followed, follower)
        if names is not None:
            whole = all(isinstance(name, (int, np.integer)) and abs(int(name)) < 2**63 for name in names)
            kind = pa.int64() if whole else pa.string()
            texts = names if whole else np.array([*map(str, names), None], object)[:-1]
            yield pa.table({name: pa.array(texts[k], kind) for name, k in zip(pair, ends, strict=True)})
        else:
            yield pa.table({name: pa.array(k.astype(np.int32)) for name, k in zip(pair, ends, strict=True)})


def _write_edges(graph: FollowerGraph, path: Path, suffix: str, direction: edges.Direction) -> None:
    pair = NAMES[direction][0]
    writer: Any = None
    try:
        for piece in _pieces(graph, pair):
            if writer is None and suffix == ".parquet":
                writer = pyarrow.parquet.ParquetWriter(path, piece.schema)
            elif writer is None:
                options = pyarrow.csv.WriteOptions(delimiter="," if suffix == ".csv" else "\t", quoting_style="needed")
                writer = pyarrow.csv.CSVWriter(path, piece.schema, write_options=options)
            writer.write_table(piece)
    finally:
        if writer is not None:
            writer.close()
