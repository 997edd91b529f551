"""What the planning rooms claim, measured: stylised facts of hiring, the proxy by goal, the error of a race.

    python -m benchmarks.planning facts|sizes|goals|race [--accounts N] [--replicates N] [--jobs N] [--json FILE]

facts  V32, V33 of the validation list, on the preset `nokia_n8`
sizes  V25, V26: small KOLs, so it wants a million accounts
goals  rank correlation and error of the proxy against full simulation, with intervals, with and without weights
race   how often `sim.results.selection` picks a strategy that is not within the margin, on synthetic outcomes
"""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from sim.graph.follower_graph import FollowerGraph
from sim.model import stage as stage_room
from sim.planning import baselines, candidates, judgement, proxy, trials
from sim.planning.candidates import Candidate, Table
from sim.results import metrics, selection
from sim.runs import compare as comparing
from sim.runs import request
from sim.scenario.schema import Scenario

PRESET = "nokia_n8"
SIZES = (3_000_000, 1_000_000, 300_000, 100_000, 30_000, 10_000)  # followers of one KOL, top tier to small
FITS = (0.1, 0.7, 0.2, 0.6, 0.3, 0.8, 0.4, 0.9)
GOALS = ("reach", "reads", "non_follower_reads", "reposts", "messages", "comments", "new_followers", "orders")
BUDGET = 400_000
TABLES = 24  # random tables of candidates behind V32


class House:
    """One scenario, its graph, and plays that nobody repeats."""

    def __init__(self, accounts: int, replicates: int, jobs: int):
        self.scenario: Scenario = request.scenario(PRESET, accounts)
        self.graph: FollowerGraph = comparing.grow_graph(self.scenario, jobs)
        self.luck = range(replicates)
        self.jobs = jobs

    def table(self, given: Sequence[Candidate], budget: float) -> tuple[Table, trials.Trials]:
        """GIVEN seated under BUDGET, and their plays."""
        seated = candidates.seat(self.scenario, given, budget)
        stage = stage_room.set_stage(seated.scenario, self.graph)
        return seated, trials.Trials(seated.scenario, stage, metrics.goal("reach"), seed=1, jobs=self.jobs)


def fact(
    number: str, text: str, target: str, values: np.ndarray, holds: bool, more: Any = None, resampled: bool = False
) -> dict[str, Any]:
    """One row: the mean of VALUES with its interval (RESAMPLED: their middle 95%), and whether TARGET is met."""
    ends = np.quantile(values, [0.025, 0.975]).tolist() if resampled else trials.estimate(values)["ci95"]
    return {
        "id": number,
        "fact": text,
        "target": target,
        "mean": float(values.mean()),
        "ci95": ends,
        "n": int(values.size),
        "holds": holds,
        "more": more,
    }


def facts(house: House) -> list[dict[str, Any]]:
    """V32, V33."""
    return [reallocation(house), repetition(house)]


def by_size(house: House) -> list[dict[str, Any]]:
    """V25: messages per fee by tier; V26: how messages rise with the money, for one KOL and for more of them."""
    given = [Candidate(name=f"size_{size}", followers=size) for size in SIZES]
    table, plays = house.table(given, 1e9)
    singles = [table.strategy((i,)) for i in range(len(given))]
    found = plays.outcomes([table.strategy(()), *singles], house.luck)["messages"]
    alone = found[:, 1:] - found[:, :1]
    per_fee = 1000.0 * alone.mean(axis=0) / table.cost
    one = _slopes(np.log(table.cost), alone)
    rows = _resampled(alone)
    ratio = rows[:, 1:4].mean(axis=1) / rows[:, 0] * table.cost[0] / table.cost[1:4].mean()
    rising = bool((np.diff(per_fee[::-1]) > 0).all())
    own, plays = house.table(candidates.of_cast(house.scenario), 1e9)
    steps = [own.strategy(tuple(range(n))) for n in range(1, len(own.given) + 1)]
    found = plays.outcomes([own.strategy(()), *steps], house.luck)["messages"]
    more = _slopes(np.log(np.cumsum(own.cost)), found[:, 1:] - found[:, :1])
    accepted = "0.46 (accept 0.3 to 0.9)"
    return [
        fact(
            "V25",
            "messages per RMB of KOLs with 100,000 to 1 million followers over those of one with 3 million",
            "no monotone rise with size",
            ratio,
            not rising,
            {str(size): float(value) for size, value in zip(SIZES, per_fee, strict=True)},
            resampled=True,
        ),
        fact(
            "V26",
            "elasticity of messages to the fee, across single KOLs of 10,000 to 3 million followers",
            accepted,
            one,
            bool(0.3 <= one.mean() <= 0.9),
            resampled=True,
        ),
        fact(
            "V26",
            "the same when the preset's eight KOLs are added one by one, the largest first",
            accepted,
            more,
            bool(0.3 <= more.mean() <= 0.9),
            resampled=True,
        ),
    ]


