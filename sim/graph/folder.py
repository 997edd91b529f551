"""The memory-mapped form of a follower graph: a folder of plain NumPy arrays with a manifest.

    manifest.json         recipe, counts, versions, and for every file its size and checksums
    indptr.npy            int64[base + 1]
    followers.npy         int32[links]
    community_start.npy   int64[communities + 1]
    added_indptr.npy, added_followers.npy    the cast's rows, where there are any
    labels.json           the original names, in the order of the ids, where they are not the ids

A graph whose rows are computed on demand has a manifest and community_start
only.  Every file is hashed in ranges (SHA-256), so that a large folder is
checked by several threads and the first wrong range is named.  The manifest is
written last: a folder without one is not a graph.
"""

import contextlib
import hashlib
import json
import os
import shutil
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from sim import errors
from sim.graph import manifest as manifests
from sim.graph import names, soundness
from sim.graph import rule as rules
from sim.kernels import links

FORMAT = 1
MANIFEST = "manifest.json"
RANGE = 2**26  # bytes hashed together when a whole array is saved
ROWS = 50_000  # rows of a range when a graph is grown into a folder
MARGIN = 64 * 2**20  # bytes left free on the disk

Progress = Callable[[int, int], None]


def is_graph(path: str | Path) -> bool:
    """Whether PATH is a folder with a graph's manifest."""
    return (Path(path) / MANIFEST).is_file()


def manifest(folder: str | Path) -> dict[str, Any]:
    """The manifest of FOLDER; a UserError names what is wrong with it."""
    path = Path(folder) / MANIFEST
    if not Path(folder).is_dir():
        raise errors.UserError(f"{folder}: no such folder. A graph folder is written by `dandelion graph make`.")
    if not path.is_file():
        raise errors.UserError(f"{folder}: no {MANIFEST} here, so this is not a finished graph folder.")
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as failure:
        raise errors.UserError(f"{path}: not the manifest of a follower graph ({failure}).") from failure
    return manifests.parse(text, str(path), FORMAT)


def size(folder: str | Path) -> int:
    """Bytes of the arrays and names in FOLDER, as its manifest says."""
    return sum(entry["bytes"] for entry in manifest(folder)["files"].values())


def read(folder: str | Path) -> dict[str, Any]:
    """The parts of the graph in FOLDER: arrays memory-mapped copy-on-write, labels, attributes and the recipe.

    Raises UserError for what is not a whole, undamaged graph folder.
    """
    folder = Path(folder)
    found = manifest(folder)
    for name, entry in found["files"].items():
        path = folder / name
        size = path.stat().st_size if path.is_file() else None
        if size != entry["bytes"]:
            raise errors.UserError(
                f"{path}: {'missing' if size is None else f'{size:,} bytes'}, "
                f"but the manifest says {entry['bytes']:,} bytes.\n"
                "The folder is incomplete: copy it again, or grow the graph again."
            )

    def array(name: str, dtype: type, minimum: int) -> np.ndarray:
        file = f"{name}.npy"
        if file not in found["files"]:
            return np.zeros(minimum, dtype)
        try:
            loaded = np.load(folder / file, mmap_mode="c" if found["files"][file]["bytes"] > 2**20 else None)
        except (ValueError, EOFError, OSError, SyntaxError) as failure:
            raise errors.UserError(f"{folder / file}: not a NumPy array ({failure}).") from failure
        if loaded.dtype != dtype or loaded.ndim != 1 or loaded.size < minimum:
            raise errors.UserError(
                f"{folder / file}: holds {loaded.dtype}{list(loaded.shape)}; {np.dtype(dtype)}[n] is wanted."
            )
        return np.asarray(loaded)

    parts: dict[str, Any] = {
        "indptr": array("indptr", np.int64, 1),
        "followers": array("followers", np.int32, 0),
        "community_start": array("community_start", np.int64, 1),
        "added_indptr": array("added_indptr", np.int64, 1),
        "added_followers": array("added_followers", np.int32, 0),
        "labels": None,
        "attributes": found["attributes"],
        "growth": None if found["growth"] is None else links.Growth(**found["growth"]),
    }
    if "labels.json" in found["files"]:
        parts["labels"] = names.parse((folder / "labels.json").read_bytes(), folder / "labels.json")
    soundness.check(folder, parts)
    if parts["growth"] is not None and rules.fingerprint(parts["growth"]) != found["law"]:
        raise errors.UserError(
            f"{folder}: grown under another growth law than this version's (law {found['law'][:12]}).\n"
            "Grow it again with `dandelion graph make`, so that computed rows equal stored ones."
        )
    return parts


