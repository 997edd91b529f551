"""The campaign: python -m tests.fuzz --inputs 1000000 [--jobs 2] [--seed 1] [--keep FOLDER] [--only READER]

Processes read batch after batch; one that hangs, dies or takes more than a gigabyte is ended and replaced, and its
input is a defect. What is finished stands in FOLDER/done.jsonl, so that a campaign that was interrupted goes on; the
inputs that failed stand beside it.
"""

import argparse
import collections
import contextlib
import hashlib
import importlib
import json
import multiprocessing as mp
import random
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from multiprocessing import connection
from pathlib import Path
from typing import Any

from tests.fuzz import worker
from tests.fuzz.worker import Batch, Limits

SIZE = 1_000
BLOCKED = 300.0
"""Seconds without any progress after which a process is ended that waits instead of computing."""
SOURCE = "tests.fuzz.readers"
MEMORY = Path("/dev/shm")
"""Where small files cost no disk, on Linux."""
KEPT = 3
"""Inputs kept of each defect."""


@dataclass
class Hand:
    """One process that reads, and the batch it has."""

    process: Any
    ear: connection.Connection
    standing: Any
    batch: Batch | None = None


class Campaign:
    """A campaign of SEED over the readers of SOURCE; what is finished is noted in KEEP."""

    def __init__(self, seed: int, keep: Path, source: str = SOURCE, limits: Limits | None = None) -> None:
        self.seed = seed
        self.keep = keep
        self.source = source
        self.limits = limits or Limits()
        self.done: list[Batch] = []
        self.code = code()
        self._context = mp.get_context("spawn")
        self._kept: collections.Counter[tuple[str, str]] = collections.Counter()
        with tempfile.TemporaryDirectory() as place:
            self._readers = importlib.import_module(source).prepare(Path(place))
        keep.mkdir(parents=True, exist_ok=True)

    @property
    def notes(self) -> Path:
        """One line per finished batch."""
        return self.keep / "done.jsonl"

    def shares(self, inputs: int, only: str = "", size: int = SIZE) -> list[Batch]:
        """INPUTS over all readers whose name contains ONLY, in batches of SIZE, in a random order."""
        chosen = {name: reader.share for name, reader in self._readers.items() if only in name}
        total = sum(chosen.values())
        found = [
            Batch(name, first, min(size, count - first))
            for name, share in chosen.items()
            for count in [-(-inputs * share // total)]
            for first in range(0, count, size)
        ]
        random.Random(self.seed).shuffle(found)
        return found

    def earlier(self) -> list[Batch]:
        """Batches that an interrupted campaign of this seed finished with this very code."""
        if not self.notes.exists():
            return []
        lines = [json.loads(line) for line in self.notes.read_text(encoding="utf-8").splitlines()]
        return [Batch(**line["batch"]) for line in lines if (line["seed"], line["code"]) == (self.seed, self.code)]

    def run(self, wanted: Iterable[Batch], jobs: int) -> Iterator[Batch]:
        """Read WANTED in JOBS processes; every batch as soon as it is finished, those finished earlier first."""
        covered: dict[str, set[int]] = collections.defaultdict(set)
        for batch in self.earlier():
            covered[batch.name].update(range(batch.first, batch.first + batch.read))
            self.done.append(batch)
            yield batch
        waiting = collections.deque(
            batch
            for batch in wanted
            if not covered[batch.name].issuperset(range(batch.first, batch.first + batch.size))
        )
        hands: list[Hand] = []
        self._house = tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None)
        try:
            while waiting or any(hand.batch for hand in hands):
                while len(hands) < min(jobs, len(waiting) + sum(hand.batch is not None for hand in hands)):
                    hands.append(self._hired())
                for hand in hands:
                    if hand.batch is None and waiting:
                        hand.batch = waiting.popleft()
                        hand.ear.send(hand.batch)
                for hand in self._heard(hands):
                    finished, rest = self._finished(hand)
                    if hand.batch is None and not hand.process.is_alive():
                        hands.remove(hand)
                    waiting.extendleft(rest)
                    self._note(finished)
                    yield finished
        finally:
            for hand in hands:
                hand.process.kill()
                hand.process.join()
            self._house.cleanup()

    def _hired(self) -> Hand:
        ear, mouth = self._context.Pipe()
        standing = self._context.RawArray("q", 3)
        standing[0], standing[2] = -1, time.monotonic_ns()
        asked = (mouth, standing, self.source, self.seed, self.limits, self._house.name)
        process = self._context.Process(target=worker.work, args=asked, daemon=True)
        process.start()
        mouth.close()
        try:
            ear.recv()  # it is ready
        except EOFError:
            raise RuntimeError("a process that should read ended before it began") from None
        return Hand(process, ear, standing)

    def _heard(self, hands: list[Hand]) -> list[Hand]:
        """Those of HANDS that have answered or ended; one that is blocked is ended."""
        busy = [hand for hand in hands if hand.batch is not None]
        ready = connection.wait([*(hand.ear for hand in busy), *(hand.process.sentinel for hand in busy)], timeout=1.0)
        for hand in busy:
            if hand.standing[0] >= 0 and time.monotonic_ns() - hand.standing[2] > BLOCKED * 1e9:
                hand.process.kill()
                hand.process.join()
        return [hand for hand in busy if hand.ear in ready or hand.process.sentinel in ready]

    def _finished(self, hand: Hand) -> tuple[Batch, list[Batch]]:
        """The batch of HAND, read or broken off, and what of it remains to be read by another."""
        given = hand.batch
        assert given is not None
        hand.batch = None
        try:
            found: Batch = hand.ear.recv()
        except (EOFError, ConnectionError):
            hand.process.join()
            number = int(hand.standing[0])
            found = Batch(given.name, given.first, given.size, read=number - given.first + 1)
            found.accepted = int(hand.standing[1])
            found.defects = [(number, f"the process ended ({hand.process.exitcode})")]
        if found.read < found.size and hand.process.is_alive():  # it took too much memory
            hand.process.kill()
            hand.process.join()
        first = given.first + found.read
        rest = [Batch(given.name, first, given.first + given.size - first)] if found.read < given.size else []
        return found, rest

    def _note(self, batch: Batch) -> None:
        """Keep the inputs that failed, then note that BATCH is finished."""
        for number, what in batch.defects:
            kind = (batch.name, what.partition(": ")[0])
            if self._kept[kind] < KEPT:
                data = self._readers[batch.name].input(worker.chance(self.seed, batch.name, number))
                (self.keep / f"{batch.name.replace(' ', '_')}-{number}").write_bytes(data)
            self._kept[kind] += 1
        line = {"seed": self.seed, "code": self.code, "batch": batch.as_dict()}
        with self.notes.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
        self.done.append(batch)

    def table(self) -> str:
        """What was read so far, one line per reader, in Markdown."""
        names = sorted({batch.name for batch in self.done})
        lines = [
            "| reader | inputs | accepted, and came back equal | ms each | slowest, s | defects |",
            "|---|---:|---:|---:|---:|---|",
        ]
        for name in names:
            of = [batch for batch in self.done if batch.name == name]
            read, accepted = sum(batch.read for batch in of), sum(batch.accepted for batch in of)
            each = 1e3 * sum(batch.seconds for batch in of) / max(read, 1)
            slowest = max(batch.slowest for batch in of)
            kinds = collections.Counter(what for batch in of for _, what in batch.defects)
            told = "; ".join(f"{count} x {what}" for what, count in kinds.most_common(8)) or "none"
            lines.append(f"| {name} | {read:,} | {accepted:,} | {each:.2f} | {slowest:.2f} | {told} |")
        found = sum(len(batch.defects) for batch in self.done)
        peak = max((batch.memory for batch in self.done), default=0)
        core = sum(batch.seconds for batch in self.done)
        accepted = sum(batch.accepted for batch in self.done)
        lines += [
            "",
            f"{sum(batch.read for batch in self.done):,} inputs to {len(names)} readers, "
            f"{accepted:,} accepted, {found} defects; {core:,.0f} s of processor time, "
            f"at most {peak / 2**20:,.0f} MB beyond an idle process; seed {self.seed}, code {self.code}.",
        ]
        return "\n".join(lines)


def code() -> str:
    """A name for the readers under test and the tests that feed them: sha256 (12 digits) of their text."""
    house = Path(__file__).resolve().parent.parent.parent
    found = hashlib.sha256()
    for room, kind in (("sim", "*.py"), ("scenarios", "*.toml"), ("tests/fuzz", "*.py")):
        for path in sorted((house / room).rglob(kind)):
            found.update(path.relative_to(house).as_posix().encode() + b"\0" + path.read_bytes())
    return found.hexdigest()[:12]


def main() -> int:
    """Run the campaign; 1 if a defect was found."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--inputs", type=int, default=1_000_000)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, default=Path("build/fuzz"))
    parser.add_argument("--only", default="", help="readers whose name contains this")
    parser.add_argument("--source", default=SOURCE, help="module of the readers")
    asked = parser.parse_args()
    campaign = Campaign(asked.seed, asked.keep, asked.source)
    wanted = campaign.shares(asked.inputs, asked.only, min(SIZE, max(1, asked.inputs // 100)))
    total = sum(batch.size for batch in wanted)
    began, read = time.monotonic(), 0
    with contextlib.suppress(KeyboardInterrupt):
        for batch in campaign.run(wanted, asked.jobs):
            read += batch.read
            for number, what in batch.defects[:3]:
                print(f"{batch.name} {number}: {what}", file=sys.stderr)
            if sys.stderr.isatty() or len(campaign.done) % 50 == 0:
                end = "\r" if sys.stderr.isatty() else "\n"
                print(f"{read:,} of {total:,}, {time.monotonic() - began:.0f} s", end=end, file=sys.stderr, flush=True)
    table = campaign.table()
    (asked.keep / "table.md").write_text(table + "\n", encoding="utf-8")
    print(table)
    if code() != campaign.code:
        print("The code changed while the campaign ran: processes that were replaced read with the newer one.")
    return 1 if any(batch.defects for batch in campaign.done) else 0
