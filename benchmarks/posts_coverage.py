"""Do the intervals of `calibrate SCENARIO --observed` hold the truth as often as they say?

    python -m benchmarks.posts_coverage [--sets 100] [--posts 24] [--kind counts|trees] [--seed 1]

Every data set is a brand whose posts are played by the campaign itself (its own listed followers, its own kernel
path), with a truth drawn at random; the fit sees what a planner's spreadsheet holds.  Of the sets, 95% should have
the truth inside the interval; the standard error is given. To save time the sets share banks of trials, made at
the true number of posts read in a session; a fit of one's own makes its bank at the fitted number.
"""

import argparse
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd

from sim.fit import own, posts
from sim.fit import trials as trials_room
from sim.graph import grow
from sim.kernels import links
from sim.model import cascade, launch
from sim.model.stage import Stage, set_stage
from sim.scenario.schema import Scenario

ACCOUNTS = 60_000
DAYS = 16.0
WEEK_HOURS = 48.0  # posts stand in the first two days, so that each is followed for a fortnight
START = datetime(2012, 5, 7, tzinfo=posts.CHINA)
FOLLOWERS = 0.15  # of the market
KINDS = ("counts", "trees")
ITEMS = (45.0, 80.0, 140.0)  # posts read in a session: a bank of trials is made for each, as a fit would make its own


@dataclass(frozen=True)
class Truth:
    """What one data set was made with."""

    quality: float
    spread: float
    comments: float
    comment_spread: float
    items: float
    peer: float
    scale: float

    def named(self) -> dict[str, float]:
        """By the fitted parameters' names."""
        return {
            "contents.launch.quality": self.quality,
            "contents.launch.quality_doubt": self.spread,
            "contents.launch.comments": self.comments,
            "response.comment_spread": self.comment_spread,
            "attention.items_read": self.items,
            "response.peer_rate": self.peer,
            "attention.delay_scale": self.scale,
        }


def scenario(truth: Truth | None = None, accounts: int = ACCOUNTS) -> Scenario:
    """A brand with a few thousand followers on a market as large as the simulation, so that a count is a count."""
    changes: dict[str, Any] = {
        "name": "own_posts",
        "start": START,
        "days": DAYS,
        "market": accounts,
        "graph": {"accounts": accounts},
        "cast": {"brand": {"followers": round(FOLLOWERS * accounts), "fit": 0.5}},
        "strategies": {"brand_only": {"posts": [{"by": "brand"}]}},
    }
    if truth is not None:
        content = {"quality": truth.quality, "quality_doubt": truth.spread, "comments": truth.comments}
        changes["contents"] = {"launch": content}
        changes["attention"] = {"items_read": truth.items, "delay_scale": truth.scale}
        changes["response"] = {"comment_spread": truth.comment_spread, "peer_rate": truth.peer}
    return Scenario.model_validate(changes)


