"""Monte Carlo spread side by side with every peer that this machine has.

    python -m benchmarks.peers [--quick] [--json FILE] [--chart FILE.svg]

Ours and a peer run in turn on the same workload, seeds and cores, each in CPU
seconds of its own thread.  A busy machine can only slow either, and slows the
one with the larger memory more: the fastest round of each is compared, the
median of the ratios by round stands beside it.  The means must agree within 5 standard errors, or the
comparison stops.  Peers that exist only as source code cannot be built from a
package: their figures were recorded on another machine and are marked so, with
our rate measured here.  Peers that are not installed are named.
"""

import argparse
import array
import contextlib
import functools
import importlib.metadata
import importlib.util
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from benchmarks import bound, workloads
from sim.planning import spread

Chance = float | str
RECORDED = "recorded, other machine"
NOT_RUN = "not run here; recorded, other machine"
WEIGHTED = "weighted_cascade"
SHORT = {0.01: ".01", WEIGHTED: "weighted cascade"}

# Cascades per second that a 4-core Zen 4 machine recorded in November 2026, one thread.
ELSEWHERE = {
    ("Ripples simulator", "W1", 0.01): 534.0,
    ("Ripples simulator", "EPI", 0.01): 590.0,
    ("Ripples simulator", "W1", WEIGHTED): 243.0,
    ("Ripples simulator", "EPI", WEIGHTED): 1370.0,
    ("graph-tool 2.45", "W1", 0.01): 19_035 / 960,
    ("EoN 2.0", "W1", 0.01): 19_035 / 5_000,
    ("NDlib 6.0.1", "W1", 0.01): 19_035 / 19_000,
}


class Contest(NamedTuple):
    """A peer ready to run: play(n) runs n cascades and returns their mean size and its standard error."""

    peer: str
    workload: str
    chance: Chance
    model: str
    play: Callable[[int], tuple[float, float]]


def mean_and_error(sizes: list[int]) -> tuple[float, float]:
    return statistics.fmean(sizes), float(np.std(sizes, ddof=1) / np.sqrt(len(sizes)))


def cynetdiff(load: workloads.Workload, chance: Chance, model: str) -> Contest:
    """CyNetDiff (C++ through Cython), its own loop from Python as its documentation shows."""
    from cynetdiff import models

    starts, edges = array.array("I"), array.array("I")
    starts.frombytes(load.indptr[:-1].astype(np.uint32).tobytes())
    edges.frombytes(load.followers.astype(np.uint32).tobytes())
    if model == "linear_threshold":
        peer = models.LinearThresholdModel(starts, edges)
    elif chance == WEIGHTED:
        weights = array.array("f")
        weights.frombytes((1.0 / load.followees[load.followers]).astype(np.float32).tobytes())
        peer = models.IndependentCascadeModel(starts, edges, activation_probs=weights)
    else:
        peer = models.IndependentCascadeModel(starts, edges, activation_prob=chance)
    peer.set_rng(np.random.default_rng(1))
    peer.set_seeds(load.seeds.tolist())

    def play(count: int) -> tuple[float, float]:
        sizes = []
        for _ in range(count):
            peer.reset_model()
            peer.advance_until_completion()
            sizes.append(peer.get_num_activated_nodes())
        return mean_and_error(sizes)

    return Contest(f"CyNetDiff {importlib.metadata.version('cynetdiff')}", load.name, chance, model, play)


def as_networkx(load: workloads.Workload) -> Any:
    import networkx as nx

    graph = nx.DiGraph()
    graph.add_nodes_from(range(load.indptr.size - 1))
    sources = np.repeat(np.arange(load.indptr.size - 1), np.diff(load.indptr))
    graph.add_edges_from(zip(sources.tolist(), load.followers.tolist(), strict=True))
    return graph


def eon(load: workloads.Workload, chance: float, graph: Any) -> Contest:
    """EoN's discrete SIR, which is the independent cascade when everybody recovers after one step."""
    import EoN

    rng = np.random.default_rng(1)

    def play(count: int) -> tuple[float, float]:
        seeds = load.seeds.tolist()
        sizes = [
            int(EoN.basic_discrete_SIR(graph, chance, initial_infecteds=seeds, rng=rng)[3][-1]) for _ in range(count)
        ]
        return mean_and_error(sizes)

    return Contest(f"EoN {importlib.metadata.version('EoN')}", load.name, chance, "independent_cascade", play)


