"""Processes that compile the kernels of a new installation side by side.

Numba compiles under one lock, so a second core needs a second process.  The
first process that misses a kernel of the list (`signatures`) takes the
folder's lock and starts one compiler per core, four at most.  Each is given a
kernel whose callees are ready, first what somebody waits for, then what the
longest chain hangs on; what is done is noted in the folder.  Whoever needs a
kernel meanwhile, in any process, waits for it and loads it: nothing is
compiled twice, and two first starts at once share one set of compilers.

Nothing depends on them.  A kernel that they fail at, or that is not on the
list, is compiled by the process that calls it, as with one core, or without
locks (Windows).  They end with the process that started them; the next one
goes on where they stood.  DANDELION_COMPILERS says how many (1: none).
"""

import atexit
import contextlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from functools import cache, cached_property
from pathlib import Path
from typing import IO, Any, cast

from sim.kernels import signatures

try:
    import fcntl
except ImportError:
    fcntl = None  # type: ignore[assignment]

MOST = 4
PULSE = 0.05  # seconds between two looks at what others have done
PATIENCE = 60.0  # seconds without any news, after which one compiles for oneself
BEHIND = 5  # niceness: whoever waits for nothing goes first

SERVE = "import sys; sys.path[:] = {path!r}; from sim.kernels import compilers; compilers.serve()"


def cores() -> int:
    """How many compilers may run: DANDELION_COMPILERS, or the cores this process may use, four at most."""
    named = os.environ.get("DANDELION_COMPILERS", "")
    if named.isdigit():
        return int(named)
    return min(MOST, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)


