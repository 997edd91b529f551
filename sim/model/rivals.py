"""Rivals: other brands that post in the same market, whatever the launch does.

Each of their posts is a story of its own, on a cascade beside the launch's and
under the same luck for every strategy.  They have their part of the talk
(share of voice); who reads them thinks less of our brand and may buy theirs.
The room that their posts take in a feed is theirs already: a reader's feed of
some two hundred posts a day counts everybody (`attention.followees`).
"""

from dataclasses import replace
from typing import Annotated, Any

import numpy as np
import pydantic

from sim.graph import grow
from sim.kernels import draws, response
from sim.model import luck, orders
from sim.model.cascade import Cascade
from sim.model.casting import Audience, Casting, community_mix, label
from sim.model.launch import Plan, Strategy
from sim.model.practice import Practice, nights
from sim.model.stage import Stage, world_of
from sim.model.subjects import alike
from sim.quantities import Doc, Hours, Level, Multiplier, Spread
from sim.section import Name, Section, twice

HOUR = 3600


class Brand(Audience):
    """A rival brand and its calendar."""

    name: Name
    at: Annotated[Hours, Doc("hours after the start: its first post")] = 0.0
    every: Annotated[Hours, Doc("hours between two of its posts")] = 24.0
    quality: Annotated[Multiplier, Doc("worth of its posts against a median message", "assumed", "", (0.5, 2.0))] = 1.0
    quality_doubt: Annotated[Spread, Doc("how uncertain that worth is before posting")] = 0.5
    comments: Annotated[Multiplier, Doc("comments per repost chance, against ordinary posts")] = 1.0


class Rivals(Section):
    """Rival brands, and what they take."""

    sway: Annotated[
        Level, Doc("attitude towards our brand of one who reads a rival's post", "assumed", doubt=(-0.02, 0.0))
    ] = -0.01
    sells: Annotated[bool, pydantic.Field(description="who orders from a rival does not order from us")] = True
    brands: tuple[Brand, ...] = ()

    @pydantic.model_validator(mode="after")
    def _different_names(self) -> "Rivals":
        name = twice(brand.name for brand in self.brands)
        if name is not None:
            raise ValueError(f"the name {name!r} of a rival is used twice")
        return self


