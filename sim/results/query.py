"""Questions to a result folder in SQL (DuckDB), read-only and confined to the folder."""

import os
from pathlib import Path

import duckdb
import pandas as pd

from sim import errors
from sim.results import shelf

MEMORY = "2GB"
"""What DuckDB may take; it spills nothing to disk."""


def connect(folder: str | Path) -> duckdb.DuckDBPyConnection:
    """A connection with the views runs, curves, design, failures; it can read these files and nothing else.

    runs carries the knobs of its setting, so `select strategy, avg(reach) ...
    group by ...` needs no join.  Raises UserError for a damaged table.
    """
    held = shelf.Shelf.view(Path(folder))
    try:
        return _connected(held)
    except duckdb.Error as problem:
        said = str(problem).partition("\n")[0]
        raise errors.UserError(f"{folder} cannot be asked: one of its tables is damaged ({said}).") from None


def _connected(held: shelf.Shelf) -> duckdb.DuckDBPyConnection:
    files = {kind: [os.path.abspath(path) for path in held.parts(kind)] for kind in ("runs", "curves")}
    for kind in ("design", "failures"):
        path = held.folder / f"{kind}.parquet"
        files[kind] = [os.path.abspath(path)] if path.exists() else []
    connection = duckdb.connect(":memory:")
    connection.execute(f"set memory_limit = '{MEMORY}'")
    connection.execute("set preserve_insertion_order = false")
    connection.execute("set temp_directory = ''")
    for kind, paths in files.items():
        if paths:
            listed = ", ".join(_text(path) for path in paths)
            connection.execute(
                f"create view {kind}_files as select * from read_parquet([{listed}], union_by_name = true)"
            )
    knobs = [name for name in held.design().columns if name not in ("scenario_id", "setting_id") and ":" not in name]
    if files["runs"]:
        columns = "".join(f", d.{_name(knob)}" for knob in knobs)
        joined = "left join (select distinct on (setting_id) * from design_files) d using (setting_id)" if knobs else ""
        connection.execute(f"create view runs as select r.*{columns} from runs_files r {joined}")
    else:
        connection.execute(f"create view runs as select {', '.join(f'null as {key}' for key in shelf.KEYS)} limit 0")
    for kind in ("curves", "design", "failures"):
        if files[kind]:
            connection.execute(f"create view {kind} as select * from {kind}_files")
        else:
            connection.execute(f"create view {kind} as select null as run_id limit 0")
    allowed = ", ".join(_text(path) for paths in files.values() for path in paths)
    connection.execute(f"set allowed_paths = [{allowed}]")
    connection.execute("set enable_external_access = false")
    connection.execute("set lock_configuration = true")
    return connection


def query(folder: str | Path, sql: str) -> pd.DataFrame:
    """The answer to one SELECT over the folder's views.

    Raises UserError with DuckDB's words when SQL is wrong or would write.
    """
    with connect(folder) as connection:
        return answer(connection, sql)


def answer(connection: duckdb.DuckDBPyConnection, sql: str) -> pd.DataFrame:
    """The answer to one SELECT over the views of CONNECTION; see `query`. Raises UserError for anything else."""
    try:
        statements = connection.extract_statements(sql)
        if len(statements) != 1 or statements[0].type not in (
            duckdb.StatementType.SELECT,
            duckdb.StatementType.EXPLAIN,
        ):
            raise errors.UserError("One SELECT is asked for: the folder is only read.")
        return connection.execute(statements[0]).df()
    except (duckdb.Error, ValueError, OverflowError) as problem:  # the latter two: values that pandas cannot hold
        known = connection.execute("select column_name from information_schema.columns where table_name = 'runs'")
        names = ", ".join(str(row[0]) for row in known.fetchall())
        raise errors.UserError(
            f"{str(problem).strip()}\nTables: runs, curves, design, failures. Columns of runs: {names}."
        ) from None


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _name(value: str) -> str:
    return '"' + value.replace('"', '""') + '"'
