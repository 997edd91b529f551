"""Reviews: customers who tell what they lived with the product, and who offer for sale what does not suit them.

Each is a story of its own, told by an ordinary account to its own followers,
in a cascade beside the launch's (as complaints are: docs/decisions/0010).  Who
could tell, and when, is people and luck; a present for telling makes more of
them, so a strategy without one meets a part of the same stories.  What people
read there counts for orders, and moves their attitude.
"""

from dataclasses import dataclass, replace
from typing import Annotated, Any

import numpy as np

from sim.kernels import draws, ledger, response, watching
from sim.model import luck, owners, spare
from sim.model.cascade import Cascade
from sim.model.casting import label
from sim.model.launch import Plan, Strategy
from sim.model.practice import Practice, nights
from sim.model.readership import merged
from sim.model.stage import Stage, followers_of
from sim.model.subjects import alike
from sim.quantities import Doc, Level, Money, Multiplier, Range, Share, Spread
from sim.section import Section

HOUR = 3600
_TELL, _SELL = label("review"), label("resale")
# Praise, question, complaint in the comments below a good story, a bad one, and an offer.
MIXES = np.array([[0.4, 0.15, 0.02], [0.05, 0.1, 0.4], [0.05, 0.4, 0.02]])
GOOD, BAD, OFFER = 0, 1, 2


class Reviews(Section):
    """Customers' stories."""

    owners: Annotated[Share, Doc("share of accounts that own the product", "assumed", doubt=(0.003, 0.03))] = 0.01
    stories: Annotated[
        Annotated[float, Range(0.0, 1.0, "per day")],
        Doc("hazard per day that an owner tells about it unasked", "assumed", "S1:53, S4:34: they do", (0.0005, 0.005)),
    ] = 0.002
    satisfied: Annotated[
        Share, Doc("share of the stories that praise", "seen", "Gao et al. 2012: 78.8% of opinions on weibo")
    ] = 0.788
    worth: Annotated[
        Multiplier,
        Doc(
            "worth of a customer's story against a median message",
            "assumed",
            "order: S1:53 beyond expectation; Edelman 2010: a person like oneself 65, the firm 32",
            (1.5, 6.0),
        ),
    ] = 3.0
    spread: Annotated[Spread, Doc("how different stories are in that", "assumed")] = 0.8
    paid: Annotated[
        Share, Doc("worth of a story told for a present, against one told unasked", "assumed", "S4:27, KAWO 2014")
    ] = 0.5
    present: Annotated[
        Money,
        Doc("worth of all presents per active owner at which half of their effect is reached", "assumed", "", (0.2, 2)),
    ] = 0.5
    most: Annotated[
        Multiplier, Doc("most that presents multiply the number of stories by", "assumed", doubt=(4.0, 20.0))
    ] = 10.0
    good: Annotated[
        Level, Doc("attitude of one who reads a good story", "assumed", "sign: You et al. 2015", (0.02, 0.2))
    ] = 0.1
    bad: Annotated[Level, Doc("attitude of one who reads a bad story", "assumed", "sign: You et al. 2015")] = -0.2
    resale: Annotated[
        Annotated[float, Range(0.0, 1.0, "per day")],
        Doc("hazard per day that an owner offers the thing for sale", "assumed", "S4:34: they do"),
    ] = 0.0002
    sold: Annotated[Share, Doc("chance that one read of such an offer sells the thing", "assumed")] = 0.01


@dataclass(frozen=True)
class Told:
    """Stories in order of time. second int64[n], account int32[n], kind int8[n] (GOOD, BAD, OFFER), paid bool[n]."""

    second: np.ndarray
    account: np.ndarray
    kind: np.ndarray
    paid: np.ndarray


def told(stage: Stage, rules: Reviews, lift: np.ndarray, seed: int) -> Told:
    """The stories of one luck.

    lift  float64[hours]  what presents multiply the hazard to tell by, at least 1
    """
    activity = np.diff(stage.rhythm.clock)[: stage.hours] / HOUR
    tell, sell = (np.uint64(draws.key(np.uint64(seed), draws.SERVICE, np.uint64(what))) for what in (_TELL, _SELL))
    hazard = rules.stories / 24.0 * activity
    second, account, resistance = owners.moments(stage, rules.owners, hazard * lift, tell)
    paid = resistance > float(hazard.sum())  # who would not have told without a present
    coin = np.uint64(draws.key(np.uint64(seed), draws.SERVICE, np.uint64(_TELL + 1)))
    bad = luck.chances(coin, account) >= rules.satisfied
    when, who, _ = owners.moments(stage, rules.owners, rules.resale / 24.0 * activity, sell)
    every = np.concatenate([second, when])
    order = np.argsort(every, kind="stable")
    kind = np.concatenate([np.where(bad, BAD, GOOD), np.full(who.size, OFFER)]).astype(np.int8)
    return Told(
        every[order],
        np.concatenate([account, who])[order],
        kind[order],
        np.concatenate([paid, np.zeros(who.size, bool)])[order],
    )


