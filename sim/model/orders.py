"""Orders: reads become a stock that fades, the stock becomes orders; and who is to be thanked for them."""

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from sim.kernels import draws, ordering, response, watching
from sim.model import kept
from sim.model.casting import label
from sim.model.launch import Strategy
from sim.model.practice import Practice, nights
from sim.model.readership import merged
from sim.section import Section, table_of

if TYPE_CHECKING:
    OrdersTable: TypeAlias = Section
else:
    OrdersTable = table_of(ordering.Orders, "OrdersTable", __name__)

PEOPLE = np.uint64(draws.key(np.uint64(0), draws.ORDER, np.uint64(label("buyer"))))
_BUYERS: kept.Kept[np.ndarray] = kept.Kept(8)


def buyers_of(share: float, panel: int, rows: int) -> np.ndarray:
    """Watched rows 0..ROWS-1 (every PANEL-th account) that could buy, int32[], ascending: a SHARE, the same in every
    replicate, so found once."""

    def find() -> np.ndarray:
        found = np.empty(rows, np.int32)
        return found[: ordering.buyers_into(share, PEOPLE, panel, rows, found)].copy()

    return _BUYERS.get((share, panel, rows), find)


class Shop:
    """Those who could buy from one brand, night by night; who has ordered is served.

    luck    uint64    key of everybody's threshold
    days    float64[nights]  between one night and the next
    public  int       watched rows of people: every `panel`-th
    rows    int32[buyers]  row of each buyer, ascending; state BUYER[buyers]
    first, last  int64[messengers]  orders by the messenger of the first and of the last read
    """

    def __init__(
        self, rules: ordering.Orders, luck: np.uint64, days: np.ndarray, trust: np.ndarray, panel: int, public: int
    ):
        self.rules, self.luck, self.days, self.trust, self.panel = rules, luck, days, trust, panel
        self.decay = np.array([0.5 ** (night / max(rules.fade, 1e-9)) for night in days.tolist()])
        self.rows = buyers_of(rules.buyers, panel, public)
        self.state = np.zeros(self.rows.size, ordering.BUYER)
        self.first = np.zeros(len(response.MESSENGERS), np.int64)
        self.last = np.zeros(len(response.MESSENGERS), np.int64)
        self._due: dict[int, list[np.ndarray]] = {}
        place, night = np.empty(self.rows.size, np.int32), np.empty(self.rows.size, np.int32)
        count = ordering.unasked(rules, days, luck, self.rows, panel, place, night)
        self._expect(place[:count], night[:count])

    def _expect(self, places: np.ndarray, when: np.ndarray) -> None:
        """Visit PLACES on the nights WHEN."""
        for night in np.unique(when).tolist():
            self._due.setdefault(night, []).append(places[when == night].astype(np.int64))

    def due(self, now: int, *rows: np.ndarray) -> np.ndarray:
        """Places of those to visit on night NOW: buyers among ROWS (int64[] each, ascending), who is due; int64[]."""
        some = merged(rows)
        places = np.empty(some.size, np.int64)
        count = ordering.places_among(self.rows, some, places)
        return merged([places[:count], *self._due.pop(now, [])])

    def night(self, now: int, visit: np.ndarray, discount: float, watch: np.ndarray, attitude: np.ndarray) -> int:
        """The orders of night NOW of the places VISIT (int64[n]); WATCH[people], ATTITUDE float32[people]."""
        when = np.empty(visit.size, np.int32)
        placed = ordering.visits(
            self.rules,
            now,
            self.days,
            self.decay,
            discount,
            self.trust,
            self.luck,
            watch,
            attitude,
            self.panel,
            self.rows,
            visit,
            self.state,
            when,
            self.first,
            self.last,
        )
        self._expect(visit[when >= 0], when[when >= 0])
        return int(placed)

    def anyway(self, hours: int) -> int:
        """Orders, as simulated, that would have come within HOURS without any launch."""
        return int(ordering.anyway(self.rules, hours / 24.0, self.luck, self.rows, self.panel))

    def expected(self) -> float:
        """The hazard of everybody until the order or the horizon: as many orders on average, with hardly any luck left.

        The compensator of the count (Aalen 1978, Annals of Statistics 6:701-726): given what was read, orders scatter
        about it as coins do. Nights are short, so 1 - exp(-hazard) of each is taken for its hazard.
        """
        touched = self.state[self.state["night"] > 0]
        hazard = np.empty(touched.size)
        ordering.ahead_into(self.rules, self.days, self.decay, touched, hazard)
        untouched = self.rows.size - touched.size
        return float(hazard.sum() + untouched * self.rules.hazard * self.days.sum())


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
        self.placed: dict[int, int] = {}
        self.nights = np.array(sorted(self.hours()), np.int64)
        days = np.diff(self.nights, prepend=0) / 24.0
        luck = np.uint64(draws.key(course.seed, draws.ORDER, np.uint64(0)))
        trust = np.array([_trust(stage.answer, i) for i in range(len(response.MESSENGERS))])
        self.shop = Shop(self.rules, luck, days, trust, stage.panel, -(-course.public // stage.panel))
        course.run.fresh("orders")
        contents = course.scenario.contents
        offers = [contents[action.content].discount for action in course.strategy.posts]
        self.discount = sum(offers) / len(offers) if offers else 0.0

    def hours(self) -> set[int]:
        """Every night, and the horizon."""
        return nights(self.course.market_stage)

    def pause(self, hour: int) -> None:
        """The orders since the last night."""
        course = self.course
        watch, attitude = course.watched(hour)
        fresh = course.run.fresh("orders")
        if watch is not course.run.tally.watch:  # reads elsewhere are not announced
            some = np.empty(watch.size, np.int32)
            fresh = some[: watching.readers_into(watch, some)]
        now = int(np.searchsorted(self.nights, hour))
        visit = self.shop.due(now, fresh, course.people.moved)
        self.placed[hour] = self.shop.night(now, visit, self.discount, watch, attitude)

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
        """Orders that would have come anyway, those that would not, orders by first and last messenger, and how many
        were to be expected of what was read."""
        stage = self.course.market_stage
        weight = stage.factor * stage.panel
        without = self.shop.anyway(stage.hours) * weight
        extra = sum(self.placed.values()) * weight - without
        found = {"orders_anyway": without, "orders_extra": extra, "orders_expected": self.shop.expected() * weight}
        for i, name in enumerate(response.MESSENGERS):
            found[f"orders_first_{name}"] = float(self.shop.first[i] * weight)
            found[f"orders_last_{name}"] = float(self.shop.last[i] * weight)
        return found

    def curves(self) -> dict[str, np.ndarray]:
        """Orders, at the hour at which they were counted, float64[hours]."""
        stage = self.course.market_stage
        found = np.zeros(stage.hours)
        for hour, count in self.placed.items():
            found[hour - 1] += count * stage.factor * stage.panel
        return {"orders": found}


def could_buy(buyers: float, accounts: int) -> np.ndarray:
    """Which of the first ACCOUNTS accounts could buy at all, bool[accounts]: a share BUYERS, the same in every run."""
    found = np.zeros(accounts, bool)
    found[buyers_of(buyers, 1, accounts)] = True
    return found


def _trust(answer: response.Response, messenger: int) -> float:
    return float(response.trust(answer, messenger))
