"""Orders: reads become a stock that fades, the stock becomes orders; and who is to be thanked for them."""

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from sim.kernels import draws, ordering, response
from sim.model.cascade import merged
from sim.model.casting import label
from sim.model.launch import Strategy
from sim.model.practice import Practice, moved, nights
from sim.section import Section, table_of

if TYPE_CHECKING:
    OrdersTable: TypeAlias = Section
else:
    OrdersTable = table_of(ordering.Orders, "OrdersTable", __name__)

PEOPLE = np.uint64(draws.key(np.uint64(0), draws.ORDER, np.uint64(label("buyer"))))


class Ordering(Practice):
    """Buyers order once; the same people are asked whether they would have ordered without any launch."""

    @classmethod
    def on(cls, scenario: Any, strategy: Strategy) -> bool:  # noqa: ARG003
        """Where the scenario has the table."""
        return scenario.orders is not None

    def begin(self) -> None:
        """Nobody has ordered."""
        course, stage = self.course, self.course.market_stage
        self.rules = ordering.Orders(**course.scenario.orders.model_dump())
        self.buyers = np.zeros(-(-max(course.public, stage.accounts) // stage.panel), ordering.BUYER)
        self.first = np.zeros(len(response.MESSENGERS), np.int64)
        self.by_last = np.zeros(len(response.MESSENGERS), np.int64)
        self.placed: dict[int, int] = {}
        self.last = 0
        self.key = np.uint64(draws.key(course.seed, draws.ORDER, np.uint64(0)))
        self.nights = np.array(sorted(self.hours()), np.int64)
        self.days = np.diff(self.nights, prepend=0) / 24.0
        self.decay = np.array([0.5 ** (days / max(self.rules.fade, 1e-9)) for days in self.days.tolist()])
        self.visited = np.empty(0, np.int64)
        self.due: dict[int, np.ndarray] | None = None
        course.run.fresh("orders")
        self.trust = np.array([_trust(stage.answer, i) for i in range(len(response.MESSENGERS))])
        contents = course.scenario.contents
        offers = [contents[action.content].discount for action in course.strategy.posts]
        self.discount = sum(offers) / len(offers) if offers else 0.0

    def hours(self) -> set[int]:
        """Every night, and the horizon."""
        return nights(self.course.market_stage)

    def pause(self, hour: int) -> None:
        """The orders since the last night."""
        stage = self.course.market_stage
        watch, attitude = self.course.watched(hour)
        now = int(np.searchsorted(self.nights, hour))
        public = -(-self.course.public // stage.panel)
        if self.due is None:
            self.due = self._unasked()
        fresh = self.course.run.fresh("orders")
        if watch is not self.course.run.tally.watch:  # reads elsewhere are not announced
            fresh = np.flatnonzero(watch["times"][:public])
        touched = merged([fresh[fresh < public], moved(attitude[:public])])
        buyers = np.empty(touched.size, np.int64)
        count = ordering.buyers_among(self.rules, PEOPLE, stage.panel, touched, buyers)
        self.visited = merged([self.visited, buyers[:count]])
        visit = merged([self.visited, self.due.get(now, self.visited[:0])])
        self.placed[hour] = ordering.visits(
            self.rules,
            now,
            self.days,
            self.decay,
            self.discount,
            self.trust,
            self.key,
            PEOPLE,
            watch,
            attitude,
            stage.panel,
            visit,
            self.buyers,
            self.first,
            self.by_last,
        )
        self.last = hour

    def _unasked(self) -> dict[int, np.ndarray]:
        """Who orders on which night without having read anything."""
        stage = self.course.market_stage
        size = -(-self.course.public // stage.panel)
        row, night = np.empty(size, np.int32), np.empty(size, np.int32)
        count = ordering.unasked(self.rules, self.days, self.key, PEOPLE, stage.panel, self.course.public, row, night)
        row, night = row[:count], night[:count]
        return {int(when): row[night == when].astype(np.int64) for when in np.unique(night)}

    def anyway(self) -> int:
        """Orders, as simulated, that would have come without any launch."""
        stage = self.course.market_stage
        count = ordering.anyway(self.rules, stage.hours / 24.0, self.key, PEOPLE, stage.panel, self.course.public)
        return int(count)

    def metrics(self, found: dict[str, float | None]) -> dict[str, float | None]:
        """Orders, leads, and what an order beyond those that come anyway cost."""
        stage = self.course.market_stage
        weight = stage.factor * stage.panel
        orders = sum(self.placed.values()) * weight
        return {
            "orders": orders,
            "leads": (found["questions"] or 0.0) * self.rules.inquiries,
            "cost_per_order": (found["cost"] or 0.0) / orders if orders > 0 else None,
        }

    def parts(self) -> dict[str, float]:
        """Orders that would have come anyway, those that would not, and orders by first and last messenger."""
        stage = self.course.market_stage
        weight = stage.factor * stage.panel
        without = self.anyway() * weight
        extra = sum(self.placed.values()) * weight - without
        found = {"orders_anyway": without, "orders_extra": extra}
        for i, name in enumerate(response.MESSENGERS):
            found[f"orders_first_{name}"] = float(self.first[i] * weight)
            found[f"orders_last_{name}"] = float(self.by_last[i] * weight)
        return found

    def curves(self) -> dict[str, np.ndarray]:
        """Orders, at the hour at which they were counted."""
        stage = self.course.market_stage
        found = np.zeros(stage.hours)
        for hour, count in self.placed.items():
            found[hour - 1] += count * stage.factor * stage.panel
        return {"orders": found}


def could_buy(buyers: float, accounts: int) -> np.ndarray:
    """Which of the first ACCOUNTS accounts could buy at all, bool[accounts]: a share BUYERS, the same in every run."""
    highs, lows = np.empty(accounts), np.empty(accounts)
    draws.units_into(PEOPLE, highs, lows)
    return highs < buyers


def _trust(answer: response.Response, messenger: int) -> float:
    return float(response.trust(answer, messenger))
