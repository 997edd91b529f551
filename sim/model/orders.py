"""Orders: reads become a stock that fades, the stock becomes orders; and who is to be thanked for them."""

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from sim.kernels import draws, ordering, response
from sim.model.casting import label
from sim.model.launch import Strategy
from sim.model.practice import Practice, nights
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
        days = (hour - self.last) / 24.0
        self.placed[hour] = ordering.night(
            self.rules,
            days,
            0.5 ** (days / max(self.rules.fade, 1e-9)),
            self.discount,
            self.trust,
            self.key,
            PEOPLE,
            watch,
            attitude,
            stage.panel,
            self.course.public,
            self.buyers,
            self.first,
            self.by_last,
        )
        self.last = hour

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
