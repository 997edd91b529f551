"""The signatures that kernels are called with, as text: what may be compiled before anybody calls it.

`signatures.json` lists every kernel that a command reaches, with the types of
its arguments and the kernels below it (`python -m benchmarks.signatures`
writes it, from calls).  It only says what is worth compiling early
(`compilers`): a kernel that is missing in it, or that has changed since, is
compiled when it is called.

A type is its Numba name (`int64`), a literal `=3`, the name of a record's dtype
(`calendar.EVENT`), a NamedTuple's name (`run.Run`; its fields stand under
"tuples"), a type of this room (`octets.WORDS`), or an array in C order of dimensions `float64[2]`, `const float64[2]`
where it cannot be written.
"""

import hashlib
import importlib
import json
import re
from pathlib import Path
from typing import Any, NamedTuple

import numba
import numpy as np
from numba.core import types

FILE = Path(__file__).with_name("signatures.json")
ROOM = __package__ + "."
ARRAY = re.compile(r"(const )?(.+)\[(\d)\]")


class Kernel(NamedTuple):
    """One signature: NAME from `name_of`, TAKES by the words above, CALLS as places in the list, SIZE in bytecode."""

    name: str
    takes: tuple[str, ...]
    calls: tuple[int, ...]
    size: int


class Signatures(NamedTuple):
    """All kernels worth compiling early, the fields of the tuples they take, and a MARK of this very list."""

    kernels: tuple[Kernel, ...]
    tuples: dict[str, list[str]]
    mark: str


def read() -> Signatures:
    """The list; empty when there is no file."""
    if not FILE.exists():
        return Signatures((), {}, "")
    text = FILE.read_bytes()
    found = json.loads(text)
    kernels = tuple(Kernel(name, tuple(takes), tuple(calls), size) for name, takes, calls, size in found["kernels"])
    return Signatures(kernels, found["tuples"], hashlib.sha256(text).hexdigest()[:8])


def name_of(place: str, function: Any) -> str:
    """A kernel's name: its PLACE in the cache, `inner` or `entries`, and `module.function`."""
    return f"{place} {function.__module__.removeprefix(ROOM)}.{function.__name__}"


def made(name: str) -> Any:
    """The dispatcher that compiles the kernel NAME."""
    place, function = name.split(" ")
    found = named(function)
    return found.entry() if place == "entries" and hasattr(found, "entry") else found


def named(name: str) -> Any:
    """What `module.thing` of this room is: a kernel, a NamedTuple's class, a record's dtype."""
    module, thing = name.rsplit(".", 1)
    return getattr(importlib.import_module(ROOM + module), thing)


def type_of(word: str, tuples: dict[str, list[str]]) -> Any:
    """Numba's type for WORD."""
    array = ARRAY.fullmatch(word)
    if array:
        const, inner, dimensions = array.groups()
        example = np.empty((0,) * int(dimensions), named(inner) if "." in inner else np.dtype(inner))
        example.flags.writeable = not const
        return numba.typeof(example)
    if word.startswith("="):
        return types.literal(int(word[1:]))
    if "." in word:
        found = named(word)
        if isinstance(found, np.dtype):
            return numba.from_dtype(found)
        if isinstance(found, types.Type):
            return found
        return types.BaseTuple.from_types([type_of(field, tuples) for field in tuples[word]], found)
    return getattr(types, word)


def word_of(found: Any, tuples: dict[str, list[str]]) -> str:
    """The word for Numba's type FOUND, its fields noted in TUPLES; KeyError: there is no word for it."""
    if isinstance(found, types.IntegerLiteral):
        return f"={found.literal_value}"
    if isinstance(found, types.NamedTuple | types.NamedUniTuple):
        word = f"{_room(found.instance_class.__module__)}.{found.instance_class.__name__}"
        tuples.setdefault(word, [word_of(field, tuples) for field in found])
    elif isinstance(found, types.Record):
        word = _record(found)
    elif isinstance(found, types.Array):
        word = f"{'' if found.mutable else 'const '}{word_of(found.dtype, tuples)}[{found.ndim}]"
    elif type(found).__module__.startswith(ROOM):
        word = str(found)
    else:
        word = str(found)
        if not hasattr(types, word):
            raise KeyError(f"no word for {found}")
    if type_of(word, tuples) != found:
        raise KeyError(f"no word for {found}")
    return word


def _room(module: str) -> str:
    if not module.startswith(ROOM):
        raise KeyError(f"{module} is not in {ROOM}")
    return module.removeprefix(ROOM)


def _record(found: Any) -> str:
    """The name of the dtype of this room that makes FOUND."""
    for path in sorted(FILE.parent.glob("*.py")):
        module = importlib.import_module(ROOM + path.stem)
        for name, value in vars(module).items():
            if isinstance(value, np.dtype) and numba.from_dtype(value) == found:
                return f"{path.stem}.{name}"
    raise KeyError(f"no dtype has a name for {found}")