def verify(folder: str | Path, *, threads: int = 2, progress: Progress | None = None) -> int:
    """Compare every byte of FOLDER with its checksum, and look that every link leads to an account.

    Returns the bytes read; raises UserError at the first difference.
    """
    folder = Path(folder)
    jobs = [
        (folder / name, first, size, digest)
        for name, entry in manifest(folder)["files"].items()
        for first, size, digest in entry["ranges"]
    ]
    total = sum(job[2] for job in jobs)

    def checked(job: tuple[Path, int, int, str]) -> int:
        path, first, size, digest = job
        if not path.is_file():
            raise errors.UserError(f"{path}: missing.")
        with path.open("rb") as file:
            file.seek(first)
            if hashlib.sha256(file.read(size)).hexdigest() != digest:
                raise errors.UserError(
                    f"{path}: bytes {first:,} to {first + size - 1:,} do not match their checksum.\n"
                    "The file was damaged or changed: copy it again, or grow the graph again."
                )
        return size

    done = 0
    with ThreadPoolExecutor(max_workers=max(1, threads)) as pool:
        for size in pool.map(checked, jobs):
            done += size
            if progress is not None:
                progress(done, total)
    parts = read(folder)
    soundness.rows(folder, "", parts["indptr"], parts["followers"], int(parts["community_start"][-1]))
    return done


def save(
    folder: str | Path,
    arrays: Mapping[str, np.ndarray],
    *,
    growth: links.Growth | None,
    labels: Sequence[Any] | None,
    attributes: Mapping[str, Mapping[int, Any]],
    overwrite: bool = False,
) -> Path:
    """Write the arrays of a graph (any size; the row arrays of a computed graph are left out) into FOLDER.

    arrays  by the names of `FollowerGraph`, in its dtypes: indptr int64[base + 1], followers int32[links], ...

    Raises UserError where something stands that may not be overwritten, and for labels that cannot be saved.
    """
    with _writing(folder):
        return _save(Path(folder), arrays, growth, labels, attributes, overwrite)


def _save(
    folder: Path,
    arrays: Mapping[str, np.ndarray],
    growth: links.Growth | None,
    labels: Sequence[Any] | None,
    attributes: Mapping[str, Mapping[int, Any]],
    overwrite: bool,
) -> Path:
    part = _begin(folder, sum(array.nbytes for array in arrays.values()), overwrite, fresh=True)
    files: dict[str, Any] = {}
    stored = arrays["indptr"].size == int(arrays["community_start"][-1]) + 1
    for name, array in arrays.items():
        if (name in ("indptr", "followers") and not stored) or (name.startswith("added") and array.size <= 1):
            continue
        np.save(part / f"{name}.npy", array)
        files[f"{name}.npy"] = _hashed(part / f"{name}.npy")
    if labels is not None:
        try:
            text = names.text(labels)
        except TypeError as failure:
            raise errors.UserError(
                f"{folder}: labels can be saved when they are numbers, texts, or tuples of these ({failure})."
            ) from failure
        (part / "labels.json").write_text(text, encoding="utf-8")
        files["labels.json"] = _hashed(part / "labels.json")
    _finish(
        part,
        folder,
        {
            "accounts": int(arrays["community_start"][-1]) + arrays["added_indptr"].size - 1,
            "links": int(arrays["indptr"][-1]) + int(arrays["added_indptr"][-1]) if stored else None,
            "communities": arrays["community_start"].size - 1,
            "stored": stored,
            "attributes": {
                name: {str(k): names.plain(v) for k, v in values.items()} for name, values in attributes.items()
            },
        },
        growth,
        files,
    )
    return folder


def grow_into(
    folder: str | Path,
    growth: links.Growth,
    *,
    threads: int = 2,
    progress: Progress | None = None,
    overwrite: bool = False,
) -> Path:
    """Grow the graph of GROWTH straight into FOLDER, without holding it in memory.

    Rows are grown in ranges of 50,000; each is written at its place, and its
    checksum noted in `FOLDER.part/ranges.jsonl`.  An interrupted growth goes on
    from there: noted ranges are read and compared, the others grown.  The
    folder's bytes do not depend on the threads or on interruptions.
    """
    with _writing(folder):
        return _grow_into(Path(folder), growth, threads, progress, overwrite)


