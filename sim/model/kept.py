"""What was made once and serves again: for every luck of one stage, for every strategy of one luck."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, Generic, TypeVar
from weakref import ref

THING = TypeVar("THING")


class Same:
    """The name of an object as part of a key: equal while it lives and only to itself; it is not kept alive."""

    def __init__(self, thing: Any) -> None:
        self._thing = ref(thing)
        self._number = id(thing)

    def __hash__(self) -> int:
        return self._number

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Same) and self._thing() is not None and self._thing() is other._thing()


class Kept(Generic[THING]):
    """The last few things made, each made once even when several threads ask at the same time."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._things: OrderedDict[Hashable, tuple[threading.Lock, list[THING]]] = OrderedDict()
        self._guard = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], THING]) -> THING:
        """The thing of KEY, made now if it is not there."""
        with self._guard:
            lock, held = self._things.setdefault(key, (threading.Lock(), []))
            self._things.move_to_end(key)
            while len(self._things) > self._most:
                self._things.popitem(last=False)
        with lock:
            if not held:
                held.append(make())
            return held[0]