def ndlib(load: workloads.Workload, chance: float, graph: Any) -> Contest:
    """NDlib's independent cascades, iterated until nobody is newly infected."""
    from ndlib.models import ModelConfig, epidemics

    config = ModelConfig.Configuration()
    for edge in graph.edges():
        config.add_edge_configuration("threshold", edge, chance)
    config.add_model_initial_configuration("Infected", load.seeds.tolist())
    peer = epidemics.IndependentCascadesModel(graph)
    peer.set_initial_status(config)

    def play(count: int) -> tuple[float, float]:
        sizes = []
        for _ in range(count):
            peer.reset(infected_nodes=load.seeds.tolist())
            counts = peer.iteration(node_status=False)["node_count"]
            while counts[1]:
                counts = peer.iteration(node_status=False)["node_count"]
            sizes.append(counts[2])
        return mean_and_error(sizes)

    return Contest(f"NDlib {importlib.metadata.version('ndlib')}", load.name, chance, "independent_cascade", play)


GRAPH_TOOL = """
import json, sys, time
import numpy as np
try:
    import graph_tool, graph_tool.dynamics as dynamics
except ImportError:
    sys.exit(3)
load = np.load(sys.argv[1])
count = int(sys.argv[2])
sources = np.repeat(np.arange(load["indptr"].size - 1), np.diff(load["indptr"]))
graph = graph_tool.Graph(directed=True)
graph.add_vertex(load["indptr"].size - 1)
graph.add_edge_list(np.column_stack([sources, load["indices"]]))
graph_tool.openmp_set_num_threads(1)
sizes, begin = [], time.process_time()
for _ in range(count):
    start = graph.new_vertex_property("int32_t", val=0)
    start.a[load["seeds"]] = 1
    state = dynamics.SIRState(graph, beta=0.01, gamma=1.0, s=start)
    while (state.get_state().a == 1).any():
        state.iterate_sync()
    sizes.append(int((state.get_state().a == 2).sum()))
taken = time.process_time() - begin
print(json.dumps({"version": graph_tool.__version__.split()[0], "seconds": taken, "sizes": sizes}))
"""


def graph_tool(name: str, count: int) -> dict[str, Any] | None:
    """graph-tool under the system's Python (Debian: python3-graph-tool), or None where it cannot be imported."""
    interpreter = Path("/usr/bin/python3")
    if not interpreter.is_file():
        return None
    workloads.load(name)
    command = [str(interpreter), "-c", GRAPH_TOOL, str(workloads.kept(name)), str(count)]
    with contextlib.suppress(OSError, subprocess.SubprocessError, ValueError):
        done = subprocess.run(command, capture_output=True, text=True, timeout=1200, check=True)
        return dict(json.loads(done.stdout))
    return None


def timed(job: Callable[[], Any]) -> tuple[float, Any]:
    """CPU seconds of this thread, and the answer."""
    begin = time.thread_time()
    answer = job()
    return time.thread_time() - begin, answer


def played(cascades: spread.Cascades, load: workloads.Workload, count: int, seed: int) -> tuple[float, float]:
    answer = cascades.spread(load.seeds, max(count, 2), seed)
    return answer.mean, answer.error


def compare(contest: Contest, load: workloads.Workload, rounds: int, slice_seconds: float) -> Iterator[dict[str, Any]]:
    """Ours against CONTEST, round by round: one row per sampler of ours."""
    contest.play(2)
    one, _ = timed(lambda: contest.play(2))
    theirs_count = max(int(2 * slice_seconds / one), 2)
    for paired in (False, True) if contest.chance == 0.01 and contest.model == "independent_cascade" else (True,):
        cascades = spread.Cascades(load.graph, contest.chance, paired, contest.model)
        played(cascades, load, 2, 0)
        one, _ = timed(lambda cascades=cascades: played(cascades, load, 8, 0))
        count = max(int(8 * slice_seconds / one), 4)
        ratios, ours, theirs, means = [], [], [], []
        for turn in range(rounds):
            taken, mine = timed(functools.partial(played, cascades, load, count, turn + 1))
            taken_there, other = timed(lambda: contest.play(theirs_count))
            ours.append(count / taken)
            theirs.append(theirs_count / taken_there)
            ratios.append(ours[-1] / theirs[-1])
            means.append((mine, other))
        agree(contest, means)
        model = "" if contest.model == "independent_cascade" else " (linear threshold)"
        yield {
            "peer": contest.peer,
            "workload": f"{load.name} {SHORT[contest.chance]}{model}",
            "metric": "cascades/s" + (", same worlds" if paired and cascades.sampler == "level" else ""),
            "ours": max(ours),
            "theirs": max(theirs),
            "ratio": max(ours) / max(theirs),
            "ratio_median": statistics.median(ratios),
            "sampler": cascades.sampler,
            "rounds": rounds,
            "note": "measured here",
        }


