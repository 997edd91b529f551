"""The decorators of compiled code, and where its machine code is kept.

Numba's file cache looks only at the file of the decorated function: it does
not notice a change in a function called from another file.  So the cache
folder is named by the text of this whole folder, and every kernel stands in
it, at module level (a closure's kernel is never found in the cache).

What keeps the first start short (docs/performance.md): no entry for C callers;
no entry for Python into what only kernels call (a borrower, or a name with an
underscore), because unpacking tuples of arrays is a good part of what LLVM is
given; one round of optimisation instead of three, which costs a launch nothing;
no garbage collection while compiling.
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

from sim.kernels import compilers, signatures

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
_HOT: set[Callable[..., Any]] = set()
_OTHERS = compilers.Compilers(_FOLDER)


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
    machine code.  Readers need no lock, since files appear whole.  What other
    processes are about to compile is waited for.
    """

    def __init__(self, function: Callable[..., Any], name: str) -> None:
        super().__init__(function)
        self.name = name

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        def look() -> Any:
            return super(_SharedCache, self).load_overload(sig, target_context)

        return look() or _OTHERS.wait_for(self.name, look, lambda: _COMPILATION.hear(self._py_func.__name__))

    def save_overload(self, sig: Any, data: Any) -> None:
        with _alone():
            super().save_overload(sig, data)
        _OTHERS.saved(self.name)


def kernel(function: Callable[..., Any]) -> Any:
    """Compile FUNCTION without the interpreter lock, kept in the cache folder.

    IEEE arithmetic in program order (no fast-math), so the bits do not depend
    on the platform.
    """
    return _compiled(function, inner=function.__name__.startswith("_"))


def borrower(function: Callable[..., Any]) -> Any:
    """`kernel` for a FUNCTION that only borrows its arrays: it makes none and keeps none.

    Numba counts the references to every array that a function takes out of a
    tuple, an atomic addition each: two thirds of a launch's time.  The caller
    holds the arrays while the function runs, so nothing need be counted.  And it
    is laid into its caller, because a tuple of tuples is handed over array by array.
    """
    return _compiled(function, inner=True, _nrt=False, forceinline=True)


def brief(function: Callable[..., Any]) -> Any:
    """`kernel` for a few instructions that inner loops ask for: laid into its caller, at any level of optimisation."""
    return _compiled(function, inner=False, forceinline=True)


def hot(function: Callable[..., Any]) -> Any:
    """`kernel` at LLVM's highest level, for a loop that gains by it (level 1 is the rule: see `_Compilation`)."""
    _HOT.add(function)
    return kernel(function)


def _compiled(function: Callable[..., Any], inner: bool, **options: bool) -> Any:
    """INNER functions are compiled for other kernels; an entry for Python is compiled when Python first calls them."""
    made: Any = numba.njit(
        nogil=True, error_model="numpy", no_cfunc_wrapper=True, no_cpython_wrapper=inner, **options
    )(function)  # type: ignore[call-overload]  # fmt: skip
    kept = numba.config.CACHE_DIR  # type: ignore[attr-defined]
    # Numba's key does not tell a function with an entry from one without.
    place = "inner" if inner else "entries"
    numba.config.CACHE_DIR = str(_FOLDER / place)  # type: ignore[attr-defined]
    try:  # what enable_caching() does, with our class
        made._cache = _SharedCache(function, signatures.name_of(place, function))
    finally:
        numba.config.CACHE_DIR = kept  # type: ignore[attr-defined]
    if inner:
        _enter_when_called(made, options)
    return made


def _enter_when_called(made: Any, options: dict[str, bool]) -> None:
    """Without an entry a call from Python would crash: let it find none, and be answered by one compiled for it."""
    entries: dict[str, Any] = {}

    def entry(*_: Any, **__: Any) -> Any:
        return entries.get("") or entries.setdefault("", _compiled(made.py_func, inner=False, **options))

    made._insert = lambda *_: None
    made._compile_for_args = made.entry = entry


class _Compilation(event.Listener):
    """What happens while a kernel is compiled: no garbage collection (a tenth of the time), somebody is told.

    LLVM's level 1 gives launches, growth and choice of seeds the speed of level
    3 for an eighth less time; `hot` is for the loop that gains.
    """

    def __init__(self) -> None:
        self.levels: list[Any] = []  # of the compilations that wait for this one
        self.collecting = False
        self.done = 0
        self.tell: Callable[[str, int], object] | None = None

    def on_start(self, event: Any) -> None:
        function = event.data["dispatcher"].py_func
        if not self.levels:
            self.collecting = gc.isenabled()
            gc.disable()
        self.levels.append(numba.config.OPT)  # type: ignore[attr-defined]
        numba.config.OPT = type(self.levels[0])(3 if function in _HOT else 1)  # type: ignore[attr-defined]
        self.hear(function.__name__)

    def hear(self, name: str) -> None:
        """Somebody waits for the kernel NAME."""
        if self.tell is not None:
            self.tell(name, self.done + len(_OTHERS))

    def on_end(self, event: Any) -> None:
        numba.config.OPT = self.levels.pop()  # type: ignore[attr-defined]
        self.done += 1
        if not self.levels and self.collecting:
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


def compiled_functions() -> int:
    """How many functions were compiled for this process, by itself or by others; none when all were in the cache."""
    return _COMPILATION.done + len(_OTHERS)


def everything() -> None:
    """Have all kernels compiled that any command calls, where that is done side by side (`compilers`)."""
    _OTHERS.finish(lambda: _COMPILATION.hear("everything"))
