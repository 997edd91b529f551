"""Mishaps: what goes wrong with a plan that was fine on paper.

A hired account never posts, or posts late; a post is taken down; a scandal
around a hired account turns the public; something bigger fills the feeds in
the hour that was chosen.  Every mishap is a coin under a label of its own, so
rival launches meet the same ones, a higher rate only adds to them, and the
launch without them keeps its luck.

Fees are paid in advance and stay on the bill.  Where a post is taken down its
reposts go with it, as on weibo.
"""

from dataclasses import replace
from typing import Annotated, Any

import numpy as np

from sim.kernels import draws, ledger, response
from sim.model.casting import label
from sim.model.launch import Strategy
from sim.model.practice import Practice
from sim.model.stage import Stage
from sim.quantities import Doc, Hours, Level, Multiplier, Share, Spread
from sim.section import Section

HOUR = 3600
WEEK = 168  # hours: the table of who sees a post knows no more
# Rates that make a mishap happen, by the word for it; 0 switches it off.
CAUSES: dict[str, str] = {
    "no_show": "a hired account never posts",
    "late": "a hired account posts late",
    "deleted": "a post is taken down",
    "backlash": "a scandal around a hired account",
    "unlucky": "something bigger fills the feeds",
}


class Mishaps(Section):
    """What goes wrong, and how often."""

    no_show: Annotated[
        Share,
        Doc(
            "chance that a hired account never posts",
            "assumed",
            "order: a platform expects 20% of unpaid creators not to post; paid ones fail less",
            (0.02, 0.2),
        ),
    ] = 0.05
    late: Annotated[Share, Doc("chance that a hired account posts late", "assumed", doubt=(0.05, 0.3))] = 0.15
    late_hours: Annotated[Hours, Doc("how late, median", "assumed", doubt=(2.0, 24.0))] = 6.0
    late_spread: Annotated[Spread, Doc("spread of that time", "assumed")] = 1.0
    deleted: Annotated[
        Share,
        Doc(
            "chance that a post is taken down",
            "assumed",
            "upper end: 16% of 1.3 million weibo messages were gone later (Bamman et al. 2012, First Monday 17(3))",
            (0.01, 0.16),
        ),
    ] = 0.03
    deleted_hours: Annotated[
        Hours,
        Doc(
            "when, median",
            "calibrated",
            "30% of deletions within 30 minutes, 90% within 24 h (Zhu et al. 2013)",
        ),
    ] = 1.5
    deleted_spread: Annotated[Spread, Doc("spread of that time", "calibrated", "Zhu et al. 2013")] = 2.1
    backlash: Annotated[
        Share, Doc("chance per day that a scandal breaks around a hired account", "assumed", doubt=(0.0005, 0.01))
    ] = 0.002
    hurt: Annotated[
        Share, Doc("share of all further response to the launch that it takes away", "assumed", doubt=(0.1, 0.6))
    ] = 0.3
    resent: Annotated[Level, Doc("attitude of those who have met the launch by then", "assumed")] = -0.2
    anger: Annotated[
        Share, Doc("share of all further comments on the launch that then complain", "assumed", doubt=(0.1, 0.6))
    ] = 0.3
    unlucky: Annotated[
        Share, Doc("chance per hour that something bigger begins to fill the feeds", "assumed", doubt=(0.002, 0.05))
    ] = 0.01
    crowded: Annotated[
        Multiplier, Doc("posts between a reader's visits then, against an ordinary hour", "assumed", doubt=(1.5, 6.0))
    ] = 3.0
    crowded_hours: Annotated[Hours, Doc("how long", "assumed", doubt=(1.0, 12.0))] = 3.0

    def only(self, cause: str) -> "Mishaps":
        """The same with no other mishap than CAUSE."""
        return self.model_copy(update={name: 0.0 for name in CAUSES if name != cause})


