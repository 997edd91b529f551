"""How much luck do rival launches share?  Correlation and variance of matched differences, and monotone coupling.

    python benchmarks/coupling.py                    (two cores, a few minutes)
    python benchmarks/coupling.py --accounts 20000 --replicates 40

Prints Markdown; docs/coupling.md holds the run of record.  `gain` is the
variance of the difference of two independent runs over that of two matched
runs: as many times fewer replicates give the same interval.
"""

import argparse
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from sim.kernels import ledger
from sim.model import cascade, launch
from sim.model import stage as stage_room
from sim.runs import compare
from sim.scenario import read
from sim.scenario.schema import Scenario

METRICS = ("reads", "reach", "reposts", "comments", "messages")
Run = Callable[[int], cascade.Cascade]


def measured(run: cascade.Cascade) -> list[float]:
    """The METRICS of a run, in simulated accounts."""
    reads, reposts, comments = (float(part.sum()) for part in (run.tally.reads, run.tally.reposts, run.tally.comments))
    reach = float((run.tally.watch["first"] < ledger.NEVER).sum())
    return [reads, reach, reposts, comments, reposts + comments]


def outcomes(run: Run, replicates: int, threads: int) -> np.ndarray:
    """float64[replicates, METRICS]: RUN under the luck of each replicate."""
    seeds = [compare.replicate_seed(2026, replicate) for replicate in range(replicates)]
    with ThreadPoolExecutor(threads) as pool:
        return np.array(list(pool.map(lambda seed: measured(run(seed)), seeds)))


def table(title: str, one: np.ndarray, other: np.ndarray) -> None:
    """One Markdown row per metric; ONE and OTHER float64[replicates, METRICS] under matched luck."""
    for m, metric in enumerate(METRICS):
        a, b = one[:, m], other[:, m]
        correlation, apart, difference = shared(a, b)
        gain = f"{(apart / difference) ** 2:,.1f}" if difference > 0 else "no difference at all"
        print(
            f"| {title} | {metric} | {a.mean():,.1f} | {b.mean():,.1f} | {difference:,.1f} "
            f"| {apart:,.1f} | {correlation:.4f} | {gain} |",
            flush=True,
        )


def shared(a: np.ndarray, b: np.ndarray) -> tuple[float, float, float]:
    """(correlation, sd of the difference of independent runs, sd of that of the matched ones)."""
    apart = float(np.var(a, ddof=1) + np.var(b, ddof=1)) ** 0.5
    return float(np.corrcoef(a, b)[0, 1]), apart, float((b - a).std(ddof=1))


def lost(fewer: cascade.Cascade, more: cascade.Cascade) -> tuple[int, int]:
    """Accounts that repost in FEWER, and how many of them do not in MORE."""

    def reposters(run: cascade.Cascade) -> set[int]:
        posts = run.post_count
        return set(run.posts.account[:posts][run.posts.parent[:posts] >= 0].tolist())

    before = reposters(fewer)
    return len(before), len(before - reposters(more))


def conditions(stage: stage_room.Stage) -> list[tuple[str, dict[str, float], dict[str, Any]]]:
    """What is switched off, step by step, until adding a post can only add reposts."""
    reads = {"second_read": 1.0, "later_reads": 1.0}
    originals = {"saturation": 0.0, "click_bare": 0.0, "click_commented": 0.0, "quality_peers": 0.0}
    flat = {"flat": 1, "clock_spread": 0.0}
    quiet = {"peer_rate": stage.answer.peer_rate / 4.0}
    return [
        ("as shipped", {}, {}),
        ("every read counts alike", reads, {}),
        ("no saturation", {"saturation": 0.0}, {}),
        ("reads alike, no saturation, no click-through, peers blind to quality", reads | originals, {}),
        ("the same, flat day, one pace", reads | originals, flat),
        ("the same, peer_rate / 4: hardly anyone reads it more often than counts", reads | originals | quiet, flat),
    ]