class Competing(Practice):
    """Rivals post; people talk about them, like our brand less, and may order from them."""

    @classmethod
    def on(cls, scenario: Any, strategy: Strategy) -> bool:  # noqa: ARG003
        """Where the scenario has the table."""
        return scenario.rivals is not None

    def begin(self) -> None:
        """Their calendars are planned."""
        course, stage = self.course, self.course.market_stage
        self.rules = course.scenario.rivals or Rivals()
        self.run = cascade_of(self.rules, stage, int(course.seed))
        self.run.plan(0, self.run.messages.story.size)
        self.run.fresh("rivals")
        self.seen = np.zeros(self.run.tally.watch.size, np.uint16)
        self.shop: orders.Shop | None = None
        self.sold = 0

    def hours(self) -> set[int]:
        """Every night, and the horizon."""
        return nights(self.course.market_stage)

    def pause(self, hour: int) -> None:
        """What the rivals' posts did since the last night, before our own orders are counted."""
        self.run.advance(hour)
        who = self.run.fresh("rivals")
        who = who[: np.searchsorted(who, self.course.people.attitude.size)]
        times = self.run.tally.watch["times"][who]
        self.course.people.feel(who, np.float32(self.rules.sway) * (times - self.seen[who]))
        self.seen[who] = times
        ours = next((room for room in self.course.practices if isinstance(room, orders.Ordering)), None)
        if ours is not None and self.rules.sells:
            self._sell(ours, hour, who)

    def _sell(self, ours: orders.Ordering, hour: int, who: np.ndarray) -> None:
        """Buyers who have not ordered from us may order from a rival, by the same law; these we lose.

        who  int64[]  rows with reads since the last night, ascending
        """
        stage, shop = self.course.market_stage, ours.shop
        public = -(-stage.casting.graph.base // stage.panel)
        if self.shop is None:
            luck = np.uint64(draws.key(self.course.seed, draws.ORDER, np.uint64(label("rival"))))
            self.shop = orders.Shop(ours.rules, luck, shop.days, shop.trust, stage.panel, public)
            self.calm = np.zeros(public, np.float32)
        now = int(np.searchsorted(ours.nights, hour))
        visit = self.shop.due(now, who)
        self.shop.state["ordered"][visit] |= shop.state["ordered"][visit]
        self.sold += self.shop.night(now, visit, 0.0, self.run.tally.watch, self.calm)
        shop.state["ordered"][visit] |= self.shop.state["ordered"][visit]

    # --- what came of it ---

    def _talk(self) -> np.ndarray:
        """People who passed on or commented on each rival's posts (once per repost), float64[rivals], as simulated."""
        run, n = self.run, len(self.rules.brands)
        passed = run.posts.parent[: run.post_count] >= 0
        whose = run.messages.account - self.course.market_stage.accounts
        reposts = np.bincount(whose[run.posts.message[: run.post_count][passed]], minlength=n)
        return reposts + np.bincount(whose[run.tally.talk_message[: run.comment_count]], minlength=n).astype(float)

    def metrics(self, found: dict[str, float | None]) -> dict[str, float | None]:
        """Share of voice: our part of all reposts and comments."""
        ours = found["messages"] or 0.0
        everything = ours + float(self.run.tally.reposts.sum() + self.run.tally.comments.sum()) * self._factor
        return {"share_of_voice": ours / everything if everything > 0 else None}

    @property
    def _factor(self) -> float:
        return self.course.market_stage.factor

    def close(self) -> None:
        """Its cascade leaves its memory."""
        self.run.close()

    def parts(self) -> dict[str, float]:
        """The rivals' reads, reach, talk and orders; people who read us and them; what listening finds of that talk."""
        tally, weight = self.run.tally, self._factor * self.course.market_stage.panel
        ours = self.course.run.tally.watch["times"] > 0
        theirs = tally.watch["times"][: ours.size] > 0
        found = {
            "rival_reads": float(tally.reads.sum()) * self._factor,
            "rival_reach": float(theirs.sum()) * weight,
            "rival_messages": float(tally.reposts.sum() + tally.comments.sum()) * self._factor,
            "rival_orders": self.sold * weight,
            "reached_by_both": float((ours[: theirs.size] & theirs).sum()) * weight,
        }
        talk = self._talk()
        found |= {f"talkers_{brand.name}": float(talk[i]) * self._factor for i, brand in enumerate(self.rules.brands)}
        return found | self._listening()

    def _listening(self) -> dict[str, float]:
        """The share of the talk about rivals that the desk's listening finds, and how long that takes (S3:9)."""
        desk = self.course.strategy.desk
        run = self.run
        passed = run.posts.account[: run.post_count][run.posts.parent[: run.post_count] >= 0]
        who = np.concatenate([passed, run.tally.talk_account[: run.comment_count]])
        if desk is None or not desk.listening or who.size == 0:
            return {"rival_talk_found": 0.0}
        key = np.uint64(draws.key(self.course.seed, draws.SERVICE, np.uint64(label("rival talk"))))
        heard = luck.chances(key, who) < desk.coverage
        waits = -np.log(luck.chances(key + np.uint64(1), who[heard])) * desk.found_later
        found = {"rival_talk_found": float(heard.mean())}
        return found | {"rival_talk_minutes": float(np.median(waits))} if waits.size else found

    def curves(self) -> dict[str, np.ndarray]:
        """Reads of the rivals' posts, and talk about them, per hour, float64[hours]."""
        tally = self.run.tally
        talk = tally.reposts.sum(axis=1) + tally.comments.sum(axis=1)
        return {"rival_reads": tally.reads.sum(axis=1) * self._factor, "rival_messages": talk * self._factor}


def cascade_of(rules: Rivals, stage: Stage, seed: int) -> Cascade:
    """The rivals' stories on the people of STAGE, under the luck of SEED, not begun: no strategy has a part in it."""
    graph, market = stage.casting.graph, stage.factor * stage.casting.graph.base
    rows = []
    for brand in rules.brands:
        mix = community_mix(graph, stage.casting.interested, brand.fit)
        size = min(round(brand.share(round(market)) * graph.base), graph.base)
        rows.append(grow.audience(graph, key=label("rival", brand.name), followers=size, mix=mix))
    wider = graph.with_accounts(rows)
    first = graph.accounts
    traits = np.concatenate([stage.readers.traits, np.zeros(len(rows), np.uint8)])
    there = replace(
        stage,
        casting=Casting(wider, {}, stage.casting.interested),
        world=world_of(wider),
        readers=stage.readers._replace(traits=traits),
        scratch=max(stage.scratch, max((row.size for row in rows), default=1)),
    )
    posts = sorted(
        (int(HOUR * (brand.at + n * brand.every)), i, n)
        for i, brand in enumerate(rules.brands)
        for n in range(_times(brand, stage.hours))
    )
    which = np.array([i for _, i, _ in posts], np.int32)
    of = [rules.brands[i] for i in which]
    answer = stage.answer
    plan = Plan(
        account=(first + which).astype(np.int32),
        messenger=np.full(which.size, response.BRAND, np.uint8),
        second=np.array([second for second, _, _ in posts], np.int32),
        label=np.array([label("rival", rules.brands[i].name, n) for _, i, n in posts], np.uint64),
        followers=np.array([brand.share(round(market)) * market for brand in of], np.float64),
        quality=np.array([brand.quality for brand in of], np.float64),
        doubt=np.array([brand.quality_doubt for brand in of], np.float64),
        comment=np.array([answer.comment_ratio * brand.comments for brand in of], np.float64),
        mix=np.tile([answer.praise, answer.question, answer.complaint], (which.size, 1)).reshape(-1, 3),
    )
    about = alike(np.arange(which.size, dtype=np.int32), plan.label, stage.interest)
    return Cascade(there, plan, seed, subjects=about)


def _times(brand: Brand, hours: int) -> int:
    """How often BRAND posts within the horizon."""
    if brand.at >= hours:
        return 0
    return 1 + int((hours - brand.at - 1e-9) / brand.every) if brand.every > 0 else 1
