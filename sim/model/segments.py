"""Segments: who among the readers is a customer, a colleague, a journalist, and how many of each were reached.

Shares are of all accounts; people of a segment are more often in communities
that care for the topic and among the brand's followers. They are real accounts
of the graph: colleagues here are readers, not the cast's employees who post.
"""

from dataclasses import replace
from typing import Annotated, Any

import numpy as np

from sim.kernels import draws, timeline
from sim.kernels import segments as kernel
from sim.model import casting, kept, membership
from sim.model.casting import Casting, label
from sim.model.launch import Strategy
from sim.model.practice import Practice
from sim.model.stage import Stage
from sim.quantities import Doc, Level, Multiplier, Share
from sim.section import Section

NAMES = casting.SEGMENTS
KEEN = ("customers", "employees", "media", "fans")
_HOW = np.uint64(draws.key(np.uint64(0), draws.TRAIT, np.uint64(label("segment", "keen"))))


class Segments(Section):
    """Shares of the accounts by what they have to do with the brand."""

    customers: Annotated[Share, Doc("share that bought from the brand", "assumed", "S1:13")] = 0.02
    prospects: Annotated[Share, Doc("share that may buy", "assumed", "S1:13")] = 0.05
    employees: Annotated[Share, Doc("share that works there", "assumed", "S1:29")] = 0.0005
    candidates: Annotated[Share, Doc("share that may want to work there", "assumed", "S1:33")] = 0.005
    media: Annotated[Share, Doc("share that writes about the industry", "assumed", "S1:29")] = 0.001
    partners: Annotated[Share, Doc("share that works for suppliers and dealers", "assumed", "S1:39")] = 0.001
    authorities: Annotated[Share, Doc("share that works for authorities", "assumed", "S1:33")] = 0.0005
    fans: Annotated[Share, Doc("share that loves the brand", "assumed", "S2:2")] = 0.002
    inside: Annotated[
        Multiplier, Doc("how much more often they stand in communities that care for the topic", "assumed")
    ] = 3.0
    follow: Annotated[
        Multiplier, Doc("how much more often among the brand's followers", "assumed", "S1:29", (3.0, 30.0))
    ] = 10.0
    keen: Annotated[
        Multiplier,
        Doc("sessions of customers, employees, media and fans against others", "assumed", "order: S1:29", (1.0, 3.0)),
    ] = 1.5
    awake: Annotated[Share, Doc("share of these who read although an account like theirs sleeps", "assumed")] = 0.5
    loyal: Annotated[
        Multiplier, Doc("readiness of fans to pass on, against others", "assumed", "order: S2:2", (1.5, 6.0))
    ] = 3.0
    fondness: Annotated[Level, Doc("attitude of fans at the start", "assumed", "S2:2")] = 0.5

    def odds(self, weight: np.ndarray) -> np.ndarray:
        """Cumulative chances float64[2, 2, segments] (see `kernels.segments.assign`); a full place holds no more.

        weight  float64[2, 2]  share of the accounts outside and inside, each not following and following; sum 1
        """
        shares = np.array([getattr(self, name) for name in NAMES])
        total = float(shares.sum())
        if total <= 0.0:
            return np.zeros((2, 2, shares.size))
        ratio = np.outer([1.0, self.inside], [1.0, self.follow])
        low, high = 0.0, 1e9
        for _ in range(100):  # the scale at which as many are placed as there are
            scale = 0.5 * (low + high)
            if float((weight * np.minimum(scale * ratio, 1.0)).sum()) < min(total, 1.0):
                low = scale
            else:
                high = scale
        filled = np.minimum(high * ratio, 1.0)
        return filled[:, :, None] * np.cumsum(shares / total)


def of_accounts(rules: Segments, cast: Casting, traits: np.ndarray) -> np.ndarray:
    """The segment of every account of the public, uint8[base]: 0 none, s + 1 for NAMES[s].

    traits  uint8[accounts]  of the stage, before anybody began to follow or left
    """
    return membership.of_public(rules, cast.graph, cast.interested, traits)