def _resampled(brought: np.ndarray) -> np.ndarray:
    """Means of replicates drawn again, float64[resamples, columns]."""
    generator = np.random.default_rng(20100817)
    return np.asarray(brought[generator.integers(0, brought.shape[0], (400, brought.shape[0]))].mean(axis=1))


def _slopes(money: np.ndarray, brought: np.ndarray) -> np.ndarray:
    """Slope of ln(messages) over ln(money), float64[resamples]: replicates drawn again."""
    return np.array([np.polyfit(money, np.log(np.maximum(one, 1e-9)), 1)[0] for one in _resampled(brought)])


def reallocation(house: House) -> dict[str, Any]:
    """V32: what the proxy's roster gains over the largest audiences at the same budget, over random tables."""
    gains = []
    for number in range(TABLES):
        generator = np.random.default_rng([number, 32])
        sizes = np.exp(generator.uniform(np.log(5e4), np.log(3e6), 12))
        fees = (500.0 + 0.02 * sizes) * np.exp(generator.normal(0.0, 0.5, 12))
        given = [
            Candidate(name=f"kol_{i}", followers=round(size), fee=round(fee), fit=float(fit))
            for i, (size, fee, fit) in enumerate(zip(sizes, fees, generator.uniform(0.2, 0.8, 12), strict=True))
        ]
        table, plays = house.table(given, float(0.3 * fees.sum()) + 5_000.0)
        carry = proxy.Proxy(table, plays.stage, 1)
        ours, _ = baselines.greedy(table, carry)
        largest = baselines.fill(table, np.array([float(one.followers) for one in given]))
        found = plays.outcomes([table.strategy(ours), table.strategy(largest)], house.luck)["reach"].mean(axis=0)
        gains.append(found[0] / found[1] - 1.0)
    values = np.array(gains)
    return fact(
        "V32",
        "reach of the roster that `choose` finds over that of the largest audiences, same budget, same luck",
        "+10% to +30%",
        values,
        bool(values.mean() >= 0.1),
        {"tables": TABLES, "gains": gains},
    )


def repetition(house: House) -> dict[str, Any]:
    """V33: what a KOL's second post adds to reach, over the first."""
    given = candidates.of_cast(house.scenario)
    table, plays = house.table(given, 1e9)
    once = [
        table.strategy((i,)).model_copy(
            update={"posts": tuple(line.model_copy(update={"times": 1}) for line in table.strategy((i,)).posts)}
        )
        for i in range(len(given))
    ]
    rest = table.rest.model_copy(
        update={"posts": tuple(line.model_copy(update={"times": 1}) for line in table.rest.posts)}
    )
    twice = [
        plan.model_copy(
            update={
                "posts": tuple(
                    line.model_copy(update={"times": 2 if line.by in table.roles else 1, "every": 24.0})
                    for line in plan.posts
                )
            }
        )
        for plan in once
    ]
    found = plays.outcomes([rest, *once, *twice], house.luck)["reach"]
    first = found[:, 1 : len(given) + 1] - found[:, :1]
    second = found[:, len(given) + 1 :] - found[:, 1 : len(given) + 1]
    ratios = second.mean(axis=1) / np.maximum(first.mean(axis=1), 1e-9)
    return fact(
        "V33",
        "reach added by a KOL's second post (a day later) over the first's, mean of eight KOLs",
        "below 0.7",
        ratios,
        bool(ratios.mean() < 0.7),
    )


def goals(house: House) -> list[dict[str, Any]]:
    """The proxy by goal: single KOLs that differ in size and fit, weighted and unweighted, against simulation."""
    given = [
        one.model_copy(update={"fit": fit}) for one, fit in zip(candidates.of_cast(house.scenario), FITS, strict=True)
    ]
    table, plays = house.table(given, BUDGET)
    plain = proxy.Proxy(table, plays.stage, 1)
    singles = range(len(given))
    asked = [table.strategy(()), *(table.strategy((i,)) for i in singles)]
    found = trials.steady(plays.outcomes(asked, house.luck))
    rows = []
    for goal in GOALS:
        carry = proxy.Proxy(table, plays.stage, 1, goal=metrics.goal(goal))
        brought = found[goal][:, 1:] - found[goal][:, :1]
        row: dict[str, Any] = {"goal": goal}
        for name, one in (("weighted", carry), ("unweighted", plain)):
            thought = np.array([one.reach((i,)) for i in singles]) - one.reach(())
            thought *= brought.mean(axis=0).sum() / thought.sum()
            told = judgement.agreement(thought, brought)
            if name == "weighted":
                row["rank"] = told["rank_correlation"]
                row["rank_ci95"] = told["rank_correlation_ci95"]
                row["corrected"] = told["rank_correlation_corrected"]
                row["reliability"] = told["reliability"]
                row["error"], row["error_ci95"] = told["error"], told["error_ci95"]
            else:
                row["unweighted_rank"], row["unweighted_error"] = told["rank_correlation"], told["error"]
        rows.append(row)
    return rows


