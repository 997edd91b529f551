"""A pilot: a few plays before the run, which say what no rule of thumb can.

How many replicates the wanted interval needs, on whose posts the reads hang,
whether the same people are met again and again, what a play costs here.
"""

import math
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from sim.graph.follower_graph import FollowerGraph
from sim.model import course as course_room
from sim.model import schedule
from sim.model.stage import Stage, set_stage
from sim.results import contrast, metrics, sequential
from sim.runs import compare as comparing
from sim.runs import leaving
from sim.runs.play import measure, play
from sim.scenario.schema import Scenario

REPLICATES = 8
LARGEST = 1_000_000  # accounts up to which a pilot is short enough to be played unasked
OFTEN = 4  # reads of the same launch by one person, from which further ones count nothing
CROWD = 0.4  # share of the readers who met it that often, from which an audience counts as saturated
WHOLE = 0.6  # share of the active accounts reached, likewise
Z = 1.96


def pilot(
    scenario: Scenario,
    graph: FollowerGraph,
    *,
    replicates: int = REPLICATES,
    seed: int = 1,
    jobs: int | None = None,
    progress: comparing.Progress | None = None,
    cancel: threading.Event | None = None,
) -> dict[str, Any]:
    """What REPLICATES plays of every strategy show; JSON-plain.

    replicates_needed  by the wanted width of the differences to the strategy ahead (None: undefined or one strategy)
    strategies         per strategy: mean goal, reads per reader, share of its readers met OFTEN times, share of all
                       active accounts reached, the account through whose posts most reads come, with their share, and
                       the share of its reach that is gone without that account, same luck
    warnings           in words

    Raises CancelledError.
    """
    goal = metrics.goal(scenario.goal)
    stage = set_stage(scenario, graph)
    names = list(scenario.strategies)
    author = {int(account): role.name for role in stage.casting.roles.values() for account in role.accounts}
    began = time.perf_counter()

    def job(task: tuple[int, str]) -> tuple[dict[str, float | None], dict[str, float], dict[str, float]]:
        replicate, name = task
        if cancel is not None and cancel.is_set():
            raise comparing.CancelledError
        course = course_room.play(scenario, stage, name, comparing.replicate_seed(seed, replicate))
        outcome = measure(course.run, scenario, name)
        carried: dict[str, float] = {}
        messages = course.run.messages
        for account, reads in zip(messages.account.tolist(), messages.reads.tolist(), strict=True):
            who = author.get(account, "others")
            carried[who] = carried.get(who, 0.0) + reads
        course.close()
        return outcome.metrics, outcome.parts, carried

    tasks = [(replicate, name) for replicate in range(replicates) for name in names]
    found = []
    pool = ThreadPoolExecutor(max_workers=jobs or os.cpu_count() or 1)
    try:
        for count, one in enumerate(pool.map(job, tasks), 1):
            found.append(one)
            if progress is not None:
                progress("playing a pilot", count, len(tasks))
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
    taken = time.perf_counter() - began
    rows = {name: _row([found[i] for i in range(len(tasks)) if tasks[i][1] == name], stage) for name in names}
    _without(rows, found, scenario, stage, replicates, seed, progress, cancel)
    values = {
        metric: np.array(
            [[np.nan if one[0][metric] is None else one[0][metric] for one in found[r : r + len(names)]]
             for r in range(0, len(tasks), len(names))], float)
        for metric, _ in goal.weights
    }  # fmt: skip
    scores = goal.score(values)
    for n, name in enumerate(names):
        rows[name]["mean"] = contrast.summary(scores[:, n]).mean
    ranked = [n for n, name in enumerate(names) if not scenario.strategies[name].reference] or list(range(len(names)))
    needed = replicates_needed(scores[:, ranked], scenario.width, goal.higher_is_better)
    return {
        "replicates": replicates,
        "replicates_needed": needed,
        "seconds_per_replicate": taken / replicates,
        "strategies": rows,
        "warnings": _warnings(rows, needed, scenario),
    }


def _without(
    rows: dict[str, dict[str, Any]],
    found: list[Any],
    scenario: Scenario,
    stage: Stage,
    replicates: int,
    seed: int,
    progress: comparing.Progress | None,
    cancel: threading.Event | None,
) -> None:
    """Add to ROWS the share of each launch's reach that is gone without its largest account, under the same luck."""
    names = list(rows)
    for n, (name, row) in enumerate(rows.items()):
        row["largest_share_of_reach"] = None
        whole = np.array([found[r * len(names) + n][0]["reach"] or 0.0 for r in range(replicates)])
        if row["largest_account"] is None or whole.sum() <= 0.0:
            continue
        planned = schedule.followed(scenario, scenario.strategies[name])
        left = leaving.without(planned, scenario.cast, row["largest_account"])
        plays = scenario.model_copy(update={"strategies": {name: left}})
        rest = 0.0
        for r in range(replicates):
            if cancel is not None and cancel.is_set():
                raise comparing.CancelledError
            rest += play(plays, stage, name, comparing.replicate_seed(seed, r)).metrics["reach"] or 0.0
            if progress is not None:
                progress("leaving the largest out", n * replicates + r + 1, len(names) * replicates)
        row["largest_share_of_reach"] = float(1.0 - rest / whole.sum())


