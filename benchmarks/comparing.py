"""What `dandelion compare` costs, preset by preset, on one thread and on several.

    python -m benchmarks.comparing [PRESET,...] [--replicates 16] [--jobs 2] [--rounds 3] [--json FILE]

The graph is grown and the kernels are loaded before the clock starts.  Rounds alternate between one job and several, so
that a busy machine disturbs both; the middle round counts.  Every number of jobs gives the same outcomes, or the
program fails.
"""

import argparse
import json
import statistics
import time
from pathlib import Path
from typing import Any

import pandas as pd

from sim.graph.follower_graph import FollowerGraph
from sim.runs import compare
from sim.scenario import read
from sim.scenario.schema import Scenario

SCENARIOS = Path(__file__).parent.parent / "scenarios"


def played(scenario: Scenario, graph: FollowerGraph, replicates: int, jobs: int) -> tuple[float, float, pd.DataFrame]:
    """Seconds on the wall, seconds of CPU, outcomes."""
    wall, cpu = time.perf_counter(), time.process_time()
    found = compare.compare(scenario, graph=graph, replicates=replicates, jobs=jobs)
    return time.perf_counter() - wall, time.process_time() - cpu, found.outcomes


def measured(name: str, replicates: int, jobs: int, rounds: int) -> dict[str, Any]:
    """One preset: milliseconds of CPU a run, seconds on the wall alone and with JOBS, and how many times faster."""
    scenario = read.read(name, Scenario)
    graph = compare.grow_graph(scenario, 1)
    played(scenario, graph, 1, 1)
    alone, several = [], []
    for _ in range(rounds):
        one, other = played(scenario, graph, replicates, 1), played(scenario, graph, replicates, jobs)
        pd.testing.assert_frame_equal(one[2], other[2], check_exact=True)
        alone.append(one[:2])
        several.append(other[:2])
    runs = len(one[2])
    wall = {1: statistics.median(w for w, _ in alone), jobs: statistics.median(w for w, _ in several)}
    return {
        "preset": name,
        "runs": runs,
        "ms_a_run": 1000.0 * statistics.median(c for _, c in alone) / runs,
        "wall_alone": wall[1],
        "wall_together": wall[jobs],
        "times_faster": statistics.median(w / v for (w, _), (v, _) in zip(alone, several, strict=True)),
    }


def main() -> None:
    """Print a line per preset as it is measured."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("presets", nargs="?", default=",".join(sorted(path.stem for path in SCENARIOS.glob("*.toml"))))
    asked.add_argument("--replicates", type=int, default=16)
    asked.add_argument("--jobs", type=int, default=2)
    asked.add_argument("--rounds", type=int, default=3)
    asked.add_argument("--json", type=Path)
    given = asked.parse_args()
    print(f"{'preset':<24} {'runs':>5} {'CPU ms a run':>13} {'s alone':>8} {f's, {given.jobs} jobs':>10} {'times':>6}")
    found = []
    for name in given.presets.split(","):
        one = measured(name, given.replicates, given.jobs, given.rounds)
        found.append(one)
        print(
            f"{name:<24} {one['runs']:>5} {one['ms_a_run']:>13.2f} {one['wall_alone']:>8.2f} "
            f"{one['wall_together']:>10.2f} {one['times_faster']:>6.2f}",
            flush=True,
        )
    if given.json is not None:
        given.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
