"""Outcomes on disk: a folder that survives interruption at any moment.

    manifest.json             versions, git, seeds, sha256 of the inputs, command
    scenarios/*.toml          the inputs themselves
    design.parquet            one row per setting
    runs/part-*.parquet       one row per run
    curves/part-*.parquet     one row per run and hour
    failures.parquet          one row per run that failed
    answer.json               what a planning command said of them

Every file appears whole: written under another name, synced, renamed.  A
part's name ends in the sha256 of its bytes and a part of runs names its part
of curves, so a part that a power cut tore (or a disk never wrote) is told from
a whole one by itself; its runs then simply count as not done.  Resuming is an
anti-join on ids.  Only one process writes; a lock that dies with its process
keeps a second command away.
"""

import contextlib
import difflib
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from sim import errors
from sim.results import disk, metrics, rows

SCHEMA = 1
MANIFEST = "manifest.json"
TABLES = ("findings", "git", "identity", "inputs", "sweep", "versions")  # of a manifest; absent or null where not told
KEYS = ("run_id", "scenario_id", "setting_id", "strategy", "replicate", "seed")
_KEY_TYPES = {"replicate": pa.int32(), "seed": pa.uint64()}
_REPEATED = ("scenario_id", "setting_id", "strategy")
_CURVES = b"dandelion.curves"
_REPLACES = b"dandelion.replaces"
_IDENTITY = b"dandelion.identity"
ANSWER = "answer.json"
OWN = {".lock", MANIFEST, ANSWER, "scenarios", "design.parquet", "runs", "curves", "failures.parquet", "report.html"}


def is_result(folder: Path) -> bool:
    """Whether FOLDER has the manifest of a result folder."""
    try:
        return bool(json.loads((folder / MANIFEST).read_bytes())["dandelion"])
    except (OSError, ValueError, KeyError, TypeError):
        return False


def staged(folder: Path, kind: str) -> contextlib.AbstractContextManager[Path]:
    """A folder to fill that becomes FOLDER at the end, or never; it may replace an older result of the same KIND."""

    def same_kind(old: Path) -> bool:
        return is_result(old) and Shelf.view(old).manifest.get("kind") == kind

    return disk.staged(folder, same_kind)