class Failing(Practice):
    """The launch meets its mishaps."""

    @classmethod
    def on(cls, scenario: Any, strategy: Strategy) -> bool:  # noqa: ARG003
        """Where the scenario has the table."""
        return scenario.mishaps is not None

    @property
    def rates(self) -> Mishaps:
        """What goes wrong, and how often."""
        return self.course.scenario.mishaps or Mishaps()

    def _unit(self, *words: str | int) -> tuple[float, float]:
        """Two independent uniform draws for what WORDS name, the same in every strategy."""
        stream = draws.key(np.uint64(self.course.seed), draws.PLAN, np.uint64(label("mishap", *words)))
        random = np.uint64(draws.bits(np.uint64(stream), 0))
        return float(draws.high(random)), float(draws.low(random))

    def _delay(self, unit: float, hours: float, spread: float) -> int:
        """Seconds, lognormal about HOURS."""
        return int(HOUR * hours * float(draws.exp(spread * draws.normal(unit))))

    def stage(self, stage: Stage) -> Stage:
        """In crowded hours posts sink faster: the odds of being seen fall. Beyond a week the same hours again."""
        rates = self.rates
        lasts = max(round(rates.crowded_hours), 1)
        crowded = np.zeros(min(stage.hours, WEEK), bool)
        for begin in range(1 - lasts, crowded.size):
            if self._unit("unlucky", begin)[0] < rates.unlucky:
                crowded[max(begin, 0) : begin + lasts] = True
        self.crowded = int(crowded.sum())
        if not self.crowded or rates.crowded <= 0.0:
            return stage
        seen = stage.rhythm.seen.copy()
        hours = (stage.start_hour + np.flatnonzero(crowded)) % WEEK
        chance = seen[hours] / 2.0**32
        odds = chance / (chance + (1.0 - chance) * rates.crowded)
        seen[hours] = (odds * 4294967295.0).astype(np.uint32)
        return replace(stage, rhythm=stage.rhythm._replace(seen=seen))

    def begin(self) -> None:
        """Draw what goes wrong, before anything is published."""
        run, rates = self.course.run, self.rates
        messages, horizon = run.messages, run.stage.hours * HOUR
        self.count = dict.fromkeys(("no_shows", "late", "deleted", "backlashes"), 0)
        self.scandals: list[int] = []  # seconds
        names = {int(role.accounts[0]): role.name for role in self.course.market_stage.casting.called("kols")}
        for account in np.unique(messages.account[messages.messenger == response.KOL]).tolist():
            rows = np.flatnonzero(messages.account == account)
            name = names[account]
            if self._unit("no_show", name)[0] < rates.no_show:
                messages.second[rows] = ledger.NEVER
                self.count["no_shows"] += 1
                continue
            coin, size = self._unit("late", name)
            if coin < rates.late:
                late = self._delay(size, rates.late_hours, rates.late_spread)
                messages.second[rows] = np.minimum(messages.second[rows].astype(np.int64) + late, ledger.NEVER)
                self.count["late"] += 1
            if rates.backlash > 0.0:
                calm = -float(draws.ln(1.0 - min(rates.backlash, 0.999)))
                days = -float(draws.ln(self._unit("backlash", name)[0])) / calm
                breaks = int(min(days * 24.0 * HOUR, float(ledger.NEVER)))
                if breaks < horizon:
                    messages.until[rows] = breaks
                    # Who has not spoken for the brand yet is called off in time.
                    if int(messages.second[rows].min()) < breaks:
                        self.scandals.append(breaks)
        self.count["backlashes"] = len(self.scandals)
        stream = np.uint64(draws.key(np.uint64(self.course.seed), draws.PLAN, np.uint64(label("mishap", "deleted"))))
        for row in range(messages.label.size if rates.deleted > 0.0 else 0):
            random = np.uint64(draws.bits(stream, messages.label[row]))
            if draws.high(random) < rates.deleted and messages.second[row] < horizon:
                late = self._delay(draws.low(random), rates.deleted_hours, rates.deleted_spread)
                until = int(messages.second[row]) + late
                messages.until[row] = min(until, int(messages.until[row]))
                self.count["deleted"] += until < horizon

    def hours(self) -> set[int]:
        """The full hours after the scandals."""
        return {-(-second // HOUR) for second in self.scandals}

    def pause(self, hour: int) -> None:
        """The public turns: from now on the launch finds less response, and those who met it resent it."""
        run = self.course.run
        for second in self.scandals:
            if -(-second // HOUR) == hour:
                run.change(damp=1.0 - self.rates.hurt)
                watch = run.tally.watch
                met = (watch["times"] > 0) & (watch["first"] < second)
                self.course.people.feel(np.flatnonzero(met), self.rates.resent)

    def metrics(self, found: dict[str, float | None]) -> dict[str, float | None]:
        """After a scandal a share of the comments of every kind complain instead, hour by hour, as an expectation."""
        if not self.scandals:
            return {}
        run = self.course.run
        left = np.ones(run.stage.hours)
        for second in self.scandals:
            left[-(-second // HOUR) :] *= 1.0 - self.rates.anger
        moved = ((1.0 - left) @ run.tally.comments) * run.stage.factor
        told = {
            "praise": (found["praise"] or 0.0) - moved[response.PRAISE],
            "questions": (found["questions"] or 0.0) - moved[response.QUESTION],
            "complaints": (found["complaints"] or 0.0) + moved.sum() - moved[response.COMPLAINT],
        }
        both = told["praise"] + told["complaints"]
        return told | {"sentiment": (told["praise"] - told["complaints"]) / both if both > 0.0 else None}

    def parts(self) -> dict[str, float]:
        """How often what went wrong: accounts, posts, scandals, hours."""
        return {f"mishaps_{name}": float(count) for name, count in self.count.items()} | {
            "mishaps_crowded_hours": float(self.crowded)
        }