def _grow_into(folder: Path, growth: links.Growth, threads: int, progress: Progress | None, overwrite: bool) -> Path:
    tables = rules.rule_of(growth)
    accounts = int(growth.accounts)
    bounds = [(low, min(low + ROWS, accounts)) for low in range(0, accounts, ROWS)]
    law = rules.fingerprint(growth)
    part = _begin(folder, int(accounts * (12 + 4 * growth.mean_followers * 1.1)), overwrite, fresh=False)
    note = part / "recipe.json"
    if not note.is_file() or note.read_text(encoding="utf-8") != law:
        shutil.rmtree(part)
        part.mkdir()
        note.write_text(law, encoding="utf-8")

    with ThreadPoolExecutor(max_workers=max(1, threads)) as pool:
        sizes_path = part / "lengths.bin"

        def measure(bound: tuple[int, int]) -> tuple[bytes, int]:
            lengths = np.empty(bound[1] - bound[0], np.int64)
            total = links.lengths_into(*tables, bound[0], bound[1], lengths)
            return lengths.astype(np.int32).tobytes(), int(total)

        totals = []
        with sizes_path.open("wb") as file:
            for k, (text, total) in enumerate(ordered(pool, measure, bounds, threads)):
                file.write(text)
                totals.append(total)
                if progress is not None:  # measuring is about a third of the work
                    progress(bounds[k][1] // 3, accounts)
        offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(totals, dtype=np.int64)])
        _room(part, int(offsets[-1]) * 4 + accounts * 8)
        heads = {
            name: _array_file(part / name, dtype, shape)
            for name, dtype, shape in (
                ("indptr.npy", np.int64, accounts + 1),
                ("followers.npy", np.int32, int(offsets[-1])),
            )
        }
        noted = _noted(part / "ranges.jsonl")
        lock = threading.Lock()
        scratch = threading.local()

        def write(k: int) -> tuple[str, str]:
            low, high = bounds[k]
            places = {
                "indptr.npy": (heads["indptr.npy"] + 8 * (low + 1), 8 * (high - low)),
                "followers.npy": (heads["followers.npy"] + 4 * int(offsets[k]), 4 * totals[k]),
            }
            if k in noted and all(
                hashlib.sha256(_piece(part / name, *places[name])).hexdigest() == digest
                for name, digest in zip(places, noted[k], strict=True)
            ):
                return noted[k]
            lengths = np.frombuffer(_piece(sizes_path, 4 * low, 4 * (high - low)), np.int32)
            indptr = np.empty(high - low + 1, np.int64)
            indptr[0] = offsets[k]
            np.cumsum(lengths, dtype=np.int64, out=indptr[1:])
            indptr[1:] += offsets[k]
            if getattr(scratch, "row", np.empty(0)).size < totals[k]:
                scratch.row = np.empty(int(totals[k] * 1.2) + 1, np.int32)
            row = scratch.row[: totals[k]]
            links.fill(*tables, low, high, indptr, row)
            digests = []
            for name, data in (("indptr.npy", indptr[1:]), ("followers.npy", row)):
                with (part / name).open("r+b") as file:
                    file.seek(places[name][0])
                    file.write(data.data)
                digests.append(hashlib.sha256(data.data).hexdigest())
            with lock, (part / "ranges.jsonl").open("a", encoding="utf-8") as notes:
                notes.write(json.dumps([k, *digests]) + "\n")
            return digests[0], digests[1]

        digests = []
        for k, pair in enumerate(ordered(pool, write, range(len(bounds)), threads)):
            digests.append(pair)
            if progress is not None:
                progress(accounts // 3 + bounds[k][1] * 2 // 3, accounts)

    files: dict[str, Any] = {}
    for column, (name, itemsize) in enumerate((("indptr.npy", 8), ("followers.npy", 4))):
        path = part / name
        first = heads[name] + (itemsize if column == 0 else 0)  # indptr's leading zero belongs to the head
        ranges = [[0, first, hashlib.sha256(_piece(path, 0, first)).hexdigest()]]
        for k, (low, high) in enumerate(bounds):
            size = 8 * (high - low) if column == 0 else 4 * totals[k]
            ranges.append([first, size, digests[k][column]])
            first += size
        files[name] = {"bytes": path.stat().st_size, "ranges": ranges}
    np.save(part / "community_start.npy", tables.starts)
    files["community_start.npy"] = _hashed(part / "community_start.npy")
    for name in ("recipe.json", "lengths.bin", "ranges.jsonl"):
        (part / name).unlink()
    counts = {"accounts": accounts, "links": int(offsets[-1]), "communities": tables.starts.size - 1, "stored": True}
    _finish(part, folder, {**counts, "attributes": {}}, growth, files)
    return folder


def ordered(pool: ThreadPoolExecutor, work: Callable[[Any], Any], jobs: Iterable[Any], threads: int) -> Iterable[Any]:
    """WORK done on JOBS by the pool, results in order, at most a few finished ahead (so that memory stays bounded)."""
    pending: list[Any] = []
    try:
        for job in jobs:
            pending.append(pool.submit(work, job))
            if len(pending) > 4 * max(1, threads):
                yield pending.pop(0).result()
        while pending:
            yield pending.pop(0).result()
    finally:
        for future in pending:
            future.cancel()


@contextlib.contextmanager
def _writing(folder: str | Path) -> Iterator[None]:
    """Tells a disk that fails while FOLDER is written as an EnvironmentFailure."""
    try:
        yield
    except OSError as failure:
        raise errors.EnvironmentFailure(
            f"{folder}: cannot be written ({failure.strerror or failure}). What is finished stays in {folder}.part."
        ) from failure


def _begin(folder: Path, size: int, overwrite: bool, *, fresh: bool) -> Path:
    """The folder in which FOLDER is prepared, with room for SIZE bytes."""
    if folder.exists() and not (overwrite and is_graph(folder)):
        raise errors.UserError(
            f"{folder}: exists already"
            + (". Choose another name, or allow overwriting." if is_graph(folder) else " and is not a graph folder.")
        )
    part = folder.with_name(folder.name + ".part")
    try:
        if fresh and part.exists():
            shutil.rmtree(part)
        part.mkdir(parents=True, exist_ok=True)
    except OSError as failure:
        raise errors.EnvironmentFailure(f"{part}: cannot be written ({failure.strerror}).") from failure
    _room(part, size)
    return part


def _room(part: Path, size: int) -> None:
    """Refuse when the disk below PART has no room for SIZE bytes, those already in PART not counted."""
    held = sum(path.stat().st_blocks * 512 for path in part.iterdir())
    free = shutil.disk_usage(part).free
    if size - held + MARGIN > free:
        raise errors.EnvironmentFailure(
            f"{part}: the graph needs {size / 1e9:.1f} GB, {free / 1e9:.1f} GB are free on this disk.\n"
            "Free some space, choose another disk, or take fewer accounts or links per account."
        )


def _finish(
    part: Path, folder: Path, counts: dict[str, Any], growth: links.Growth | None, files: dict[str, Any]
) -> None:
    """Write the manifest into PART, then give PART its final name."""
    found = {
        "format": "dandelion follower graph",
        "format_version": FORMAT,
        **counts,
        "growth": None if growth is None else growth._asdict(),
        "law": None if growth is None else rules.fingerprint(growth),
        "versions": {name: metadata.version(name) for name in ("numpy", "numba", "networkx")},
        "files": files,
    }
    (part / MANIFEST).write_text(json.dumps(found, indent=1, ensure_ascii=False), encoding="utf-8")
    if folder.exists():  # only with overwrite, and only a graph
        shutil.rmtree(folder)
    os.replace(part, folder)


def _array_file(path: Path, dtype: type, size: int) -> int:
    """A sparse .npy file for DTYPE[SIZE], kept when it is there already; returns where its data begin."""
    wanted = np.lib.format.header_data_from_array_1_0(np.empty(0, dtype)) | {"shape": (size,)}
    if not path.is_file():
        with path.open("wb") as file:
            np.lib.format.write_array_header_1_0(file, wanted)
            file.truncate(file.tell() + size * np.dtype(dtype).itemsize)
    return path.stat().st_size - size * np.dtype(dtype).itemsize


def _piece(path: Path, first: int, size: int) -> bytes:
    with path.open("rb") as file:
        file.seek(first)
        return file.read(size)


def _noted(path: Path) -> dict[int, tuple[str, str]]:
    """The ranges that an interrupted growth noted; a half-written last line is no note."""
    found = {}
    if path.is_file():
        for line in path.read_text(encoding="utf-8").splitlines():
            try:
                k, indptr, followers = json.loads(line)
            except ValueError:
                continue
            found[int(k)] = (indptr, followers)
    return found


def _hashed(path: Path) -> dict[str, Any]:
    size = path.stat().st_size
    ranges = []
    for first in range(0, size, RANGE):
        piece = _piece(path, first, min(RANGE, size - first))
        ranges.append([first, len(piece), hashlib.sha256(piece).hexdigest()])
    return {"bytes": size, "ranges": ranges}