def _seeded(strategy: launch.Strategy, kols: Sequence[str]) -> launch.Strategy:
    """STRATEGY with each call of "kols" addressed to KOLS alone."""
    posts = [
        action.model_copy(update={"by": name})
        for action in strategy.posts
        for name in (kols if action.by == "kols" else (action.by,))
    ]
    return launch.Strategy(posts=tuple(posts))


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--scenario", default="nokia_n8")
    parser.add_argument("--accounts", type=int, default=100_000)
    parser.add_argument("--replicates", type=int, default=100)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    scenario = read.read(options.scenario, Scenario).with_accounts(options.accounts)
    stage = stage_room.set_stage(scenario, compare.grow_graph(scenario, options.threads))

    def planned(strategy: launch.Strategy, on: stage_room.Stage) -> Run:
        def run(seed: int) -> cascade.Cascade:
            plan = launch.plan(strategy, stage.casting, scenario.contents, on.answer, on.hours, seed)
            return cascade.play(on, plan, seed)

        return run

    def changed(**rates: float) -> stage_room.Stage:
        return stage_room.under(stage, stage.answer._replace(**rates), stage.attention)

    seeding = scenario.strategies["celebrity_seeding"]
    kols = [role.name for role in stage.casting.called("kols")]
    fewer, more = (_seeded(seeding, names) for names in (kols[:-1], kols))

    def found(run: Run) -> np.ndarray:
        return outcomes(run, options.replicates, options.threads)

    base, everyone = found(planned(seeding, stage)), found(planned(more, stage))
    print(f"{options.scenario}, {stage.accounts:,} accounts, {options.replicates} replicates\n")
    print("| B against A | metric | mean A | mean B | sd of B - A | sd, independent | correlation | gain |")
    print("|---|---|---:|---:|---:|---:|---:|---:|")
    for title, on in (
        ("the same", stage),
        ("repost_rate +5%", changed(repost_rate=stage.answer.repost_rate * 1.05)),
        ("peer_rate +5%", changed(peer_rate=stage.answer.peer_rate * 1.05)),
        ("both rates +5%", changed(
            repost_rate=stage.answer.repost_rate * 1.05, peer_rate=stage.answer.peer_rate * 1.05)),
    ):  # fmt: skip
        table(title, base, found(planned(seeding, on)))
    table("one KOL more", found(planned(fewer, stage)), everyone)
    print("\n| all against all but | share of the celebrities' audience | metric | correlation | gain ", end="")
    print("| sd of B - A over the sd of that KOL alone |\n|---|---:|---|---:|---:|---:|", flush=True)
    heads = {role.name: float(role.heads.sum()) for role in stage.casting.called("kols")}
    for kol in kols:
        without = found(planned(_seeded(seeding, [name for name in kols if name != kol]), stage))
        own = tuple(post for post in more.posts if post.by == kol)
        alone = found(planned(launch.Strategy(posts=own), stage))
        for m, metric in enumerate(METRICS):
            correlation, apart, difference = shared(without[:, m], everyone[:, m])
            print(
                f"| {kol} | {heads[kol] / sum(heads.values()):.0%} | {metric} | {correlation:.4f} "
                f"| {(apart / difference) ** 2:,.1f} | {difference / alone[:, m].std(ddof=1):.2f} |",
                flush=True,
            )
    print("\n| conditions | account-runs that reposted | of them lost when one KOL posts as well | share |")
    print("|---|---:|---:|---:|", flush=True)
    for title, rates, attention in conditions(stage):
        on = stage_room.under(stage, stage.answer._replace(**rates), stage.attention._replace(**attention))
        with ThreadPoolExecutor(options.threads) as pool:
            seeds = [compare.replicate_seed(2026, replicate) for replicate in range(options.replicates)]
            low, high = planned(fewer, on), planned(more, on)
            counts = np.array(list(pool.map(lambda seed, low=low, high=high: lost(low(seed), high(seed)), seeds)))
        reposted, missing = counts.sum(axis=0)
        print(f"| {title} | {reposted:,} | {missing:,} | {missing / max(reposted, 1):.2e} |")


if __name__ == "__main__":
    main()