# --- the race -------------------------------------------------------------------------------------

MARGIN = 1.0
CASES = (
    "slippage", "near ties", "exact ties", "monotone", "one bad", "skewed slippage", "skewed near ties",
    "lopsided slippage",
)  # fmt: skip


def synthetic(case: str, k: int, rounds: int, generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Outcomes float64[rounds * BATCH, k] of matched luck (correlation 0.5), and the true means float64[k].

    The standard deviation of one replicate is 4 margins; strategy 0 is the best.
    """
    means = np.zeros(k)
    if "slippage" in case:
        means[1:] = -MARGIN
    elif case in ("near ties", "skewed near ties"):
        means[1:] = -MARGIN * generator.uniform(0.0, 0.5, k - 1)
    elif case == "monotone":
        means = -MARGIN * np.arange(k, dtype=np.float64)
    elif case == "one bad":
        means[-1] = -10.0 * MARGIN
    n = rounds * selection.BATCH
    common, own = generator.standard_normal((n, 1)), generator.standard_normal((n, k))
    z = np.sqrt(0.5) * common + np.sqrt(0.5) * own
    sigma = np.full(k, 0.0)
    if case.startswith("skewed"):  # lognormal, skewness 4
        sigma[:] = 0.83
    elif case.startswith("lopsided"):  # the best lives on rare hits (skewness 33), the others hardly (skewness 1)
        sigma[0], sigma[1:] = 1.5, 0.3
    if sigma.any():  # mean 0 and standard deviation 1 as before
        z = (np.exp(sigma * z - sigma**2 / 2) - 1.0) / np.sqrt(np.exp(sigma**2) - 1.0)
    return means + 4.0 * MARGIN * z, means


def races(case: str, k: int, number: int, seed: int = 1, most: int = 1_600) -> dict[str, Any]:
    """NUMBER races: how often the winner is not within the margin of the best, and what they cost."""
    wrong = undecided = 0
    plays: list[int] = []
    rounds = most // selection.BATCH
    for n in range(number):
        generator = np.random.default_rng([seed, CASES.index(case), k, n])
        outcomes, means = synthetic(case, k, rounds, generator)
        batches = outcomes.reshape(rounds, selection.BATCH, k).mean(axis=1)
        race = selection.Race(batches[: selection.FIRST], MARGIN)
        standing = race.standing
        for row in batches[selection.FIRST :]:
            if standing.winner is not None:
                break
            standing = race.feed(row)
        plays.append(sum(standing.played) * selection.BATCH)
        if standing.winner is None:
            undecided += 1
        else:
            # A whole margin behind is wrong (slippage); less is as good as the best.
            wrong += bool(means[standing.winner] <= means[0] - MARGIN * (1.0 - 1e-9))
    return {
        "case": case,
        "k": k,
        "races": number,
        "wrong": wrong / number,
        "undecided": undecided / number,
        "plays": float(np.mean(plays)),
        "plays_without_race": float(k * most),
    }


def race(number: int = 400) -> list[dict[str, Any]]:
    """Every case with 2, 10 and 30 strategies."""
    return [races(case, k, number) for case in CASES for k in (2, 10, 30)]


def markdown(rows: list[dict[str, Any]]) -> str:
    """ROWS as one table."""
    names = [name for name in rows[0] if name not in ("more", "p10", "p90")]
    lines = ["| " + " | ".join(names) + " |", "|" + "---|" * len(names)]
    for row in rows:
        cells = []
        for name in names:
            value = row[name]
            if isinstance(value, list):
                value = " to ".join(f"{end:.3g}" for end in value)
            cells.append(f"{value:.3g}" if isinstance(value, float) else str(value))
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main() -> None:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("facts", "sizes", "goals", "race"))
    parser.add_argument("--accounts", type=int, default=150_000)
    parser.add_argument("--replicates", type=int, default=24)
    parser.add_argument("--races", type=int, default=400)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    if given.what == "race":
        rows = race(given.races)
    else:
        house = House(given.accounts, given.replicates, given.jobs)
        rows = {"facts": facts, "sizes": by_size, "goals": goals}[given.what](house)
    sys.stdout.write(markdown(rows) + "\n")
    if given.json is not None:
        given.json.write_text(json.dumps(rows, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