class Shelf:
    """A result folder. Made by `hold` (to write) or `view` (to read).

    folder    Path
    manifest  what manifest.json holds
    """

    def __init__(self, folder: Path, manifest: Mapping[str, Any]) -> None:
        self.folder = folder
        self.manifest = dict(manifest)
        self._held: contextlib.ExitStack = contextlib.ExitStack()
        self._number = 0
        identity = json.dumps(self.manifest.get("identity", {}), sort_keys=True)
        self._identity = hashlib.sha256(identity.encode()).hexdigest()[:16].encode()

    @classmethod
    def hold(
        cls,
        folder: Path,
        manifest: Mapping[str, Any],
        scenarios: Mapping[str, str],
        design: pd.DataFrame,
        resume: bool = False,
    ) -> "Shelf":
        """A new folder, or with RESUME one that was begun, held by this process until `close`.

        manifest   goes into manifest.json; all that stands under "identity" must be equal for a resume
        scenarios  name -> TOML text
        design     one row per setting, with scenario_id and setting_id

        Leftovers and torn parts of an interrupted command are cleared away.

        Raises EnvironmentFailure (not writable, in use) and UserError (FOLDER
        holds something else, or results of another scenario, design or
        version: with the difference shown).
        """
        if folder.exists() and not folder.is_dir():
            raise errors.UserError(f"{folder} is a file; a folder was expected. Name another with -o.")
        disk.make_folder(folder)
        shelf = cls(folder, {"dandelion": SCHEMA, **manifest})
        shelf._held.enter_context(disk.locked(folder))
        try:
            shelf._take(scenarios, design, resume)
        except BaseException:
            shelf.close()
            raise
        return shelf

    def _take(self, scenarios: Mapping[str, str], design: pd.DataFrame, resume: bool) -> None:
        begun = is_result(self.folder)
        if begun and not resume:
            raise errors.UserError(
                f"{self.folder} holds results already. Go on with --resume, or name another with -o."
            )
        strange = [e.name for e in self.folder.iterdir() if e.name not in OWN and not e.name.endswith(".draft")]
        if not begun and strange:
            raise errors.UserError(
                f"{self.folder} is not empty ({strange[0]}) and no result folder. Name another with -o."
            )
        if begun:
            then = Shelf.view(self.folder)
            difference = then.difference(self.manifest, scenarios)
            if difference:
                raise errors.UserError(f"{self.folder} holds other results and cannot be resumed:\n{difference}")
            self.manifest = then.manifest
        for part in ("scenarios", "runs", "curves"):
            disk.make_folder(self.folder / part)
        self._clear()
        for name, text in scenarios.items():
            disk.write_whole(self.folder / "scenarios" / f"{name}.toml", text.encode())
        disk.write_whole(self.folder / "design.parquet", _parquet(pa.Table.from_pandas(design, preserve_index=False)))
        self.write_manifest(self.manifest)  # last: a folder without its manifest never held a result

    @classmethod
    def view(cls, folder: Path) -> "Shelf":
        """A result folder to read. Raises UserError when it is none."""
        try:
            manifest = json.loads((folder / MANIFEST).read_bytes())
            schema = manifest["dandelion"]
        except FileNotFoundError:
            raise errors.UserError(f"{folder} is not a result folder: it has no {MANIFEST}.") from None
        except (OSError, ValueError, KeyError, TypeError) as problem:
            raise errors.UserError(f"{folder / MANIFEST} cannot be read ({problem}); it is no result folder.") from None
        if schema != SCHEMA:
            raise errors.UserError(f"{folder} has the form {schema}; this version reads form {SCHEMA}.")
        for name in TABLES:
            if not isinstance(manifest.get(name), Mapping | None):
                raise errors.UserError(f"{folder / MANIFEST}: {name} is {manifest[name]!r:.40}; a table was expected.")
        return cls(folder, manifest)

    def __enter__(self) -> "Shelf":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let the folder go."""
        self._held.close()

    def difference(self, manifest: Mapping[str, Any], scenarios: Mapping[str, str]) -> str:
        """What keeps this folder from being continued by MANIFEST and SCENARIOS; empty when nothing does."""
        then, now = _flat(self.manifest.get("identity") or {}), _flat(manifest.get("identity") or {})
        told = [
            f"  {key}: {then.get(key, 'absent')} in the folder, {now.get(key, 'absent')} now"
            for key in sorted({*then, *now})
            if then.get(key) != now.get(key)
        ]
        if told:
            before, after = self.scenarios(), dict(scenarios)
            for texts, source in ((before, self.manifest), (after, manifest)):
                texts["design"] = str((source.get("sweep") or {}).get("design_toml", ""))
            for name in sorted({*before, *after}):
                old, new = before.get(name, ""), after.get(name, "")
                change = difflib.unified_diff(
                    old.splitlines(), new.splitlines(), "in the folder", "now", lineterm="", n=0
                )
                told += [f"  {name}: {line}" for line in list(change)[:20]]
        return "\n".join(told)

    def scenarios(self) -> dict[str, str]:
        """The inputs: name -> TOML text. Raises UserError where one of them is damaged."""
        found = {}
        for path in sorted((self.folder / "scenarios").glob("*.toml")):
            try:
                found[path.stem] = path.read_text(encoding="utf-8")
            except (OSError, ValueError) as problem:
                raise errors.UserError(
                    f"{path} cannot be read ({_first_line(problem)}); the folder is damaged."
                ) from None
        return found

    def design(self) -> pd.DataFrame:
        """One row per point of the design (a setting may stand there twice). Raises UserError where it is damaged."""
        path = self.folder / "design.parquet"
        try:
            table = _whole(path)
            for name in ("scenario_id", "setting_id"):
                kind = table.schema.field(name).type
                kind = kind.value_type if pa.types.is_dictionary(kind) else kind
                if not (pa.types.is_string(kind) or pa.types.is_large_string(kind)) or table.column(name).null_count:
                    raise ValueError(f"{name} holds something else than names")
            found = _frame(table)
            if list(found.columns) != table.column_names:  # the note that pandas left in the file says otherwise
                raise ValueError("its columns are not those of the file")
            return found
        except (OSError, ValueError, KeyError, TypeError, IndexError, pa.ArrowException) as problem:
            raise errors.UserError(f"{path} cannot be read ({_first_line(problem)}); the folder is damaged.") from None

    def add(self, runs: Sequence[Mapping[str, Any]], curves: Sequence[pd.DataFrame] = ()) -> None:
        """Keep finished RUNS (KEYS and metrics each) and their CURVES (with run_id and hour) as one part.

        Raises EnvironmentFailure; then none of them is kept and the folder is as before.
        """
        if runs:
            self.add_table(_run_table(runs), curves)

    def add_table(self, runs: pa.Table, curves: Sequence[pd.DataFrame] = ()) -> None:
        """Keep a table of finished runs (columns KEYS and metrics) and their curves as one part; see `add`."""
        meta = {_IDENTITY: self._identity}
        self._number = (self._number or self._last_number()) + 1
        if curves:
            table = pa.Table.from_pandas(pd.concat(curves, ignore_index=True), preserve_index=False)
            meta[_CURVES] = self._keep("curves", _parquet(_coded(table))).encode()
        self._keep("runs", _parquet(_coded(runs).replace_schema_metadata(meta)))

    def _keep(self, kind: str, content: bytes) -> str:
        digest = hashlib.sha256(content).hexdigest()[:16]
        name = f"part-{self._number:06d}-{digest}.parquet"
        disk.write_whole(self.folder / kind / name, content)
        return name

    def _last_number(self) -> int:
        numbers = [path.name.split("-")[1] for path in (self.folder / "runs").glob("part-*-*.parquet")]
        return max((int(number) for number in numbers if number.isdecimal()), default=0)

    def failures(self) -> pd.DataFrame:
        """One row per failed run: KEYS, error, trace."""
        path = self.folder / "failures.parquet"
        try:
            found = _frame(_whole(path))
            if set(KEYS) | {"error", "trace"} <= set(found.columns):
                return found
        except (OSError, ValueError, KeyError, TypeError, IndexError, pa.ArrowException):
            pass
        # Absent or torn: the runs in it are not done and fail again.
        return pd.DataFrame(columns=[*KEYS, "error", "trace"])

    def write_failures(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Replace the table of failures by ROWS (an empty one takes the file away)."""
        path = self.folder / "failures.parquet"
        if not rows:
            path.unlink(missing_ok=True)
            return
        table = pa.Table.from_pandas(pd.DataFrame(rows).sort_values("run_id"), preserve_index=False)
        disk.write_whole(path, _parquet(table))

    def write_manifest(self, manifest: Mapping[str, Any]) -> None:
        """Let the folder say MANIFEST of itself, whose identity must be the one it has."""
        self.manifest = dict(manifest)
        disk.write_whole(self.folder / MANIFEST, (json.dumps(self.manifest, indent=2, sort_keys=True) + "\n").encode())

    def write_answer(self, found: Mapping[str, Any]) -> None:
        """Put FOUND, JSON-plain, beside the runs it was drawn from."""
        disk.write_whole(self.folder / ANSWER, (json.dumps(found, indent=1, allow_nan=False) + "\n").encode())

    def parts(self, kind: str = "runs") -> list[Path]:
        """The whole parts of KIND, "runs" or "curves", in order."""
        sound, replaced, curves = [], set(), []
        for path in sorted((self.folder / "runs").glob("part-*-*.parquet")):
            if not _is_whole(path):
                continue
            meta = pq.read_schema(path).metadata or {}
            if meta.get(_IDENTITY) != self._identity:
                continue
            belonging = meta.get(_CURVES, b"").decode().split()
            if not all(_is_whole(self.folder / "curves" / name) for name in belonging):
                continue
            sound.append(path)
            curves += [self.folder / "curves" / name for name in belonging]
            replaced |= set(meta.get(_REPLACES, b"").decode().split())
        if kind == "curves":
            return [path for path in curves if path.name not in replaced]
        return [path for path in sound if path.name not in replaced]

    def done(self) -> set[str]:
        """Ids of the runs that are kept."""
        found: set[str] = set()
        for path in self.parts():
            found.update(pq.read_table(path, columns=["run_id"]).column("run_id").to_pylist())
        return found

    def missing(self, ids: Iterable[str]) -> list[str]:
        """Those of IDS that are still to be run, in their order."""
        done = self.done()
        return [run_id for run_id in ids if run_id not in done]

    def table(self, kind: str = "runs", columns: Sequence[str] | None = None) -> pd.DataFrame:
        """All runs (or curves) as pandas; KEYS that repeat are categories, undefined metrics are NaN."""
        found = self.parts(kind)
        if not found:
            return pd.DataFrame(columns=list(columns or KEYS))
        return rows.gathered(found, list(columns) if columns else None)

    def merge(self, rows: int = 1_000_000) -> None:
        """Join small parts into parts of about ROWS rows. Interrupted at any point, the folder still says the same."""
        group: list[Path] = []
        size = 0
        for path in self.parts():
            group.append(path)
            size += pq.read_metadata(path).num_rows
            if size >= rows:
                self._join(group)
                group, size = [], 0
        self._join(group)

    def _join(self, old: list[Path]) -> None:
        if len(old) < 2:
            return
        curves = [self.folder / "curves" / name for path in old for name in _names(path, _CURVES)]
        meta = {_IDENTITY: self._identity, _REPLACES: " ".join(path.name for path in [*old, *curves]).encode()}
        self._number = self._last_number() + 1
        if curves:
            meta[_CURVES] = self._keep("curves", _parquet(_joined(curves))).encode()
        self._keep("runs", _parquet(_joined(old).replace_schema_metadata(meta)))
        for path in [*old, *curves]:
            path.unlink(missing_ok=True)

    def _clear(self) -> None:
        """Take away drafts and what is torn, orphaned or replaced; whole parts of another making are refused."""
        sound = {*self.parts("runs"), *self.parts("curves")}
        for path in (self.folder / "runs").glob("part-*.parquet"):
            if _is_whole(path) and (pq.read_schema(path).metadata or {}).get(_IDENTITY) != self._identity:
                raise errors.UserError(f"{path} comes from another scenario or version. Name another folder with -o.")
        for kind in ("runs", "curves"):
            disk.make_folder(self.folder / kind)
            for path in (self.folder / kind).iterdir():
                if path not in sound:
                    path.unlink(missing_ok=True)
        for path in self.folder.glob(".*.draft"):
            path.unlink(missing_ok=True)


