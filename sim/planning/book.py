"""The book of plays: what was played once is known, and in a folder it is known tomorrow too.

    with book.kept(Path("out"), wanted, "choose", seed=1) as plays:
        found = roster.choose(scenario, 500_000, book=plays)
        plays.answer(found.plain())

A play is named by everything that decides it (scenario, launch, seed,
replicate, whether its parameters were drawn), so any question may look it up.
An interrupted command leaves its plays; with `resume` they are read back.
"""

import contextlib
import hashlib
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sim.model.launch import Strategy
from sim.results import shelf
from sim.results.outcome import Outcome
from sim.runs import provenance
from sim.scenario import read
from sim.scenario.schema import Scenario

Metrics = dict[str, float | None]
UNDECIDING = {"strategies", "title", "about", "goal", "width", "constraints"}  # tables that no play depends on
EXPECTED = "orders_expected"
"""Orders as their hazards say, given what was read: nearly without the coins of who buys (`sim.model.orders`)."""
PLAYS, SECONDS = 64, 5.0  # at most so many plays, so long, wait to be written


def mark(scenario: Scenario, seed: int, drawn: bool = False) -> str:
    """What decides a play besides launch and replicate; DRAWN: parameters from their doubt."""
    kept = UNDECIDING - {"doubt"} if drawn else UNDECIDING | {"doubt"}
    return f"{seed} {drawn} {scenario.model_dump_json(exclude=kept)}"


def key(marked: str, strategy: Strategy) -> str:
    """The name of a launch in the book: 32 hexadecimal digits."""
    return hashlib.sha256(f"{marked}\x1f{strategy.model_dump_json()}".encode()).hexdigest()[:32]


def numbers(outcome: Outcome) -> Metrics:
    """What the book keeps of OUTCOME: the metrics, and whom its orders are owed to."""
    owed: Metrics = {name: value for name, value in outcome.parts.items() if name.startswith("orders_")}
    return outcome.metrics | {EXPECTED: outcome.metrics["orders"]} | owed


class Book:
    """Plays that are known, by launch and replicate; with HELD they are written there too. Threads may share it."""

    def __init__(self, held: shelf.Shelf | None = None, scenario: str = "", seed: int = 1):
        self._held = held
        self._scenario, self._seed = scenario, seed
        self._rows: dict[tuple[str, int], Metrics] = {}
        self._waiting: list[dict[str, Any]] = []
        self._written = time.monotonic()
        self._lock = threading.Lock()
        if held is not None:
            for row in held.table("runs").to_dict("records"):
                launch, replicate = str(row["run_id"]).split("/")
                values = {str(name): value for name, value in row.items() if name not in shelf.KEYS}
                self._rows[launch, int(replicate)] = {
                    name: None if np.isnan(value) else float(value) for name, value in values.items()
                }
        self.found = len(self._rows)

    def known(self, launch: str, replicate: int) -> Metrics | None:
        """What is known of this play."""
        return self._rows.get((launch, replicate))

    def add(self, launch: str, replicate: int, found: Metrics) -> Metrics:
        """Remember a play. Raises EnvironmentFailure when the folder cannot be written."""
        with self._lock:
            self._rows[launch, replicate] = found
            if self._held is not None:
                keys = {"run_id": f"{launch}/{replicate}", "scenario_id": self._scenario, "setting_id": "plays"}
                self._waiting.append(
                    keys | {"strategy": launch[:12], "replicate": replicate, "seed": self._seed} | found
                )
                if len(self._waiting) >= PLAYS or time.monotonic() - self._written > SECONDS:
                    self._write()
        return found

    def answer(self, found: dict[str, Any]) -> None:
        """Write what was found beside the plays, where there is a folder."""
        with self._lock:
            self._write()
        if self._held is not None:
            self._held.write_answer(found)

    def _write(self) -> None:
        if self._held is not None and self._waiting:
            self._held.add(self._waiting)
            self._waiting = []
        self._written = time.monotonic()

    def close(self) -> None:
        """Write what waits."""
        with self._lock:
            self._write()


@contextlib.contextmanager
def kept(
    folder: Path | None,
    scenario: Scenario,
    kind: str,
    seed: int,
    resume: bool = False,
    graph: Path | None = None,
    direction: str | None = None,
) -> Iterator[Book]:
    """A book in FOLDER (None: in memory), for the command KIND on SCENARIO and GRAPH, a file or a stored folder.

    Leaving it for any reason, Ctrl-C included, writes every finished play.  Raises UserError where FOLDER holds
    something else, or results without RESUME, and EnvironmentFailure.
    """
    if folder is None:
        yield Book()
        return
    text = read.write(scenario)
    inputs: dict[str, str | Path] = {f"{scenario.name}.toml": text}
    if graph is not None:
        # A stored graph's recipe and checksums are JSON beside its arrays.
        files = sorted(graph.glob("*.json")) if graph.is_dir() else [graph]
        inputs |= {f"graph/{file.name}": file for file in files if file.is_file()}
    manifest = provenance.manifest(kind, seed, inputs, {"scenario": scenario.name, "direction": direction or ""})
    design = pd.DataFrame({"scenario_id": [scenario.name], "setting_id": ["plays"]})
    with shelf.Shelf.hold(folder, manifest, {scenario.name: text}, design, resume=resume) as held:
        plays = Book(held, scenario.name, seed)
        try:
            yield plays
        finally:
            plays.close()
