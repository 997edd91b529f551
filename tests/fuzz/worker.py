"""The process of a campaign that reads: one batch after the other, every input under a watch of time and memory."""

import contextlib
import importlib
import random
import resource
import signal
import sys
import tempfile
import time
import traceback
import warnings
from dataclasses import asdict, dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from types import FrameType
from typing import Any

from tests.fuzz.reader import REFUSED

ROOM = 4 << 30
"""Bytes of address space beyond the limit: who asks for more gets a MemoryError, and the machine lives on."""


@dataclass(frozen=True)
class Limits:
    """What one input may take: seconds of processor time (a busy machine is no hang), bytes beyond an idle process."""

    seconds: float = 5.0
    memory: int = 1 << 30


@dataclass
class Batch:
    """SIZE inputs of the reader NAME from FIRST on, and what became of those that were READ."""

    name: str
    first: int
    size: int
    read: int = 0
    accepted: int = 0
    seconds: float = 0.0
    slowest: float = 0.0
    memory: int = 0
    defects: list[tuple[int, str]] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


class Hang(BaseException):
    """An input took longer than it may; no reader's `except Exception` swallows it."""


def _too_long(number: int, frame: FrameType | None) -> None:
    raise Hang


def work(hand: Connection, standing: Any, source: str, seed: int, limits: Limits, house: str) -> None:
    """Read the batches that come through HAND, until None comes.

    standing  shared int64[3]: number of the input under way, inputs accepted in this batch so far, when it began (ns
              of the machine's clock); what is left when a reader ends the process
    house     folder for everything it writes; who began the process clears it away
    source    the module whose `prepare` gives the readers

    Three watches: after limits.seconds of processor time a Hang is raised in Python; compiled code that does not come
    back to Python is ended by the system at twice that; who waits without computing is ended by the campaign.
    """
    warnings.simplefilter("ignore")
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGPROF, _too_long)
    signal.signal(signal.SIGVTALRM, signal.SIG_DFL)
    with tempfile.TemporaryDirectory(dir=house) as place:
        for name in ("examples", "work"):
            (Path(place) / name).mkdir()
        readers = importlib.import_module(source).prepare(Path(place) / "examples")
        idle = _peak()
        _bound(limits.memory + ROOM)
        hand.send(sorted((name, reader.share) for name, reader in readers.items()))
        while (batch := hand.recv()) is not None:
            _read(batch, readers[batch.name], Path(place) / "work", standing, seed, limits, idle)
            hand.send(batch)


def _read(batch: Batch, reader: Any, folder: Path, standing: Any, seed: int, limits: Limits, idle: int) -> None:
    """Feed BATCH to READER; it ends early where an input took too much memory (the process then begins anew)."""
    began = time.process_time()
    before = began
    standing[1] = 0
    for number in range(batch.first, batch.first + batch.size):
        data = reader.input(chance(seed, batch.name, number))
        standing[0] = number
        standing[2] = time.monotonic_ns()
        try:
            signal.setitimer(signal.ITIMER_VIRTUAL, 2 * limits.seconds)
            signal.setitimer(signal.ITIMER_PROF, limits.seconds)
            reader.feed(data, folder)
            signal.setitimer(signal.ITIMER_PROF, 0)
            batch.accepted += 1
            standing[1] = batch.accepted
        except REFUSED:
            signal.setitimer(signal.ITIMER_PROF, 0)
        except BaseException as failure:
            signal.setitimer(signal.ITIMER_PROF, 0)
            batch.defects.append((number, said(failure)))
        finally:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        batch.read += 1
        now = time.process_time()
        batch.slowest = max(batch.slowest, now - before)
        before = now
        batch.memory = _peak() - idle
        if batch.memory > limits.memory:
            batch.defects.append((number, f"more than {limits.memory:,} bytes of memory"))
            break
    batch.seconds = time.process_time() - began
    standing[0] = -1


def chance(seed: int, name: str, number: int) -> random.Random:
    """The luck of one input: the same for the same SEED, whatever was read before."""
    return random.Random(f"{seed} {name} {number}")


def said(failure: BaseException) -> str:
    """What was raised, and the last place of the house where."""
    frames = traceback.extract_tb(failure.__traceback__)
    ours = [frame for frame in frames if "/sim/" in frame.filename or "/fuzz/" in frame.filename]
    where = (ours or frames)[-1]
    return f"{type(failure).__name__} in {Path(where.filename).name}:{where.lineno}: {str(failure)[:100]}"


def _peak() -> int:
    """Most bytes this process ever had in memory.

    Linux says it in /proc; getrusage there counts what the parent had when it began the process, too.
    """
    with contextlib.suppress(OSError, ValueError):
        told = Path("/proc/self/status").read_bytes()
        at = told.index(b"VmHWM:") + 6
        return int(told[at : told.index(b"kB", at)]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def _bound(room: int) -> None:
    """Give this process ROOM more bytes of address space and no more (where the system tells what it has)."""
    with contextlib.suppress(OSError, ValueError):
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + room,) * 2)