def agree(contest: Contest, means: list[tuple[tuple[float, float], tuple[float, float]]]) -> None:
    """Both mean the same thing: the means over all rounds lie within 5 standard errors."""
    ours, theirs = np.array([mine for mine, _ in means]), np.array([other for _, other in means])
    gap = ours[:, 0].mean() - theirs[:, 0].mean()
    error = np.sqrt((ours[:, 1] ** 2).sum() + (theirs[:, 1] ** 2).sum()) / len(means)
    if abs(gap) > 5 * error:
        raise SystemExit(f"{contest.peer} on {contest.workload}: means differ by {gap:.1f}, standard error {error:.1f}")


def scaling(load: workloads.Workload, chance: Chance) -> dict[str, Any]:
    """Wall time of two threads against one: replicates side by side."""
    cascades = spread.Cascades(load.graph, chance)
    one, _ = timed(lambda: played(cascades, load, 8, 0))
    count = int(max(8 * 0.5 / one, 8))

    def wall(threads: int) -> float:
        begin = time.perf_counter()
        cascades.spread(load.seeds, count, 1, threads)
        return time.perf_counter() - begin

    pairs = [(wall(1), wall(2)) for _ in range(7)]
    return {
        "peer": "Dandelion, 1 thread",
        "workload": f"{load.name} {SHORT[chance]}",
        "metric": "cascades/s of wall time, 2 threads against 1",
        "ours": count / min(two for _, two in pairs),
        "theirs": count / min(single for single, _ in pairs),
        "ratio": min(single for single, _ in pairs) / min(two for _, two in pairs),
        "note": "measured here",
    }


def recorded(rows: list[dict[str, Any]], measured: set[str]) -> Iterator[dict[str, Any]]:
    """Figures from elsewhere for the peers that did not run, beside our own rate here."""
    for (peer, name, chance), rate in ELSEWHERE.items():
        if peer.split()[0] in measured:
            continue
        workload = f"{name} {SHORT[chance]}"
        ours = [row["ours"] for row in rows if row["workload"] == workload and row["metric"] == "cascades/s"]
        yield {
            "peer": peer,
            "workload": workload,
            "metric": "cascades/s",
            "ours": ours[0] if ours else None,
            "theirs": rate,
            "ratio": ours[0] / rate if ours else None,
            "note": RECORDED if peer.startswith("Ripples") else NOT_RUN,
        }


def machine() -> dict[str, Any]:
    """Processor, cores, versions."""
    model = platform.processor()
    with contextlib.suppress(OSError):
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        model = next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    versions = {}
    for name in ("numpy", "numba", "llvmlite", "cynetdiff", "EoN", "ndlib", "networkx"):
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            versions[name] = importlib.metadata.version(name)
    return {"cpu": model, "cores": os.cpu_count(), "python": platform.python_version(), "versions": versions}


def measure(quick: bool = False, say: Callable[[str], None] = lambda line: None) -> dict[str, Any]:
    """Everything as one object: rows, bound, absent workloads and peers, machine."""
    names = ("W1", "EPI") if quick else ("W1", "EPI", "W2")
    rounds, slice_seconds = (5, 0.06) if quick else (15, 0.15)
    rows: list[dict[str, Any]] = []
    absent: list[str] = []
    measured: set[str] = set()
    have = {name: importlib.util.find_spec(name) is not None for name in ("cynetdiff", "EoN", "ndlib")}
    loads = {}
    for name in names:
        try:
            loads[name] = workloads.load(name)
        except workloads.MissingError as missing:
            absent.append(str(missing))
            say(f"skipped: {missing}")
    for name, load in loads.items():
        slow = slice_seconds * (4 if name == "W2" else 1)
        jobs: list[tuple[Chance, str]] = [(0.01, "independent_cascade"), (WEIGHTED, "independent_cascade")]
        if name == "W1":
            jobs.append((WEIGHTED, "linear_threshold"))
        for chance, model in jobs if have["cynetdiff"] else []:
            say(f"CyNetDiff, {name} {SHORT[chance]}, {model}")
            rows += compare(cynetdiff(load, chance, model), load, rounds, slow)
            measured.add("CyNetDiff")
        if name == "W1" and not quick and (have["EoN"] or have["ndlib"]):
            graph = as_networkx(load)
            for present, build in ((have["EoN"], eon), (have["ndlib"], ndlib)):
                if present:
                    say(f"{build.__name__}, {name} .01")
                    contest = build(load, 0.01, graph)
                    rows += list(compare(contest, load, 3, slice_seconds))[:1]
                    measured.add(contest.peer.split()[0])
    if not quick and "W1" in loads and (there := graph_tool("W1", 5)):
        rate = len(there["sizes"]) / there["seconds"]
        ours = next(row["ours"] for row in rows if row["workload"] == "W1 .01")
        peer = f"graph-tool {there['version']}"
        rows.append({"peer": peer, "workload": "W1 .01", "metric": "cascades/s", "ours": ours, "theirs": rate,
                     "ratio": ours / rate, "note": "measured here, its own process"})  # fmt: skip
        measured.add("graph-tool")
    absent += [peer for peer, found in have.items() if not found]
    absent += [] if "graph-tool" in measured else ["graph-tool (Debian: python3-graph-tool)"]
    if not quick:
        rows += [scaling(loads[name], chance) for name in ("W1", "W2") if name in loads for chance in (0.01, WEIGHTED)]
    rows += recorded(rows, measured)
    say("the bound")
    bounds = [row for name in (("W1",) if quick else ("W1", "W2")) for row in bound.measure(name)]
    return {"rows": rows, "bound": {"fractions": bounds}, "absent": absent, "machine": machine(), "quick": quick}