_KEEN: kept.Kept[tuple[np.ndarray, np.ndarray]] = kept.Kept(4)
_WATCHED: kept.Kept[np.ndarray] = kept.Kept(4)
_PEOPLE: kept.Kept[np.ndarray] = kept.Kept(4)


def with_keen(rules: Segments, stage: Stage) -> tuple[Stage, np.ndarray]:
    """STAGE with the keen segments more active, and the segment of every account of the public (uint8[accounts]); the
    same for every strategy and luck, so made once."""
    people = kept.Same(stage.readers.traits), kept.Same(stage.readers.propensity), kept.Same(stage.casting.interested)
    traits, segment = _KEEN.get((rules, *people), lambda: _enlivened(rules, stage))
    return replace(stage, readers=stage.readers._replace(traits=traits)), segment


def _enlivened(rules: Segments, stage: Stage) -> tuple[np.ndarray, np.ndarray]:
    """Traits uint8[accounts] with the keen segments more active, and segments uint8[base]."""
    traits = stage.readers.traits.copy()  # the stage is shared
    segment = of_accounts(rules, stage.casting, traits)
    keen = np.array([0.0, *(float(name in KEEN) for name in NAMES)])
    loyal = np.array([1.0, *(rules.loyal if name == "fans" else 1.0 for name in NAMES)])
    active = np.bincount(traits[: segment.size] & 7, minlength=8).astype(float)
    active[0] = 0.0
    kernel.enliven(
        _HOW,
        segment,
        keen * rules.awake,
        1.0 + keen * (max(rules.keen, 1.0) - 1.0),
        np.maximum(loyal, 1.0),
        timeline.class_chances(),
        stage.readers.propensity,
        np.cumsum(active) / max(active.sum(), 1.0),
        traits[: segment.size],
    )
    return traits, segment


class Segmenting(Practice):
    """Keen segments read more; everything that was read is told apart by segment."""

    @classmethod
    def on(cls, scenario: Any, strategy: Strategy) -> bool:  # noqa: ARG003
        """Where the scenario has the table."""
        return scenario.segments is not None

    def stage(self, stage: Stage) -> Stage:
        """The stage with keener people in it."""
        self.rules = self.course.scenario.segments or Segments()
        keener, self.segment = with_keen(self.rules, stage)
        return keener

    def begin(self) -> None:
        """Fans are fond of the brand."""
        panel = self.course.market_stage.panel
        self.watched = _WATCHED.get((kept.Same(self.segment), panel), lambda: self.segment[::panel].copy())
        self.course.people.feel(np.flatnonzero(self.watched == NAMES.index("fans") + 1), self.rules.fondness)

    def parts(self) -> dict[str, float]:
        """People, readers, reads and reposts by segment, at the size of the market."""
        stage, run = self.course.market_stage, self.course.run
        weight = stage.factor * stage.panel
        times = run.tally.watch["times"][: self.watched.size]
        readers = np.flatnonzero(times)
        watched, times = self.watched[readers], times[readers]
        count = len(NAMES) + 1
        people = _PEOPLE.get(kept.Same(self.segment), lambda: np.bincount(self.segment, minlength=count))
        met = np.bincount(watched, minlength=count) * weight
        reads = np.bincount(watched, weights=times, minlength=count) * weight
        passed = run.posts.account[: run.post_count][run.posts.parent[: run.post_count] >= 0]
        reposts = np.bincount(self.segment[passed[passed < self.segment.size]], minlength=count) * stage.factor
        found: dict[str, float] = {}
        for s, name in enumerate(("others", *NAMES)):
            found |= {
                f"people_{name}": float(people[s] * stage.factor),
                f"reach_{name}": float(met[s]),
                f"reads_{name}": float(reads[s]),
                f"reposts_{name}": float(reposts[s]),
            }
        return found
