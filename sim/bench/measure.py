"""The whole measurement: peers, agreement, scaling, bound; one object that `table` shows and writes."""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sim.bench import bound, launches, machine, peers, rounds, table, workloads
from sim.bench.peers import CASCADE, THRESHOLD, WEIGHTED
from sim.bench.rounds import Agreement, Pace, Row
from sim.kernels import compiled, memory
from sim.planning import spread
from sim.results import disk

Progress = Callable[[str, int, int], None]
JOBS: tuple[tuple[str, peers.Chance, spread.Model], ...] = (
    ("W1", 0.01, CASCADE), ("W1", WEIGHTED, CASCADE), ("W1", WEIGHTED, THRESHOLD),
    ("EPI", 0.01, CASCADE), ("EPI", WEIGHTED, CASCADE),
    ("W2", 0.01, CASCADE), ("W2", WEIGHTED, CASCADE),
)  # fmt: skip
PACE, QUICK = Pace(15, 0.15), Pace(5, 0.05)
SLOW_PACE, SLOW_QUICK = Pace(3, 0.15, 4), Pace(3, 0.05, 4)  # peers that need a second per cascade
BOUND_ROUNDS, BOUND_QUICK = 31, 7
LAUNCH, LAUNCH_QUICK = 1_000_000, 100_000  # accounts