def markdown(answer: dict[str, Any]) -> str:
    """The tables for a reader."""
    lines = ["| peer | workload | metric | ours | theirs | ratio | median by round | |"]
    lines.append("|---|---|---|---:|---:|---:|---:|---|")
    for row in answer["rows"]:
        ours, theirs, ratio = (
            "" if row[key] is None else f"{row[key]:,.{digits}f}"
            for key, digits in (("ours", 0), ("theirs", 1), ("ratio", 1))
        )
        median = f"{row['ratio_median']:,.1f}" if "ratio_median" in row else ""
        cells = (row["peer"], row["workload"], row["metric"], ours, theirs, ratio, median, row["note"])
        lines.append("| " + " | ".join(cells) + " |")
    lines += ["", bound.table(answer["bound"]["fractions"]), ""]
    if answer["absent"]:
        lines += ["Absent here: " + "; ".join(answer["absent"]) + ".", ""]
    where = answer["machine"]
    versions = ", ".join(f"{name} {version}" for name, version in where["versions"].items())
    lines.append(f"{where['cpu']}, {where['cores']} cores; Python {where['python']}, {versions}.")
    return "\n".join(lines)


def chart(answer: dict[str, Any], path: Path) -> None:
    """Ratios as bars on a logarithmic scale (SVG, text as text)."""
    import matplotlib as mpl

    mpl.use("svg")
    from matplotlib import pyplot as plt

    plt.rcParams["svg.fonttype"] = "none"
    plt.rcParams["svg.hashsalt"] = "dandelion"
    rows = [row for row in answer["rows"] if row["ratio"] and not row["peer"].startswith("Dandelion")]
    names = [f"{row['peer']}, {row['workload']}" + (", same worlds" if "same" in row["metric"] else "") for row in rows]
    figure, axes = plt.subplots(figsize=(9, 0.34 * len(rows) + 1.2), layout="constrained")
    colours = ["#2f6f8f" if row["note"].startswith("measured") else "#b9c7cf" for row in rows]
    bars = axes.barh(names, [row["ratio"] for row in rows], color=colours)
    axes.bar_label(bars, labels=[f"{row['ratio']:,.0f}x" for row in rows], padding=3)
    axes.set_xscale("log")
    axes.set_xlim(1, 3 * max(row["ratio"] for row in rows))
    axes.invert_yaxis()
    axes.set_xlabel("cascades per second, ours over theirs, one thread\n(light: recorded on another machine)")
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)


def stay_on_one_core() -> None:
    """The last core this process may use, where the system lets us say so."""
    if hasattr(os, "sched_setaffinity"):
        cores = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, set(cores[-2:]))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers", description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="W1 and EPI against CyNetDiff, three short rounds")
    parser.add_argument("--json", type=Path, help="write the figures here")
    parser.add_argument("--chart", type=Path, help="write the chart here (SVG)")
    options = parser.parse_args()
    stay_on_one_core()
    answer = measure(options.quick, lambda line: print(line, file=sys.stderr))
    print(markdown(answer))
    if options.json:
        options.json.write_text(json.dumps(answer, indent=1) + "\n", encoding="utf-8")
    if options.chart:
        chart(answer, options.chart)


if __name__ == "__main__":
    main()