def spread_of(stage: Stage, stories: Told, rules: Reviews, seed: int) -> Cascade:
    """The cascades of the STORIES, on the calendar and not yet begun."""
    n = stories.account.size
    graph = stage.casting.graph
    home = np.searchsorted(graph.community_start, stories.account, side="right") - 1
    names = luck.bits(np.uint64(_TELL), stories.account * np.int64(2) + (stories.kind == OFFER))
    worth = np.where(stories.kind == OFFER, 1.0, rules.worth) * np.where(stories.paid, rules.paid, 1.0)
    plan = Plan(
        account=stories.account,
        messenger=np.full(n, response.PEER, np.uint8),
        second=stories.second.astype(np.int32),
        label=names,
        followers=followers_of(graph, stories.account).astype(np.float64),
        quality=worth,
        doubt=np.full(n, rules.spread),
        comment=np.full(n, stage.answer.comment_ratio),
        mix=MIXES[stories.kind].reshape(n, 3),
    )
    alone = replace(stage, readers=stage.readers._replace(factor=1.0))  # each as large as a real one
    about = alike(np.arange(n, dtype=np.int32), names, stage.interest, home)
    run = Cascade(alone, plan, seed, subjects=about)
    run.plan(0, n)
    return run


class Telling(Practice):
    """Customers' stories spread beside the launch."""

    @classmethod
    def on(cls, scenario: Any, strategy: Strategy) -> bool:  # noqa: ARG003
        """Where the scenario has the table."""
        return scenario.reviews is not None

    def begin(self) -> None:
        """Who tells what is known from the start; it spreads hour by hour."""
        course, stage = self.course, self.course.market_stage
        self.rules = course.scenario.reviews or Reviews()
        self.lift = self._lift()
        lift = np.ones(stage.hours)
        if course.strategy.prize is not None:
            lift[: course.strategy.prize.end(stage.hours)] = self.lift
        self.stories = told(stage, self.rules, lift, int(course.seed))
        self.run = spread_of(stage, self.stories, self.rules, int(course.seed))
        self.run.fresh("reviews")
        self.joined = np.empty(0, ledger.WATCH)  # by `met`, which looks only at those who have read since
        course.run.fresh("met"), self.run.fresh("met")
        self.seen = np.zeros(self.run.tally.watch.size, np.uint16)
        self.valence = np.array([self.rules.good, self.rules.bad, 0.0])[self.stories.kind]

    def _lift(self) -> float:
        """What the strategy's presents multiply the number of stories by."""
        prize, stage = self.course.strategy.prize, self.course.market_stage
        if prize is None or prize.rewards == "posts":
            return 1.0
        active = self.rules.owners * (1.0 - stage.attention.dormant) * stage.market
        return prize.model_copy(update={"worth": self.rules.present, "most": self.rules.most}).effect(active)

    def hours(self) -> set[int]:
        """Every night, and the horizon."""
        return nights(self.course.market_stage)

    def pause(self, hour: int) -> None:
        """Let the stories spread; who read them thinks better or worse of the brand."""
        self.run.advance(hour)
        who = self.run.fresh("reviews")
        times = self.run.tally.watch["times"][who]
        new = times - self.seen[who]
        self.seen[who] = times
        reads = self.run.messages.reads.astype(np.float64)
        if reads.sum() > 0:
            mean = float((reads * self.valence).sum() / reads.sum())
            self.course.people.feel(who, np.float32(mean) * new.astype(np.float32))

    def met(self, watch: np.ndarray, hour: int) -> np.ndarray:  # noqa: ARG002
        """WATCH[people] and what was read of customers' stories."""
        if self.joined.size == 0:
            self.joined = spare.array(watch.size, watch.dtype)
            self.joined[:] = watch
        changed = merged([self.course.run.fresh("met"), self.run.fresh("met")])
        watching.join_rows(watch, self.run.tally.watch, changed, self.joined)
        return self.joined

    def metrics(self, found: dict[str, float | None]) -> dict[str, float | None]:
        """Good and bad stories are praise and complaints."""
        factor = self.course.market_stage.factor
        kinds = self.run.tally.comments.sum(axis=0)
        praise = (found["praise"] or 0.0) + float((self._kind(GOOD) + kinds[response.PRAISE]) * factor)
        complaints = (found["complaints"] or 0.0) + float((self._kind(BAD) + kinds[response.COMPLAINT]) * factor)
        both = praise + complaints
        return {
            "praise": praise,
            "complaints": complaints,
            "sentiment": (praise - complaints) / both if both > 0 else None,
        }

    def _kind(self, kind: int) -> int:
        """Stories of KIND."""
        return int((self.stories.kind == kind).sum())

    def close(self) -> None:
        """It leaves its memory, and so does its cascade."""
        spare.leave(self.joined)
        self.run.close()

    def parts(self) -> dict[str, float]:
        """Stories, how far they went, offers, and things resold."""
        run, stories, factor = self.run, self.stories, self.course.market_stage.factor
        offers = stories.kind == OFFER
        tells = run.messages.reads[~offers].sum()
        passed = run.messages.reposts[~offers].sum()
        met = run.tally.watch["first"] < ledger.NEVER
        sold = 1.0 - (1.0 - self.rules.sold) ** run.messages.reads[offers].astype(np.float64)
        return {
            "customer_stories": float((~offers).sum()) * factor,
            "customer_stories_for_a_present": float(stories.paid.sum()) * factor,
            "present_effect": self.lift,
            "story_reads": float(tells) * factor,
            "story_reposts": float(passed) * factor,
            "story_reposts_per_thousand_reads": 1000.0 * float(passed) / float(tells) if tells else 0.0,
            "story_reach": float(met.sum()) * factor * self.course.market_stage.panel,
            "resale_offers": float(offers.sum()) * factor,
            "resales": float(sold.sum()) * factor,
        }

    def curves(self) -> dict[str, np.ndarray]:
        """Stories told and read, per hour, float64[hours]."""
        stage = self.course.market_stage
        per_hour = np.bincount(self.stories.second // HOUR, minlength=stage.hours)[: stage.hours]
        return {
            "customer_stories": per_hour * stage.factor,
            "story_reads": self.run.tally.reads.sum(axis=1) * stage.factor,
        }