def replicates_needed(scores: np.ndarray, width: float, higher_is_better: bool) -> int | None:
    """Replicates until every difference to the column ahead is known to +- WIDTH of its mean, 95%.

    scores  float64[replicates, strategies], matched; None where undefined.  A pilot's standard deviation is itself
    known to about +- 25% for eight replicates, the number to about +- 50%.
    """
    rows = scores[np.isfinite(scores).all(axis=1)]
    if rows.shape[0] < 2:
        return None
    means = rows.mean(axis=0)
    ahead = int(np.argmax(means if higher_is_better else -means))
    gaps = rows if rows.shape[1] == 1 else np.delete(rows[:, [ahead]] - rows, ahead, axis=1)
    if means[ahead] == 0.0 or width <= 0.0:
        return None
    return max(2, math.ceil(float((Z * gaps.std(axis=0, ddof=1) / (width * abs(means[ahead]))).max() ** 2)))


def _row(
    plays: list[tuple[dict[str, float | None], dict[str, float], dict[str, float]]], stage: Stage
) -> dict[str, Any]:
    reach = sum(one[0]["reach"] or 0.0 for one in plays)
    reads = sum(one[0]["reads"] or 0.0 for one in plays)
    often = sum(one[1].get(f"frequency_{OFTEN}_or_more", 0.0) for one in plays)
    carried: dict[str, float] = {}
    for one in plays:
        for who, count in one[2].items():
            carried[who] = carried.get(who, 0.0) + count
    total = sum(carried.values())
    single = {who: count for who, count in carried.items() if who not in ("employees", "others")}
    most = max(single, key=lambda who: single[who], default=None)
    active = (1.0 - stage.attention.dormant) * stage.market
    return {
        "reads_per_reader": reads / reach if reach else None,
        # Reads are counted over all posts; where these have stories of their own, four reads are no saturation.
        "met_often": often / reach if reach and not any(one[1].get("own_stories") for one in plays) else None,
        "active_reached": reach / len(plays) / active if active else None,
        "largest_account": most,
        "largest_share_of_reads": single[most] / total if most is not None and total else None,
    }


def _warnings(rows: dict[str, dict[str, Any]], needed: int | None, scenario: Scenario) -> list[str]:
    told = []
    for name, row in rows.items():
        where = f"[strategies.{name}]"
        called = {line.by for line in schedule.followed(scenario, scenario.strategies[name]).posts}
        if (row["largest_share_of_reads"] or 0.0) > 0.5 and called - {row["largest_account"]}:
            lost = row["largest_share_of_reach"]
            reach = "" if lost is None else f", and without it {100 * lost:.0f}% of the reach is gone"
            told.append(
                f"{where} {100 * row['largest_share_of_reads']:.0f}% of all reads come through "
                f"{row['largest_account']}{reach}."
            )
        if (row["met_often"] or 0.0) > CROWD:
            told.append(
                f"{where} the audience is saturated: {100 * row['met_often']:.0f}% of its readers meet it {OFTEN} "
                "times or more, and from then on a post moves nobody."
            )
        if (row["active_reached"] or 0.0) > WHOLE:
            told.append(
                f"{where} reaches {100 * row['active_reached']:.0f}% of all active accounts: more posts find few new "
                "ones."
            )
    if needed is not None and needed > sequential.LIMIT:
        told.append(
            f"width = {scenario.width:g}: about {needed:,} replicates would be needed, auto stops at "
            f"{sequential.LIMIT}: take a wider width or a fixed number."
        )
    return told


def direction_warnings(graph: FollowerGraph) -> list[str]:
    """Whether a graph that was read looks turned around: nobody follows as many as are followed by the stars."""
    if graph.growth is not None:
        return []
    followers, followees = graph.follower_counts(), graph.followee_counts()
    if followers.size < 3 or not followers.any():
        return ["The graph has no links."]
    most, busiest = int(followers.max()), int(followees.max())
    unequal = (
        float(followees.std() / max(followees.mean(), 1e-12)),
        float(followers.std() / max(followers.mean(), 1e-12)),
    )
    if busiest > 2 * most and unequal[0] > unequal[1]:
        return [
            f"The busiest account follows {busiest:,} others, the most followed one has {most:,} followers: on "
            "microblogs it is the other way round. Is --direction right?"
        ]
    return []
