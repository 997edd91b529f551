"""The decorators of compiled code, and where its machine code is kept.

Numba's file cache looks only at the file of the decorated function: it does
not notice a change in a function called from another file.  So the cache
folder is named by the text of this whole folder, and every kernel stands in
it, at module level (a closure's kernel is never found in the cache).

What keeps the first start short (docs/performance.md): no entry for C callers;
no entry for Python where the name begins with an underscore, because unpacking
tuples of arrays is a good part of what LLVM is given; no garbage collection
while compiling.
"""

import contextlib
import gc
import hashlib
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numba
from numba.core import caching, event

try:
    import fcntl
except ImportError:  # Windows: two first starts at the same moment are not kept apart
    fcntl = None  # type: ignore[assignment]

OLD_DAYS = 30  # machine code of another version, unused for so long, is deleted


def cache_folder() -> Path:
    """Where compiled kernels are kept: DANDELION_CACHE, the user's cache, or a temporary folder of one's own.

    A folder that cannot be written, or that belongs to somebody else (what
    lies in it is loaded as code), is passed over; nothing is ever written
    beside the code, so the installation may be read-only.
    """
    text = hashlib.sha256(numba.__version__.encode())
    for source in sorted(Path(__file__).parent.glob("*.py")):
        text.update(source.read_bytes())
    name = f"kernels-{text.hexdigest()[:16]}"
    parents = [Path(tempfile.gettempdir()) / f"dandelion-{os.getuid() if hasattr(os, 'getuid') else 'cache'}"]
    with contextlib.suppress(RuntimeError):  # nobody's home
        parents.insert(0, Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "dandelion")
    if os.environ.get("DANDELION_CACHE"):
        parents.insert(0, Path(os.environ["DANDELION_CACHE"]))
    for parent in parents:
        folder = parent / name
        with contextlib.suppress(OSError):
            parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            folder.mkdir(exist_ok=True)
            if os.access(folder, os.W_OK) and _ours(folder):
                _delete_old(parent, folder)
                return folder
    return Path(tempfile.mkdtemp(prefix="dandelion-"))


def _ours(folder: Path) -> bool:
    return not hasattr(os, "getuid") or folder.stat().st_uid == os.getuid()


def _delete_old(parent: Path, current: Path) -> None:
    """Delete the machine code of other versions that no start has used for OLD_DAYS."""
    os.utime(current)
    for folder in parent.glob("kernels-*"):
        with contextlib.suppress(OSError):
            if folder != current and time.time() - folder.stat().st_mtime > OLD_DAYS * 86_400:
                for path in sorted(folder.rglob("*"), reverse=True):
                    path.rmdir() if path.is_dir() else path.unlink()
                folder.rmdir()


_FOLDER = cache_folder()


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """Hold the cache folder against other processes, where the system can."""
    with contextlib.ExitStack() as held:
        if fcntl is not None:
            with contextlib.suppress(OSError):  # a file system without locks
                lock = held.enter_context((_FOLDER / "lock").open("wb"))
                fcntl.flock(lock, fcntl.LOCK_EX)
        yield


class _SharedCache(caching.FunctionCache):
    """Numba's file cache, written by one process at a time.

    Its index gives each signature the next free number: two processes that
    write different signatures at once could leave one's number on the other's
    machine code.  Readers need no lock, since files appear whole.
    """

    def save_overload(self, sig: Any, data: Any) -> None:
        with _alone():
            super().save_overload(sig, data)


def kernel(function: Callable[..., Any]) -> Any:
    """Compile FUNCTION without the interpreter lock, kept in the cache folder.

    IEEE arithmetic in program order (no fast-math), so the bits do not depend
    on the platform.  A name that begins with an underscore is called by
    kernels only: from Python it is a TypeError.
    """
    return _compiled(function)


def borrower(function: Callable[..., Any]) -> Any:
    """`kernel` for a FUNCTION that only borrows its arrays: it makes none and keeps none.

    Numba counts the references to every array that a function takes out of a
    tuple, an atomic addition each: two thirds of a launch's time.  The caller
    holds the arrays while the function runs, so nothing need be counted.
    """
    return _compiled(function, _nrt=False)


def _compiled(function: Callable[..., Any], **options: bool) -> Any:
    inner = function.__name__.startswith("_")
    options |= {"no_cfunc_wrapper": True, "no_cpython_wrapper": inner}
    made: Any = numba.njit(nogil=True, error_model="numpy", **options)(function)  # type: ignore[call-overload]
    if inner:
        _hide_from_python(made)
    kept = numba.config.CACHE_DIR  # type: ignore[attr-defined]
    numba.config.CACHE_DIR = str(_FOLDER)  # type: ignore[attr-defined]
    try:
        made._cache = _SharedCache(function)  # what enable_caching() does, with our class
    finally:
        numba.config.CACHE_DIR = kept  # type: ignore[attr-defined]
    return made


def _hide_from_python(made: Any) -> None:
    """Make a call of MADE from Python a TypeError: without an entry for Python it would crash."""

    def refuse(*_: Any, **__: Any) -> None:
        raise TypeError(f"{made.py_func.__name__} is called by kernels only: its name begins with an underscore.")

    made._compile_for_args = refuse
    made._insert = lambda *_: None


class _Compilation(event.Listener):
    """What happens while a kernel is compiled: no garbage collection (a tenth of the time), somebody is told."""

    def __init__(self) -> None:
        self.depth = 0
        self.collecting = False
        self.done = 0
        self.tell: Callable[[str, int], object] | None = None

    def on_start(self, event: Any) -> None:
        if self.depth == 0:
            self.collecting = gc.isenabled()
            gc.disable()
        self.depth += 1
        if self.tell is not None:
            self.tell(event.data["dispatcher"].py_func.__name__, self.done)

    def on_end(self, event: Any) -> None:
        self.depth -= 1
        self.done += 1
        if self.depth == 0 and self.collecting:
            gc.enable()


_COMPILATION = _Compilation()  # Numba compiles under one lock, so this is never entered twice at once
event.register("numba:compile", _COMPILATION)


@contextlib.contextmanager
def told(tell: Callable[[str, int], object]) -> Iterator[None]:
    """TELL hears the name of every function when its compilation begins, and how many were compiled before it."""
    before, _COMPILATION.tell = _COMPILATION.tell, tell
    try:
        yield
    finally:
        _COMPILATION.tell = before
