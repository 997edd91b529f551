"""What a sweep adds to the plays themselves: throughput as a ratio, memory of many tiny runs.

python -m benchmarks.bench_sweep throughput [threads|dask]   1,000 runs of about 30 ms on 2 workers
python -m benchmarks.bench_sweep memory [threads|dask]       300,000 runs of about 10 us
python -m benchmarks.bench_sweep rows                        10 million rows opened, queried, reported on
"""

import os
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numba
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from sim.results import query, shelf, sweep_page
from sim.results.metrics import METRICS
from sim.runs import design, stages, sweep, workers
from sim.scenario import read
from sim.scenario.schema import Scenario

JOBS = 2
STEPS = 200_000_000


@numba.njit(nogil=True)
def spin(steps, seed):
    state = np.uint64(seed)
    for _ in range(steps):
        state = state * np.uint64(6364136223846793005) + np.uint64(1442695040888963407)
    return float(state >> np.uint64(11))


class Spinner:
    """Plays by spinning STEPS steps."""

    steps = STEPS

    def __init__(self, recipe: stages.Recipe) -> None:
        self.seed = recipe.seed
        spin(1, 1)

    def __call__(self, task: stages.Task) -> stages.Result:
        return stages.play_task(task, self.seed, lambda setting: self.one)

    def one(self, strategy, replicate, seed):
        return {"reach": spin(self.steps, seed)}, None


class Tiny(Spinner):
    """Plays of about 10 us."""

    steps = 10


def plan(runs: int) -> design.Plan:
    knob = {"name": "response.repost_rate", "values": (0.005, 0.01, 0.02, 0.03)}
    wanted = design.Sweep(scenarios=("nokia_n8",), strategies=("mixed",), replicates=runs // 4, knobs=(knob,))
    return design.of(wanted, {"nokia_n8": read.read("nokia_n8", Scenario)})


def alone(runs: int) -> float:
    """Seconds of the plays themselves on JOBS bare threads."""
    spin(1, 1)
    began = time.perf_counter()
    with ThreadPoolExecutor(JOBS) as pool:
        list(pool.map(lambda seed: spin(STEPS, seed), range(runs)))
    return time.perf_counter() - began


def swept(engine: workers.Engine, runs: int, make=Spinner, progress=None) -> float:
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        summary = sweep.run(plan(runs), Path(folder) / "out", engine=engine, make=make, progress=progress)
        seconds = time.perf_counter() - began
    assert (summary.played, summary.failed) == (runs, 0)
    return seconds


def throughput(name: str, runs: int = 1_000, rounds: int = 3) -> float:
    """The kernel's time over the sweep's, from alternating rounds."""
    ratios = []
    with workers.engine(name, JOBS) as engine:
        swept(engine, 8)
        for _ in range(rounds):
            ratios.append(alone(runs) / swept(engine, runs))
            print(f"{name}: {runs} runs, ratio {ratios[-1]:.3f}", flush=True)
    return float(np.median(ratios))


def memory(name: str, runs: int = 300_000) -> None:
    """Resident memory of this command and of every worker while one sweep of tiny runs goes on."""
    with workers.engine(name, JOBS) as engine:
        pids = [os.getpid()]
        if isinstance(engine, workers.Dask):
            pids += sorted(engine.client.run(os.getpid).values())
        marks = [runs // 30, runs // 3, runs * 2 // 3, runs * 9 // 10]

        def progress(_text: str, done: int, _total: int) -> None:
            if marks and done >= marks[0]:
                marks.pop(0)
                held = " ".join(f"{resident(pid):.0f}" for pid in pids)
                print(f"{name}: {done:>9,} runs, MB of the command and its workers: {held}", flush=True)

        seconds = swept(engine, runs, Tiny, progress)
    print(f"{name}: {runs:,} runs in {seconds:.1f} s", flush=True)


def resident(pid: int) -> float:
    """Resident memory of a process in MB."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def rows(count: int = 10_000_000) -> None:
    """Seconds and peak memory of opening, querying and reporting on COUNT rows."""
    settings, replicates, strategies = 10_000, count // 30_000, ("a", "b", "c")
    rng = np.random.default_rng(1)
    table = pd.DataFrame({"scenario_id": "toy", "setting_id": [f"s{n:015d}" for n in range(settings)]})
    table["knob"], table["other"] = rng.random(settings), rng.random(settings)
    about = {
        "kind": "latin_hypercube", "goal": "reach", "knobs": ["knob", "other"], "references": [],
        "strategies": {"toy": list(strategies)}, "titles": {},
    }  # fmt: skip
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "out"
        with shelf.Shelf.hold(folder, {"kind": "sweep", "identity": {}, "sweep": about}, {}, table) as held:
            for replicate in range(replicates):
                n, s = (part.ravel() for part in np.meshgrid(np.arange(settings), np.arange(3), indexing="ij"))
                values = rng.normal() + 0.1 * rng.normal(size=n.size) + n * s
                columns = {
                    "run_id": [f"{replicate:08d}{a:08d}{b:04d}" for a, b in zip(n, s, strict=True)],
                    "scenario_id": ["toy"] * n.size,
                    "setting_id": [f"s{a:015d}" for a in n],
                    "strategy": [strategies[b] for b in s],
                    "replicate": np.full(n.size, replicate, np.int32),
                    "seed": np.full(n.size, replicate, np.uint64),
                }
                held.add_table(pa.table({**columns, **{name: values + k for k, name in enumerate(METRICS)}}))
            held.merge()
        size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
        print(f"{replicates * settings * 3:,} rows, {size / 1e9:.2f} GB on disk", flush=True)
        measured_apart(folder)


def measured_apart(folder: Path) -> None:
    """Each job in a process of its own, so that its peak is its own."""
    import subprocess

    for job in ("open", "query", "report"):
        subprocess.run([sys.executable, "-m", "benchmarks.bench_sweep", job, str(folder)], check=True)


def one_job(job: str, folder: str) -> None:
    began = time.perf_counter()
    if job == "open":
        found = len(shelf.open(folder))
    elif job == "query":
        found = len(query.query(folder, "select strategy, avg(reach), stddev(reach) from runs group by 1"))
    else:
        found = len(sweep_page.page(Path(folder)))
    # Not ru_maxrss: that one remembers the process that started this one.
    status = Path("/proc/self/status").read_text().split()
    peak = int(status[status.index("VmHWM:") + 1]) / 1024
    print(f"{job}: {found:,} in {time.perf_counter() - began:.1f} s, peak {peak:.0f} MB", flush=True)


@pytest.mark.parametrize("engine", ["threads", "dask"])
def test_throughput(benchmark, engine):
    with workers.engine(engine, JOBS) as chosen:
        swept(chosen, 8)
        benchmark.group = "sweep, 200 runs of about 30 ms on 2 workers"
        bare = alone(200)
        seconds = benchmark.pedantic(swept, args=(chosen, 200), rounds=1)
    benchmark.extra_info["share of the kernel's own rate"] = round(bare / seconds, 3)


if __name__ == "__main__":
    job, *rest = sys.argv[1:]
    if job in ("open", "query", "report"):
        one_job(job, rest[0])
    elif job == "rows":
        rows(*map(int, rest))
    else:
        from benchmarks import bench_sweep  # by its name, so that workers find it too

        print(getattr(bench_sweep, job)(rest[0] if rest else "threads"))
