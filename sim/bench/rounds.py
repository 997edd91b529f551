"""Ours and a peer in turn: rates from alternating rounds, and whether both mean the same.

Each round plays both on the same workload and seeds, each in CPU seconds of its
own thread.  Rates are medians over rounds, so a neighbour on the machine that
disturbs a few rounds changes nothing; the quartiles of the ratio by round say
how calm it was.  The sizes of all rounds stand for the answer: a Welch test
must not tell ours from the peer's.
"""

import time
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from scipy import stats

from sim.bench import peers, workloads
from sim.planning import spread

SHORT = {0.01: ".01", peers.WEIGHTED: "weighted cascade"}
SURELY_DIFFERENT = 1e-5  # probability of so large a gap between two that mean the same


class Pace(NamedTuple):
    """How long to look: rounds, and CPU seconds per side and round (a peer plays at least LEAST cascades)."""

    rounds: int
    seconds: float
    least: int = 2


class Row(NamedTuple):
    """One line of the table; OURS and THEIRS in the unit of METRIC, None where a side did not run."""

    peer: str
    workload: str
    metric: str
    ours: float | None
    theirs: float | None
    ratio: float | None


class Agreement(NamedTuple):
    """What both sides answered in the rounds of a row.

    ours, theirs            accounts reached, mean over all rounds
    ours_error, theirs_error  its standard error
    gap                     difference in standard errors
    probability             of a gap at least as large between two that mean the same (Welch)
    quartiles               of the ratio of rates by round
    sampler                 of ours (`sim.kernels.spread`)
    """

    peer: str
    workload: str
    metric: str
    sampler: str
    rounds: int
    ours: float
    ours_error: float
    theirs: float
    theirs_error: float
    gap: float
    probability: float
    agree: bool
    quartiles: tuple[float, float]


def title(contest: peers.Contest) -> str:
    """The workload's name in the table."""
    model = "" if contest.model == peers.CASCADE else ", linear threshold"
    return f"{contest.workload} {SHORT[contest.chance]}{model}"


def ours(cascades: spread.Cascades, seeds: np.ndarray, count: int, seed: int) -> peers.Played:
    """COUNT cascades of our own from SEEDS (int32[n]), timed like a peer's."""
    began = time.thread_time()
    found = cascades.spread(seeds, max(count, 2), seed)
    return peers.Played(found.sizes, time.thread_time() - began)


def compare(contest: peers.Contest, load: workloads.Workload, pace: Pace) -> Iterator[tuple[Row, Agreement]]:
    """Ours against CONTEST: a row per sampler of ours that answers the same question."""
    contest.play(1)  # what is done once is not counted
    one = contest.play(pace.least)
    theirs_count = max(int(pace.least * pace.seconds / max(one.seconds, 1e-6)), pace.least)
    uniform = contest.chance != peers.WEIGHTED and contest.model == peers.CASCADE
    for same_worlds in (False, True) if uniform else (False,):
        cascades = spread.Cascades(load.graph, contest.chance, same_worlds, contest.model)
        ours(cascades, load.seeds, 2, 0)
        count = max(int(8 * pace.seconds / max(ours(cascades, load.seeds, 8, 0).seconds, 1e-6)), 4)
        mine, other = [], []
        for turn in range(pace.rounds):
            mine.append(ours(cascades, load.seeds, count, turn + 1))
            other.append(contest.play(theirs_count))
        metric = "cascades/s, same worlds" if same_worlds else "cascades/s"
        yield judged(contest, metric, cascades.sampler, mine, other)


def judged(
    contest: peers.Contest, metric: str, sampler: str, mine: list[peers.Played], other: list[peers.Played]
) -> tuple[Row, Agreement]:
    """The row and the agreement of alternating rounds MINE and OTHER."""
    rates = np.array([[played.sizes.size / max(played.seconds, 1e-9) for played in side] for side in (mine, other)])
    fast, slow = np.median(rates, axis=1)
    row = Row(contest.peer, title(contest), metric, float(fast), float(slow), float(fast / slow))
    sizes = [np.concatenate([played.sizes for played in side]).astype(float) for side in (mine, other)]
    means = [float(side.mean()) for side in sizes]
    errors = [float(side.std(ddof=1) / np.sqrt(side.size)) for side in sizes]
    gap = means[0] - means[1]
    error = float(np.hypot(errors[0], errors[1]))
    chance = float(stats.ttest_ind(*sizes, equal_var=False).pvalue) if error > 0.0 else float(gap == 0.0)
    low, high = np.quantile(rates[0] / rates[1], (0.25, 0.75))
    return row, Agreement(
        *row[:3], sampler, len(mine), means[0], errors[0], means[1], errors[1],
        gap / error if error > 0.0 else 0.0, chance, chance > SURELY_DIFFERENT, (float(low), float(high)),
    )  # fmt: skip


def two_threads(load: workloads.Workload, chance: peers.Chance, pace: Pace) -> Row:
    """Wall time of two threads against one: worlds side by side, the same bits."""
    cascades = spread.Cascades(load.graph, chance)
    one = ours(cascades, load.seeds, 8, 0).seconds
    count = int(max(8 * 4 * pace.seconds / max(one, 1e-6), 8))

    def rate(threads: int) -> float:
        began = time.perf_counter()
        cascades.spread(load.seeds, count, 1, threads)
        return count / (time.perf_counter() - began)

    rates = np.array([(rate(1), rate(2)) for _ in range(pace.rounds)])
    single, double = np.median(rates, axis=0)
    metric = "cascades/s of wall time, 2 threads against 1"
    return Row("Dandelion, 1 thread", f"{load.name} {SHORT[chance]}", metric, float(double), float(single),
               float(double / single))  # fmt: skip


def alone(load: workloads.Workload, chance: peers.Chance, pace: Pace) -> Row:
    """Our own rate, where no peer ran beside us."""
    cascades = spread.Cascades(load.graph, chance)
    ours(cascades, load.seeds, 2, 0)
    count = max(int(8 * pace.seconds / max(ours(cascades, load.seeds, 8, 0).seconds, 1e-6)), 4)
    rates = [count / max(ours(cascades, load.seeds, count, turn + 1).seconds, 1e-9) for turn in range(pace.rounds)]
    return Row("none", f"{load.name} {SHORT[chance]}", "cascades/s", float(np.median(rates)), None, None)


def recorded(rows: list[Row], measured: set[str]) -> Iterator[Row]:
    """Figures from elsewhere for peers that did not run here (names in MEASURED did), beside our own rate here."""
    for (peer, name, chance), rate in peers.ELSEWHERE.items():
        if peer.split()[0] in measured:
            continue
        workload = f"{name} {SHORT[chance]}"
        mine = next((row.ours for row in rows if row.workload == workload and row.metric == "cascades/s"), None)
        ratio = None if mine is None else mine / rate
        yield Row(f"{peer} ({peers.RECORDED})", workload, "cascades/s", mine, rate, ratio)
