"""Write sim/kernels/signatures.json: which kernels are called, with what, and which kernels they call.

    python -m benchmarks.signatures            (one core, a minute)
    python -m benchmarks.signatures --check    only says what is called and not on the list

Plays all that a command can reach (the second script of `benchmarks.startup`)
in an empty cache and listens to the compiler.  Run it when a kernel is new or
takes other arguments.  An older list costs time at the first start, nothing
else.
"""

import json
import os
import sys
import tempfile
from typing import Any

from numba.core import dispatcher, event, sigutils

from benchmarks import startup
from sim.kernels import signatures

Signature = tuple[str, tuple[Any, ...]]  # a kernel's name and Numba's types


def play() -> None:
    """Call every kernel; what the script prints is not wanted."""
    script = startup.MARKS + startup.EVERYTHING
    exec(compile(script, "everything", "exec"), {"__name__": "everything", "print": lambda *_: None})


def listen() -> tuple[dict[Signature, int], dict[Signature, set[Signature]]]:
    """Compile everything in an empty cache: bytes of bytecode by signature, and what each calls."""
    sizes: dict[Signature, int] = {}
    calls: dict[Signature, set[Signature]] = {}
    waiting: list[Signature] = []

    def signature(made: Any, takes: Any) -> Signature:
        return getattr(made._cache, "name", ""), tuple(takes)  # Numba's own functions have no name here

    class Listener(event.Listener):
        def on_start(self, event: Any) -> None:
            waiting.append(signature(event.data["dispatcher"], event.data["args"]))
            calls.setdefault(waiting[-1], set())

        def on_end(self, event: Any) -> None:
            sizes[waiting.pop()] = len(event.data["dispatcher"].py_func.__code__.co_code)

    ordinary = dispatcher.Dispatcher.compile

    def heard(self: Any, sig: Any) -> Any:
        if waiting:
            calls[waiting[-1]].add(signature(self, sigutils.normalize_signature(sig)[0]))
        return ordinary(self, sig)

    dispatcher.Dispatcher.compile = heard
    event.register("numba:compile", Listener())
    play()
    return {one: size for one, size in sizes.items() if one[0]}, calls


def write() -> None:
    """The list, a line per signature, in the order of names."""
    sizes, calls = listen()
    tuples: dict[str, list[str]] = {}
    words = {}
    for name, takes in sizes:
        try:
            words[name, takes] = [signatures.word_of(one, tuples) for one in takes]
        except KeyError as missing:
            print(f"left out: {name}: {missing}")
    order = sorted(words, key=lambda one: (one[0], words[one]))
    place = {one: k for k, one in enumerate(order)}
    kernels = [
        json.dumps([one[0], words[one], sorted(place[below] for below in calls[one] if below in place), sizes[one]])
        for one in order
    ]
    named = [f"{json.dumps(name)}: {json.dumps(tuples[name])}" for name in sorted(tuples)]
    text = '{"kernels": [\n' + ",\n".join(kernels) + '\n],\n"tuples": {\n' + ",\n".join(named) + "\n}}\n"
    signatures.FILE.write_text(text, encoding="utf-8")
    print(f"{len(kernels)} signatures, {len(named)} tuples")


def check() -> None:
    """Say what Python calls that is not on the list; exit 1 if there is something."""
    from sim.kernels import compiled  # chooses the cache, so not before `write` has

    found = signatures.read()
    listed = {(one.name, one.takes) for one in found.kernels}
    tuples = dict(found.tuples)
    missing = set()
    ordinary = compiled._SharedCache.load_overload

    def heard(self: Any, sig: Any, target_context: Any) -> Any:
        takes = sig.args if hasattr(sig, "args") else sig
        one = (self.name, tuple(signatures.word_of(each, tuples) for each in takes))
        if one not in listed:
            missing.add(one)
        return ordinary(self, sig, target_context)

    compiled._SharedCache.load_overload = heard
    play()
    for name, takes in sorted(missing):
        print(f"not on the list: {name} {takes}")
    sys.exit(1 if missing else 0)


def main() -> None:
    """Write the list, or check it."""
    if "--check" in sys.argv[1:]:
        check()
    with tempfile.TemporaryDirectory() as cache:
        os.environ |= {"DANDELION_CACHE": cache, "DANDELION_COMPILERS": "1"}
        write()


if __name__ == "__main__":
    main()