def open(folder: str | Path, columns: Sequence[str] | None = None) -> pd.DataFrame:  # noqa: A001 (shelf.open)
    """All runs of a result folder as pandas, one row per run, with the settings' columns joined.

    columns  only these metrics (for very large folders)
    attrs    manifest, as a dict

    Raises UserError for a folder that is no result folder, and for tables that do not fit each other.
    """
    shelf = Shelf.view(Path(folder))
    asked = None if columns is None else [*KEYS, *(name for name in columns if name not in KEYS)]
    frame = shelf.table("runs", asked)
    design = shelf.design()
    knobs = [name for name in design.columns if name not in frame.columns]
    if knobs and len(frame):
        design = design.drop_duplicates("setting_id")
        rows = pd.Index(design["setting_id"]).get_indexer(pd.Index(frame["setting_id"]))
        if (rows < 0).any():
            strange = frame["setting_id"].iloc[int(np.argmin(rows))]
            raise errors.UserError(f"{shelf.folder / 'design.parquet'} lacks the setting {strange!r} of a run.")
        for knob in knobs:
            frame[knob] = design[knob].to_numpy()[rows]
    frame.attrs["manifest"] = shelf.manifest
    return frame


def _is_whole(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()[:16]
    except OSError:
        return False
    return path.stem.endswith(digest)


def _whole(path: Path) -> pa.Table:
    """The table in PATH, every column under a name of its own."""
    with pq.ParquetFile(path) as file:
        names = file.schema_arrow.names
        if len(set(names)) < len(names):
            raise ValueError("a column stands there twice")
        if any(pa.types.is_nested(field.type) for field in file.schema_arrow):
            raise ValueError("a column holds tables or lists")
        return file.read()


def _first_line(problem: Exception) -> str:
    return str(problem).partition("\n")[0][:200] or type(problem).__name__


def _names(path: Path, key: bytes) -> list[str]:
    return str((pq.read_schema(path).metadata or {}).get(key, b"").decode()).split()


def _joined(paths: Sequence[Path], columns: list[str] | None = None) -> pa.Table:
    tables = [pq.read_table(path, columns=columns, partitioning=None) for path in paths]
    return pa.concat_tables(tables, promote_options="default")


def _run_table(runs: Sequence[Mapping[str, Any]]) -> pa.Table:
    """KEYS, then every metric of the contract, then what else the runs carry, by name."""
    extra = sorted({name for run in runs for name in run} - set(KEYS) - set(metrics.METRICS))
    columns: dict[str, pa.Array] = {}
    for name in KEYS:
        columns[name] = pa.array([run[name] for run in runs], _KEY_TYPES.get(name, pa.string()))
    for name in [*metrics.METRICS, *extra]:
        values = pd.array([run.get(name) for run in runs], dtype=object)
        columns[name] = pa.array(values, pa.float64(), from_pandas=True)
    return _coded(pa.table(columns))


def _coded(table: pa.Table) -> pa.Table:
    """Names that repeat, stored once."""
    for name in _REPEATED:
        if name in table.column_names and not pa.types.is_dictionary(table.schema.field(name).type):
            place = table.column_names.index(name)
            table = table.set_column(place, name, table.column(name).dictionary_encode())
    return table


def _parquet(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd", row_group_size=rows.GROUP)
    return sink.getvalue().to_pybytes()


def _frame(table: pa.Table) -> pd.DataFrame:
    """A small table as pandas."""
    return table.unify_dictionaries().to_pandas()


def _flat(table: Mapping[str, Any], head: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in table.items():
        if isinstance(value, Mapping):
            found |= _flat(value, f"{head}{key}.")
        else:
            found[f"{head}{key}"] = value
    return found