class Compilers:
    """Those of one cache FOLDER, seen from this process, which may be the one that started them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._news = threading.Condition()
        self._lead: int | None = None  # the process that started some: a fork of it has none
        self._lock: IO[bytes] | None = None
        self._processes: list[subprocess.Popen[str]] = []
        self._threads: list[threading.Thread] = []
        self._done: set[int] = set()  # places in the list
        self._given: set[int] = set()
        self._wanted: set[int] = set()
        self._mine = -1
        self._stopped = False

    def __len__(self) -> int:
        """How many kernels they have compiled, as far as this process knows."""
        return len(self._done)

    @cached_property
    def _list(self) -> signatures.Signatures:
        return signatures.read()

    @cached_property
    def _named(self) -> dict[str, set[int]]:
        """Places in the list by the kernel's name; nothing where there can be no compilers."""
        named: dict[str, set[int]] = {}
        possible = fcntl is not None and sys.executable and not hasattr(sys, "frozen") and cores() > 1
        for k, one in enumerate(self._list.kernels if possible else ()):
            named.setdefault(one.name, set()).add(k)
        return named

    @cached_property
    def _chain(self) -> list[int]:
        """The longest chain of kernels that wait for each other, from each kernel up (bytes of bytecode)."""
        kernels = self._list.kernels
        above: list[list[int]] = [[] for _ in kernels]
        for k, one in enumerate(kernels):
            for below in one.calls:
                above[below].append(k)

        @cache
        def length(k: int) -> int:
            return kernels[k].size + max(map(length, above[k]), default=0)

        return [length(k) for k in range(len(kernels))]

    def wait_for(self, name: str, look: Callable[[], Any], hear: Callable[[], object]) -> Any:
        """LOOK for a kernel of NAME until it is there or will not come from them; HEAR is called at every look.

        Starts them if nobody has.  The answer is the last that LOOK gave: None, or what it found.
        """
        found, heard, known = None, 0.0, -1
        while found is None and self._will_come(name):
            if len(self._done) > known:
                heard, known = time.monotonic(), len(self._done)
            elif time.monotonic() - heard > PATIENCE:
                break
            hear()
            found = look()
        return look() if found is None else found

    def _will_come(self, name: str) -> bool:
        """Whether a kernel of NAME is still to come; waits for news, or a moment."""
        places = self._named.get(name, set())
        if places and self._lead != os.getpid():
            self._read()
            if not places <= self._done and not self._start():
                time.sleep(PULSE)  # somebody else's are at work
            return not places <= self._done
        with self._news:
            if places <= self._done or not self._threads:
                return False
            for k in places - self._given if len(places) == 1 else ():
                if self._done.issuperset(self._list.kernels[k].calls):
                    self._given.add(k)  # nobody is quicker than who needs it, once its callees are there
                    self._mine = k
                    return False
            self._want(places - self._done)
            self._news.wait(PULSE)
        return True

    def finish(self, hear: Callable[[], object]) -> None:
        """Have the whole list compiled, if there can be compilers: whoever takes times needs the cores for himself."""
        while len(self._done) < sum(map(len, self._named.values())):
            if self._lead != os.getpid():
                self._read()
                self._start()
            elif not self._threads:
                break
            hear()
            time.sleep(PULSE)

    def saved(self, name: str) -> None:
        """This process has compiled a kernel of NAME."""
        if self._mine in self._named.get(name, ()):
            self._note(self._mine)
            self._mine = -1

    def _want(self, places: set[int]) -> None:
        """PLACES of the list, and what they hang on, go first."""
        self._wanted = set()
        while places:
            self._wanted |= places
            places = {below for k in places for below in self._list.kernels[k].calls} - self._done - self._wanted

    @property
    def _notes(self) -> Path:
        return self._folder / f"done-{self._list.mark}"

    def _read(self) -> None:
        """What is done, as the folder says."""
        with contextlib.suppress(OSError):
            lines = self._notes.read_text(encoding="ascii").split("\n")[:-1]
            self._done = {int(line) for line in lines}

    def _start(self) -> bool:
        """Take the folder's lock and start compilers; False: somebody else holds it."""
        with contextlib.ExitStack() as held:
            try:
                lock = held.enter_context((self._folder / "compilers").open("wb"))
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                return False
            held.pop_all()
        self._lock, self._lead = lock, os.getpid()
        self._read()
        number = min(cores(), len(self._list.kernels) - len(self._done))
        self._threads = [threading.Thread(target=self._employ, name="compiler", daemon=True) for _ in range(number)]
        for thread in list(self._threads):
            thread.start()
        atexit.register(self.stop)
        return True

    def _employ(self) -> None:
        """One compiler, from its start until nothing is left to compile, or it dies."""
        with contextlib.suppress(OSError):
            process = subprocess.Popen(
                [sys.executable, "-c", SERVE.format(path=sys.path)],
                env=os.environ | {"DANDELION_CACHE": str(self._folder.parent), "DANDELION_COMPILERS": "1"},
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                start_new_session=True,  # Ctrl-C is for us
            )  # fmt: skip
            self._processes.append(process)
            to, back = cast(IO[str], process.stdin), cast(IO[str], process.stdout)
            with process:
                while (k := self._next()) is not None:
                    answer = ""
                    with contextlib.suppress(OSError):
                        to.write(f"{k}\n")
                        to.flush()
                        answer = back.readline()
                    self._note(k)
                    if not answer:
                        break
                process.kill()
        with self._news:
            self._threads.remove(threading.current_thread())
            if not self._threads and self._lock is not None:
                self._lock.close()

    def _next(self) -> int | None:
        """The kernel to compile next, as soon as there is one whose callees are done; None: nothing is left."""
        with self._news:
            while True:
                left = [k for k in range(len(self._list.kernels)) if k not in self._given and k not in self._done]
                ready = [k for k in left if self._done.issuperset(self._list.kernels[k].calls)]
                if self._stopped or not left:
                    return None
                if ready:
                    best = max(ready, key=lambda k: (k in self._wanted, self._chain[k]))
                    self._given.add(best)
                    return best
                self._news.wait()

    def _note(self, k: int) -> None:
        """Kernel K is compiled, or no compiler can."""
        with self._news:
            if self._stopped:
                return
            self._done.add(k)
            with contextlib.suppress(OSError), self._notes.open("a", encoding="ascii") as file:
                file.write(f"{k}\n")
            self._news.notify_all()

    def stop(self) -> None:
        """End them, whatever they are doing: the cache stays good."""
        if self._lead == os.getpid():
            with self._news:
                self._stopped = True
                self._news.notify_all()
            for process in self._processes:
                process.kill()
            for thread in list(self._threads):
                thread.join()


def serve() -> None:
    """A compiler: reads places in the list, a line each, compiles, and answers each with a line, until nobody asks."""
    if hasattr(os, "nice"):
        os.nice(BEHIND)
    found = signatures.read()
    for line in sys.stdin:
        kernel = found.kernels[int(line)]
        said = "failed"
        with contextlib.suppress(Exception):
            signatures.made(kernel.name).compile(tuple(signatures.type_of(word, found.tuples) for word in kernel.takes))
            said = "done"
        print(said, flush=True)
