"""What a launch costs by size: accounts, links, events, CPU seconds and memory, with a stored graph and without one.

    python -m benchmarks.scaling [--accounts 100000,1000000] [--folder FOLDER] [--threads] [--json FILE] [--launch FILE]

Every size (100,000 to 100 million) plays `launch_100m.toml` with that many accounts, one luck after the other, each
setting in a process of its own: the CPU seconds of a replicate and strategy are the median of the warm ones, with every
practice of the scenario and for the cascade alone; memory is the process's peak; "a read" is what an independent random
read of 128 MB costs in the same minute, as shared machines change from hour to hour.  The market stays 100 million
people, so a smaller size is a sample of the same launch.  Graphs of more than STORED accounts are grown into FOLDER
(12 GB for 100 million; a temporary folder that is removed, if none is named) and mapped from there.  The exponents
are slopes of log CPU against log events and against log accounts.  Stored rows and rows computed on demand must give
the same outcome, bit for bit; the program fails if they do not.
"""

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np

from sim.bench import bound
from sim.graph import folder as folder_room
from sim.graph import grow
from sim.graph.follower_graph import FollowerGraph
from sim.kernels import links
from sim.model import cascade, course, launch
from sim.model import stage as stage_room
from sim.runs.play import measure
from sim.scenario import read
from sim.scenario.schema import Scenario

LAUNCH = Path(__file__).parent / "launch_100m.toml"
SIZES = (100_000, 1_000_000, 10_000_000, 100_000_000)
STORED = 10_000_000  # up to so many accounts the graph is kept in memory
REPLICATES = 5
WORKING_SET = 2**27  # bytes: the array in which a random read is timed
THREADED = 16  # replicates of the launch, shared by the threads


def graph_of(accounts: int, how: str, folder: Path) -> FollowerGraph:
    """The graph as HOW says: "stored" in memory or in FOLDER, or rows computed "on demand"."""
    growth = links.Growth(accounts=accounts)
    if how == "on demand":
        return grow.grow(growth, on_demand=True)
    if accounts <= STORED:
        return grow.grow(growth, threads=2)
    place = folder / f"graph-{accounts}"
    if not place.exists():
        folder_room.grow_into(place, growth, threads=2)
    return FollowerGraph.open(place)


def memory() -> dict[str, float]:
    """GB of this process: at its peak, and now by kind (Linux)."""
    lines = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return {key: int(lines[key].split()[0]) / 1e6 for key in ("VmHWM", "RssAnon", "RssFile") if key in lines}


def one(file: Path, accounts: int, how: str, strategy: str, folder: Path, threads: bool) -> dict[str, Any]:
    """One setting: what it took, and what came out."""
    scenario = read.read(str(file), Scenario).with_accounts(accounts)
    stage = stage_room.set_stage(scenario, graph_of(accounts, how, folder))

    def play(seed: int) -> dict[str, Any]:
        played = course.play(scenario, stage, strategy, seed)
        outcome = measure(played.run, scenario, strategy)
        run = played.run
        acts = run.post_count + run.comment_count
        found = {
            "pushes": int(run.tally.pushes.sum()),
            "reads": int(run.tally.reads.sum()),
            "acts": acts,
            "outcome": repr(sorted(outcome.metrics.items())),
        }
        played.close()
        return found

    play(0)
    cpu, found = [], []
    for seed in range(1, REPLICATES + 1):
        began = time.thread_time()
        found.append(play(seed))
        cpu.append(time.thread_time() - began)
    alone = []
    for seed in range(1, REPLICATES + 1):
        plan = launch.plan(
            scenario.strategies[strategy], stage.casting, scenario.contents, stage.answer, stage.hours, seed
        )
        began = time.thread_time()
        cascade.play(stage, plan, seed).close()
        alone.append(time.thread_time() - began)
    row = {
        "accounts": accounts,
        "links": stage.casting.graph.links if how == "stored" else stage.casting.graph.expected_links,
        "graph": how,
        "strategy": strategy,
        "cpu": float(np.median(cpu)),
        "alone": float(np.median(alone)),
        "outcomes": [each["outcome"] for each in found],
        **{key: float(np.mean([each[key] for each in found])) for key in ("pushes", "reads", "acts")},
        **memory(),
    }
    if threads:
        row["threads"] = scaling(play)
    there = bound.Memory(WORKING_SET)  # after the memory was asked for
    row["read"] = 1e9 * float(np.median([there.random() for _ in range(REPLICATES)]))
    return row