def truths(count: int, kind: str, seed: int) -> list[Truth]:
    """COUNT truths; what a kind of data cannot tell stays as declared."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(count):
        u = rng.random(7)
        truth = Truth(
            quality=float(np.exp(np.log(8) + np.log(8) * u[0])),
            spread=float(np.exp(np.log(0.3) + np.log(4) * u[1])),
            comments=float(np.exp(np.log(0.5) + np.log(6) * u[2])),
            comment_spread=float(0.4 + 0.7 * u[3]),
            items=80.0,
            peer=0.23,
            scale=1750.0,
        )
        if kind == "trees":
            truth = replace(truth, peer=float(0.16 + 0.14 * u[5]), scale=float(np.exp(np.log(900) + np.log(4) * u[6])))
        else:
            truth = replace(truth, items=ITEMS[int(u[4] * len(ITEMS))])
        found.append(truth)
    return found


def played(stage: Stage, declared: Scenario, when: np.ndarray, seeds: np.ndarray) -> posts.Posts:
    """Each post in a launch of its own: what a planner would have noted down."""
    rows, delays = [], []
    for hour, seed in zip(when, seeds, strict=True):
        strategy = launch.Strategy(posts=(launch.Action(by="brand", at=float(hour)),))
        plan = launch.plan(strategy, stage.casting, declared.contents, stage.answer, stage.hours, int(seed))
        run = cascade.play(stage, plan, int(seed))
        size = run.post_count
        second = run.posts.second[:size].astype(float)
        direct = second[1:][run.posts.parent[1:size] == 0] - second[0]
        moment = START + timedelta(hours=float(hour))
        rows.append(
            {
                "when": moment,
                "second": moment.weekday() * 86_400 + moment.hour * 3_600 + moment.minute * 60,
                "followers": float(round(FOLLOWERS * declared.market)),
                "reposts": float(size - 1),
                "comments": float(run.tally.comments.sum()),
                "reads": float(run.tally.reads.sum()),
                "content": "",
                "direct": float(direct.size),
            }
        )
        delays.append(np.sort(direct))
    return posts.Posts(pd.DataFrame(rows), delays, "simulated.csv")


def study(
    sets: int, count: int, kind: str, seed: int, threads: int, trials: int | None = None, accounts: int = ACCOUNTS
) -> Iterator[tuple[Truth, own.Fit]]:
    """Truths and what was fitted to their posts; the bank of trials is made once, for all posts together."""
    declared = scenario(accounts=accounts)
    graph = grow.grow(links.Growth(accounts=accounts), threads=threads)
    drawn = truths(sets, kind, seed)
    rng = np.random.default_rng(seed + 1)
    hours = np.sort(rng.uniform(0.0, WEEK_HOURS, (sets, count)), axis=1)
    seeds = rng.integers(1, 2**40, (sets, count))

    def made(number: int) -> posts.Posts:
        true = scenario(drawn[number], accounts)
        found = played(set_stage(true, graph), true, hours[number], seeds[number])
        if kind == "trees":
            return replace(found, frame=found.frame.assign(reads=np.nan))
        return posts.Posts(found.frame.assign(direct=np.nan), [], found.source)

    with ThreadPoolExecutor(threads) as pool:
        observed = list(pool.map(made, range(sets)))
    together = posts.Posts(
        pd.concat([part.frame for part in observed], ignore_index=True),
        [waits for part in observed for waits in part.delays],
        "all",
    )
    banks = {}
    for items in sorted({truth.items for truth in drawn}):
        laws = trials_room.laws_of(declared.changed({"attention": {"items_read": items}}))
        setting = trials_room.Setting(declared, graph, laws)
        banks[items] = own.bank_of(setting, together, seed, threads, trials, lambda *_: None)
    for truth, part in zip(drawn, observed, strict=True):
        yield truth, own.fit(declared, part, graph=graph, seed=seed, threads=threads, bank=banks[truth.items])


@dataclass(frozen=True)
class Covered:
    """Of one parameter: fits, how many intervals held the truth, and the middle ratio of an interval's ends."""

    fits: int
    held: int
    width: float

    @property
    def share(self) -> float:
        """Share of the intervals that held the truth."""
        return self.held / self.fits


def coverage(found: Iterator[tuple[Truth, own.Fit]]) -> dict[str, Covered]:
    """By parameter; only those that a truth names."""
    inside: dict[str, list[bool]] = {}
    widths: dict[str, list[float]] = {}
    for truth, fitted in found:
        named = truth.named()
        for part in fitted.parameters:
            if part.name in named:
                inside.setdefault(part.name, []).append(part.low <= named[part.name] <= part.high)
                widths.setdefault(part.name, []).append(part.high / part.low)
    return {name: Covered(len(held), sum(held), float(np.median(widths[name]))) for name, held in inside.items()}


def main() -> None:
    """Print the coverage of every interval."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", type=int, default=100)
    parser.add_argument("--posts", type=int, default=24)
    parser.add_argument("--kind", choices=KINDS, default="counts")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    given = parser.parse_args()
    found = coverage(study(given.sets, given.posts, given.kind, given.seed, given.threads))
    print("| parameter | intervals | held the truth | high / low, median |\n|---|---|---|---|")
    for name, part in found.items():
        error = np.sqrt(part.share * (1 - part.share) / part.fits)
        print(f"| `{name}` | {part.fits} | {part.share:.1%} +- {error:.1%} | {part.width:.2f} |")


if __name__ == "__main__":
    main()
