"""The one decorator of compiled code.

Numba's file cache looks only at the file of the decorated function: it does
not notice a change in a function called from another file.  So the cache
folder is named by the text of this whole folder, and every kernel stands in
it, at module level (a closure's kernel is never found in the cache).
"""

import hashlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba


def cache_folder() -> Path:
    """Where compiled kernels are kept: DANDELION_CACHE, the user's cache, or a temporary folder."""
    text = hashlib.sha256(numba.__version__.encode())
    for source in sorted(Path(__file__).parent.glob("*.py")):
        text.update(source.read_bytes())
    name = f"kernels-{text.hexdigest()[:16]}"
    user = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    for parent in (os.environ.get("DANDELION_CACHE"), user / "dandelion", Path(tempfile.gettempdir()) / "dandelion"):
        if parent is None:
            continue
        folder = Path(parent) / name
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError:
            continue
        if os.access(folder, os.W_OK):
            return folder
    return Path(tempfile.mkdtemp(prefix="dandelion-"))


_FOLDER = cache_folder()


def kernel(function: Callable[..., Any]) -> Any:
    """Compile FUNCTION without the interpreter lock, kept in the cache folder.

    IEEE arithmetic in program order (no fast-math), so the bits do not depend
    on the platform.
    """
    kept = numba.config.CACHE_DIR  # type: ignore[attr-defined]
    numba.config.CACHE_DIR = str(_FOLDER)  # type: ignore[attr-defined]
    try:
        return numba.njit(nogil=True, cache=True, error_model="numpy")(function)
    finally:
        numba.config.CACHE_DIR = kept  # type: ignore[attr-defined]
