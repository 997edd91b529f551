"""Growth: every night some begin to follow the brand, and some who had too much of it leave.

Next day's posts go to next night's followers.  Where only a panel is watched
(above `stage.WATCHED` accounts), or the brand is an account of a graph that was
read, gains and losses are counted and the row stays.
"""

from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from sim.kernels import draws, following, readers
from sim.model import kept, spare
from sim.model.casting import label
from sim.model.incentive import Drawing
from sim.model.launch import Strategy
from sim.model.practice import Practice, nights
from sim.model.readership import merged
from sim.section import Section, table_of

if TYPE_CHECKING:
    GrowthTable: TypeAlias = Section
else:
    GrowthTable = table_of(following.Growth, "GrowthTable", __name__)


_UNASKED: kept.Kept[tuple[np.ndarray, np.ndarray]] = kept.Kept(64)


class Growing(Practice):
    """The brand's followers, night by night."""

    @classmethod
    def on(cls, scenario: Any, strategy: Strategy) -> bool:  # noqa: ARG003
        """Where the scenario has the table."""
        return scenario.growth is not None

    def begin(self) -> None:
        """Everybody's state."""
        course, run = self.course, self.course.run
        self.rules = following.Growth(**course.scenario.growth.model_dump())
        stage = run.stage
        self.brand = int(stage.casting.roles["brand"].accounts[0])
        base = stage.casting.graph.base
        listed = stage.casting.graph.row(self.brand)
        row = int(listed.size)
        strangers = max(base - row, 1)
        care = float((np.diff(stage.casting.graph.community_start) * stage.interest).sum()) / base
        self.organic = self.rules.organic * row / (strangers * (1.0 - stage.attention.dormant) * care)
        self.follow = np.uint64(draws.key(course.seed, draws.FOLLOW, np.uint64(label("begin"))))
        self.leave = np.uint64(draws.key(course.seed, draws.FOLLOW, np.uint64(label("leave"))))
        self.nights = np.array(sorted(self.hours()), np.int64)
        self.days = np.diff(self.nights, prepend=0) / 24.0
        self.decay = np.array([0.5 ** (days / max(self.rules.memory, 1e-9)) for days in self.days.tolist()])
        self.fans = spare.cleared(-(-base // stage.panel), following.FAN)
        watched = listed[(listed < base) & (listed % stage.panel == 0)] // stage.panel
        self.now_following = watched.astype(np.int64)
        self.fans["state"][self.now_following] = following.FOLLOWS
        self.followers = watched.size
        self.due: dict[int, list[np.ndarray]] = {}
        self._expect(*self._unasked())
        run.fresh("growth")
        self.feeds = stage.panel == 1 and self.brand >= base
        self.gained: dict[int, int] = {}
        self.lost: dict[int, int] = {}
        self.last = 0
        self.self_talk = self._self_talk()
        self.hunters = 0

    def _unasked(self) -> tuple[np.ndarray, np.ndarray]:
        """Rows of strangers who will come without reading anything, and their nights: the same in every strategy."""
        stage = self.course.run.stage

        def find() -> tuple[np.ndarray, np.ndarray]:
            row, when = np.empty(self.fans.size, np.int32), np.empty(self.fans.size, np.int32)
            count = following.unasked(
                self.days, self.organic, self.follow, stage.casting.graph.community_start, stage.interest,
                stage.readers.traits, stage.panel, row, when,
            )  # fmt: skip
            return row[:count].copy(), when[:count].copy()

        people = kept.Same(stage.readers.traits), kept.Same(stage.interest)
        return _UNASKED.get((*people, int(self.follow), self.organic, stage.panel, tuple(self.days.tolist())), find)

    def _self_talk(self) -> float:
        """Share of the brand's planned posts that are about the brand itself; 0.5 where it posts nothing."""
        course = self.course
        own = [
            (action.times, course.contents[action.content].about_itself)
            for action in course.strategy.posts
            if action.by == "brand"
        ]
        total = sum(times for times, _ in own)
        return sum(times * share for times, share in own) / total if total else 0.5

    def hours(self) -> set[int]:
        """Every night, and the horizon."""
        return nights(self.course.market_stage)

    def _prize(self) -> Drawing | None:
        return next((room for room in self.course.practices if isinstance(room, Drawing)), None)

    def pause(self, hour: int) -> None:
        """Count who came and who left, and let tomorrow's posts go to those who are there."""
        course, run = self.course, self.course.run
        stage = run.stage
        now = int(np.searchsorted(self.nights, hour))
        prize = self._prize()
        drawn = prize is not None and hour >= prize.prize.end(stage.hours)
        joined = 0
        joining: list[np.ndarray] = []
        if prize is not None and prize.prize.follow:
            key = np.uint64(draws.key(course.seed, draws.FOLLOW, np.uint64(label("prize"))))
            taking = prize.newcomers(hour)
            joined = following.require(taking, prize.prize.joins, key, stage.panel, self.fans)
            self.hunters += joined
            taking = taking[taking % stage.panel == 0].astype(np.int64) // stage.panel
            joining.append(taking[taking < self.fans.size])
        swayed = course.people.moved
        swayed = swayed[: np.searchsorted(swayed, self.fans.size)]
        fresh = run.fresh("growth")
        fresh = fresh[fresh < self.fans.size]
        visit = merged([self.now_following, fresh, swayed, *self.due.pop(now, []), *joining])
        due = np.empty(visit.size, np.int32)
        gained, lost = following.night(
            self.rules,
            now,
            self.days,
            self.decay,
            self.organic,
            course.people.noise,
            self.self_talk,
            drawn,
            self.follow,
            self.leave,
            stage.casting.graph.community_start,
            stage.interest,
            stage.readers.traits,
            stage.panel,
            run.tally.watch,
            course.people.attitude,
            course.people.served,
            visit,
            self.fans,
            due,
        )
        self._expect(visit[due >= 0], due[due >= 0])
        self.now_following = visit[due == following.HERE]
        course.people.noise[:] = 0.0
        self.gained[hour], self.lost[hour] = gained + joined, lost
        self.last = hour
        if self.feeds and gained + joined + lost and hour < stage.hours:
            self._feed()

    def _expect(self, rows: np.ndarray, when: np.ndarray) -> None:
        """Visit ROWS on the nights WHEN."""
        for night in np.unique(when).tolist():
            self.due.setdefault(night, []).append(rows[when == night].astype(np.int64))

    def _feed(self) -> None:
        """The brand's row as it stands now."""
        run = self.course.run
        stage = run.stage
        world, traits = stage.world, stage.readers.traits.copy()  # the stage is shared
        now = self.now_following.astype(np.int32)  # the panel is everybody: rows are accounts
        traits[: self.fans.size] &= np.uint8(255 - readers.FOLLOWS_BRAND)
        traits[now] |= np.uint8(readers.FOLLOWS_BRAND)
        k = self.brand - world.base
        first, last = int(world.added_indptr[k]), int(world.added_indptr[k + 1])
        joined = np.concatenate([world.added_followers[:first], now, world.added_followers[last:]])
        shift = now.size - (last - first)
        starts = world.added_indptr.copy()
        starts[k + 1 :] += shift
        world = world._replace(added_indptr=starts, added_followers=joined)
        run.change(replace(stage, world=world, readers=stage.readers._replace(traits=traits)))

    def close(self) -> None:
        """Its table leaves its memory."""
        spare.leave(self.fans)

    def metrics(self, found: dict[str, float | None]) -> dict[str, float | None]:
        """New and lost followers, and what a new one cost."""
        stage = self.course.market_stage
        weight = stage.factor * stage.panel
        new = sum(self.gained.values()) * weight
        return {
            "new_followers": new,
            "lost_followers": sum(self.lost.values()) * weight,
            "cost_per_new_follower": (found["cost"] or 0.0) / new if new > 0 else None,
        }

    def parts(self) -> dict[str, float]:
        """Followers at both ends, prize hunters, and awareness: the share of the market that was reached."""
        stage = self.course.market_stage
        weight = stage.factor * stage.panel
        change = sum(self.gained.values()) - sum(self.lost.values())
        watch = self.course.run.tally.watch
        met = self.course.run.readers()
        moved = met.size and self.course.people.moved.size
        return {
            "followers_before": self.followers * weight,
            "followers_after": (self.followers + change) * weight,
            "prize_followers": self.hunters * weight,
            "awareness": met.size / watch.size,
            "attitude": float(self.course.people.attitude[met].mean()) if moved else 0.0,
        }

    def curves(self) -> dict[str, np.ndarray]:
        """Followers gained and lost, at the hour at which they were counted, float64[hours]."""
        stage = self.course.market_stage
        weight = float(stage.factor * stage.panel)
        found = {}
        for name, counts in (("new_followers", self.gained), ("lost_followers", self.lost)):
            found[name] = np.zeros(stage.hours)
            for hour, count in counts.items():
                found[name][hour - 1] += count * weight
        return found