class Bench:
    """One measurement: what was found so far, and how it goes on.

    quick     fewer and shorter rounds; slow peers on W0 instead of W1
    progress  told (what, steps done, steps in all)
    """

    def __init__(self, quick: bool, progress: Progress):
        self.quick = quick
        self.progress = progress
        self.rows: list[Row] = []
        self.agreement: list[Agreement] = []
        self.bound: dict[str, dict[str, Any]] = {}
        self.absent: list[dict[str, str]] = []
        self.measured: set[str] = set()
        self.loads: dict[str, workloads.Workload] = {}
        self.steps = [self._kernels, self._workloads, *(lambda job=job: self._fast(*job) for job in JOBS)]
        self.steps += [self._slow, self._threads, self._spread_bound, self._launch_bound, self._elsewhere]
        self.told = 0

    def run(self) -> dict[str, Any]:
        """Everything, in an order that shows the most asked for first."""
        began = time.perf_counter()
        here = machine.describe()
        for step in self.steps:
            step()
            self.told += 1
        self.progress("measured", self.told, len(self.steps))
        return {
            "rows": self.rows,
            "bound": self.bound,
            "agreement": self.agreement,
            "absent": self.absent,
            "versions": machine.versions(),
            "machine": here,
            "quick": self.quick,
            "seconds": time.perf_counter() - began,
        }

    def _say(self, what: str) -> None:
        self.progress(what, self.told, len(self.steps))

    def _kernels(self) -> None:
        """Machine code for everything, so that no round waits for it."""
        self._say("kernels")
        compiled.everything()
        small = workloads.from_keys("tiny", 1000, workloads.chung_lu(1000, 5000, 1))
        ways: list[tuple[peers.Chance, bool, spread.Model]] = [(0.1, False, CASCADE), (0.1, True, CASCADE)]
        ways += [(WEIGHTED, False, CASCADE), (WEIGHTED, False, THRESHOLD)]
        for chance, same, model in ways:
            spread.spread(small.graph, small.seeds, chance, 2, 1, same, model)
        there = bound.Memory(1 << 16)
        memory.read_at_places(there.halves, there.halves[:4], 2)

    def _workloads(self) -> None:
        for name in ("W0", "W1", "EPI", "W2"):
            self._say(f"workload {name}")
            try:
                self.loads[name] = workloads.load(name)
            except workloads.MissingError as missing:
                self.absent.append({"peer": f"workload {name}", "install": str(missing)})
        self.here = peers.available()
        self.absent += [
            {"peer": peer, "install": peers.INSTALL[peer]} for peer, found in self.here.items() if not found
        ]

    def _fast(self, name: str, chance: peers.Chance, model: spread.Model) -> None:
        """CyNetDiff, on every workload."""
        self._say(f"CyNetDiff, {name} {rounds.SHORT[chance]}")
        if self.here["CyNetDiff"] and name in self.loads:
            load = self.loads[name]
            pace = QUICK if self.quick else PACE
            if name == "W2":
                pace = pace._replace(seconds=4 * pace.seconds)
            self._hold(peers.cynetdiff(load, chance, model), load, pace)

    def _slow(self) -> None:
        """EoN, NDlib and graph-tool: seconds per cascade, so one workload."""
        load = self.loads["W0" if self.quick else "W1"]
        pace = SLOW_QUICK if self.quick else SLOW_PACE
        if self.here["EoN"] or self.here["NDlib"]:
            self._say(f"networkx graph of {load.name}")
            graph = peers.as_networkx(load)
            for peer, build in (("EoN", peers.eon), ("NDlib", peers.ndlib)):
                if self.here[peer]:
                    self._say(f"{peer}, {load.name} .01")
                    self._hold(build(load, 0.01, graph), load, pace, first_only=True)
        if self.here["graph-tool"]:
            self._say(f"graph-tool, {load.name} .01")
            with peers.graph_tool(load, 0.01) as contest:
                self._hold(contest, load, pace, first_only=True)

    def _hold(self, contest: peers.Contest, load: workloads.Workload, pace: Pace, first_only: bool = False) -> None:
        for row, agreement in rounds.compare(contest, load, pace):
            self.rows.append(row)
            self.agreement.append(agreement)
            self.measured.add(contest.peer.split()[0])
            if first_only:
                break

    def _threads(self) -> None:
        """Two threads against one, where there are two cores."""
        if len(os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else range(os.cpu_count() or 1)) > 1:
            for name in ("W1", "W2"):
                for chance in (0.01, WEIGHTED):
                    self._say(f"2 threads, {name} {rounds.SHORT[chance]}")
                    pace = Pace(3, 0.05) if self.quick else Pace(9, 0.1)
                    self.rows.append(rounds.two_threads(self.loads[name], chance, pace))

    def _spread_bound(self) -> None:
        for name in ("W1", "W2"):
            for chance in (0.01, WEIGHTED):
                self._say(f"bound, {name} {rounds.SHORT[chance]}")
                self._bound(bound.measure(self.loads[name], chance, BOUND_QUICK if self.quick else BOUND_ROUNDS))

    def _launch_bound(self) -> None:
        self._say("bound, launch")
        self._bound(launches.measure(LAUNCH_QUICK if self.quick else LAUNCH, BOUND_QUICK))

    def _bound(self, one: dict[str, Any]) -> None:
        self.bound[one.pop("workload")] = one

    def _elsewhere(self) -> None:
        """What peers that did not run here did on another machine, beside our rate here."""
        pace = QUICK if self.quick else PACE
        for name, chance, _ in (job for job in JOBS if job[2] == CASCADE and job[0] in self.loads):
            title = f"{name} {rounds.SHORT[chance]}"
            if not any(row.workload == title and row.metric == "cascades/s" for row in self.rows):
                self._say(f"ours alone, {title}")
                self.rows.append(rounds.alone(self.loads[name], chance, pace))
        self.rows += rounds.recorded(self.rows, self.measured)


def bench(quick: bool, progress: Progress) -> dict[str, Any]:
    """Measure everything that this machine can; see `Bench`."""
    return Bench(quick, progress).run()


def keep(found: dict[str, Any], folder: Path, as_json: str) -> None:
    """bench.md, bench.svg and bench.json (the text AS_JSON) in FOLDER, each whole or not at all."""
    disk.make_folder(folder)
    disk.write_whole(folder / "bench.json", as_json.encode())
    disk.write_whole(folder / "bench.md", (table.markdown(found) + "\n").encode())
    disk.write_whole(folder / "bench.svg", table.chart(found).encode())