def scaling(play: Any) -> float:
    """How many times the replicates per second two threads play, against one: the same ones, whoever is free."""

    def wall(count: int) -> float:
        left = iter(range(1, 1 + THREADED))

        def work() -> None:
            for seed in left:  # one step of an iterator: two threads never take the same
                play(seed)

        workers = [threading.Thread(target=work) for _ in range(count)]
        began = time.perf_counter()
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        return time.perf_counter() - began

    wall(2)
    return wall(1) / wall(2)


def exponent(rows: list[dict[str, Any]], what: str, against: str) -> float:
    """Slope of the log of WHAT (CPU seconds) against the log of another column."""
    if len(rows) < 2:
        return math.nan
    return float(np.polyfit(np.log([row[against] for row in rows]), np.log([row[what] for row in rows]), 1)[0])


def table(rows: list[dict[str, Any]]) -> str:
    """The rows in Markdown."""
    lines = [
        "| accounts | links | graph | pushes | reads | acts | CPU s | cascade | peak GB | private | 2 threads "
        "| a read, ns |",
        "|---:|---:|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    lines += [
        f"| {row['accounts']:,} | {row['links']:,.0f} | {row['graph']} | {row['pushes']:,.0f} | {row['reads']:,.0f} | "
        f"{row['acts']:,.0f} | {row['cpu']:.3f} | {row['alone']:.3f} | {row.get('VmHWM', math.nan):.2f} | "
        f"{row.get('RssAnon', math.nan):.2f} | {row.get('threads', math.nan):.2f} | {row['read']:.1f} |"
        for row in rows
    ]
    return "\n".join(lines)


def main() -> None:
    """Every setting in a process of its own."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--accounts", default=",".join(map(str, SIZES)))
    asked.add_argument("--strategy", default="celebrities")
    asked.add_argument("--launch", type=Path, default=LAUNCH, help="another scenario, e.g. launch_100m_every.toml")
    asked.add_argument("--folder", type=Path)
    asked.add_argument("--graphs", default="stored,on demand")
    asked.add_argument("--threads", action="store_true", help="two threads against one as well")
    asked.add_argument("--json", type=Path)
    asked.add_argument("--one", nargs=2, metavar=("ACCOUNTS", "GRAPH"), help=argparse.SUPPRESS)
    given = asked.parse_args()
    if given.one:
        row = one(given.launch, int(given.one[0]), given.one[1], given.strategy, given.folder, given.threads)
        print(json.dumps(row))
        return
    with tempfile.TemporaryDirectory() as spare:
        folder = given.folder or Path(spare)
        rows = []
        for accounts in (int(size) for size in given.accounts.split(",")):
            outcomes = []
            for how in given.graphs.split(","):
                words = [sys.executable, "-m", "benchmarks.scaling", "--one", str(accounts), how]
                words += ["--strategy", given.strategy, "--folder", str(folder), *["--threads"] * given.threads]
                words += ["--launch", str(given.launch)]
                answer = subprocess.run(words, check=True, capture_output=True, text=True, env=os.environ)
                rows.append(json.loads(answer.stdout.splitlines()[-1]))
                outcomes.append(rows[-1].pop("outcomes"))
                print(f"{accounts:,} accounts, {how}: {rows[-1]['cpu']:.3f} s", file=sys.stderr, flush=True)
            if any(each != outcomes[0] for each in outcomes):
                raise SystemExit(f"{accounts:,} accounts: stored rows and rows on demand differ.")
    print(table(rows))
    for how in given.graphs.split(","):
        some = [row for row in rows if row["graph"] == how]
        for what, name in (("cpu", "CPU"), ("alone", "CPU of the cascade alone")):
            slopes = [f"{key} {exponent(some, what, key):.2f}" for key in ("reads", "acts", "pushes", "accounts")]
            print(f"\n{name} as a power ({how}): {', '.join(slopes)}")
    if given.json:
        given.json.write_text(json.dumps({"rows": rows}, indent=1) + "\n")


if __name__ == "__main__":
    main()
