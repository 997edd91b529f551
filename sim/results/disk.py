"""Files that appear whole or not at all, folders held by one command, folders that appear at the end."""

import contextlib
import errno
import os
import shutil
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

from sim import errors


def write_whole(path: Path, content: bytes) -> None:
    """Put CONTENT at PATH so that the file is there whole or not at all, also after a power cut.

    Raises EnvironmentFailure (disk full, no permission); what stood at PATH stays.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}.draft")
    try:
        with draft.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, path)
        sync_folder(path.parent)
    except OSError as problem:
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)
        raise cannot_write(path, problem) from None


def sync_folder(folder: Path) -> None:
    """Ask the disk to keep what was named in FOLDER; only POSIX can."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def cannot_write(path: Path, problem: OSError) -> errors.EnvironmentFailure:
    """The failure to raise when PROBLEM kept PATH from being written."""
    reason = problem.strerror or str(problem)
    if problem.errno in (errno.ENOSPC, errno.EDQUOT):
        reason = f"{reason}. What was finished before is safe: make room, then go on with --resume"
    return errors.EnvironmentFailure(f"{path} cannot be written: {reason}.")


def make_folder(folder: Path) -> None:
    """FOLDER and its parents. Raises EnvironmentFailure."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise cannot_write(folder, problem) from None


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold FOLDER for one command; the lock goes with the process, however it dies.

    Raises EnvironmentFailure naming the process that holds it.
    """
    path = folder / ".lock"
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as problem:
        raise cannot_write(path, problem) from None
    try:
        if not _try_lock(handle):
            holder = os.pread(handle, 200, 0).decode(errors="replace") or "another command"
            raise errors.EnvironmentFailure(f"{folder} is in use by {holder}. Wait for it, or take another folder.")
        os.ftruncate(handle, 0)
        os.write(handle, f"process {os.getpid()} on {socket.gethostname()}".encode())
        yield
    finally:
        os.close(handle)


def _try_lock(handle: int) -> bool:
    try:
        import fcntl
    except ImportError:  # Windows
        import msvcrt

        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
        except OSError:
            return False
        return True
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


@contextlib.contextmanager
def staged(folder: Path, replaceable: Callable[[Path], bool]) -> Iterator[Path]:
    """A folder to fill, which becomes FOLDER at the end of the block and vanishes on any error.

    What stands at that place is replaced at the end when it is empty or
    REPLACEABLE says so; anything else is left alone.

    Raises EnvironmentFailure (not writable), UserError (FOLDER is something else).
    """
    folder = Path(os.path.abspath(folder))
    if folder.exists() and not (folder.is_dir() and (replaceable(folder) or not any(folder.iterdir()))):
        raise errors.UserError(f"{folder} exists and is not a result folder; it is left alone. Name another with -o.")
    make_folder(folder.parent)
    draft = folder.with_name(f".{folder.name}.{os.getpid()}.draft")
    shutil.rmtree(draft, ignore_errors=True)
    make_folder(draft)
    try:
        yield draft
        _take_place(draft, folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _take_place(draft: Path, folder: Path) -> None:
    old = folder.with_name(f".{folder.name}.{os.getpid()}.old")
    try:
        if folder.exists():
            os.replace(folder, old)
        os.replace(draft, folder)
        sync_folder(folder.parent)
    except OSError as problem:
        raise cannot_write(folder, problem) from None
    shutil.rmtree(old, ignore_errors=True)
