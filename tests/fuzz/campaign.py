"""The campaign: python -m tests.fuzz --inputs 1000000 [--jobs 2] [--seed 1] [--keep FOLDER] [--only READER]

Every input is read in a process that a hang of 5 s or a gigabyte of memory more than at the start ends; what ends in
anything but an answer or a refusal is counted, shown, and kept in FOLDER.
"""

import argparse
import collections
import contextlib
import random
import resource
import signal
import sys
import tempfile
import time
import traceback
import warnings
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from types import FrameType

from tests.fuzz import readers

HANG = 5.0  # s of processor time: a busy machine is no hang
MEMORY = 1 << 30  # bytes beyond what the process has when it begins
BATCH = 1000


class Hang(Exception):
    """An input took longer than HANG."""


def _too_long(number: int, frame: FrameType | None) -> None:
    raise Hang


def batch(name: str, first: int, size: int, seed: int, keep: Path | None) -> tuple[str, int, int, dict[str, int]]:
    """Feed SIZE inputs of the reader NAME: name, inputs read, inputs accepted, defects by kind."""
    warnings.simplefilter("ignore")
    signal.signal(signal.SIGPROF, _too_long)
    accepted, defects = 0, collections.Counter[str]()
    with tempfile.TemporaryDirectory() as place:
        (Path(place) / "examples").mkdir()
        work = Path(place) / "work"
        work.mkdir()
        reader = readers.prepare(Path(place) / "examples")[name]
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        for number in range(first, first + size):
            data = reader.input(random.Random(f"{seed} {name} {number}"))
            signal.setitimer(signal.ITIMER_PROF, HANG)
            try:
                reader.feed(data, work)
                accepted += 1
            except readers.REFUSED:
                pass
            except BaseException as failure:
                where = traceback.extract_tb(failure.__traceback__)[-1]
                what = f"{type(failure).__name__} in {Path(where.filename).name}:{where.lineno}: {str(failure)[:100]}"
                _found(defects, what, data, name, number, keep)
            finally:
                signal.setitimer(signal.ITIMER_PROF, 0)
            if resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - before > MEMORY:
                _found(defects, "more than 1 GB of memory", data, name, number, keep)
                break
    return name, size, accepted, dict(defects)


def _found(found: collections.Counter[str], what: str, data: bytes, name: str, number: int, keep: Path | None) -> None:
    if keep is not None and found[what] < 3:
        (keep / f"{name.replace(' ', '_')}-{number}").write_bytes(data)
    found[what] += 1


def main() -> int:
    """Run the campaign; 1 if a defect was found."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--inputs", type=int, default=1_000_000)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--only", default="")
    asked = parser.parse_args()
    if asked.keep:
        asked.keep.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place:
        every = {name: one.share for name, one in readers.prepare(Path(place)).items() if asked.only in name}
    total = sum(every.values())
    work = [
        (name, first, min(BATCH, size - first))
        for name, share in every.items()
        for size in [-(-asked.inputs * share // total)]
        for first in range(0, size, BATCH)
    ]
    random.Random(asked.seed).shuffle(work)
    read, accepted = collections.Counter[str](), collections.Counter[str]()
    defects: dict[str, collections.Counter[str]] = collections.defaultdict(collections.Counter)
    began = time.monotonic()
    with ProcessPoolExecutor(asked.jobs, max_tasks_per_child=20) as pool:
        waiting = [pool.submit(batch, *one, asked.seed, asked.keep) for one in work]
        with contextlib.suppress(KeyboardInterrupt):
            for done, future in enumerate(waiting, 1):
                name, size, took, bad = future.result()
                read[name] += size
                accepted[name] += took
                defects[name].update(bad)
                if sys.stderr.isatty() or done % 50 == 0:
                    print(f"{done} of {len(work)}, {time.monotonic() - began:.0f} s", end="\r", file=sys.stderr)
        pool.shutdown(wait=False, cancel_futures=True)
    print("| reader | inputs | accepted, and came back equal | defects |\n|---|---:|---:|---|")
    for name in sorted(read):
        shown = "; ".join(f"{count} x {what}" for what, count in defects[name].most_common(8)) or "none"
        print(f"| {name} | {read[name]:,} | {accepted[name]:,} | {shown} |")
    found = sum(count for each in defects.values() for count in each.values())
    print(f"\n{sum(read.values()):,} inputs, {sum(accepted.values()):,} accepted, {found} defects, seed {asked.seed}.")
    return 1 if found else 0
