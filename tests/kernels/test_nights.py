"""Nights that visit only whom something has moved, against nights that visit everybody: the same, person by person."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.kernels import following, ledger, ordering, readers
from sim.model import orders
from tests.reference import buyers

NIGHTS = 6
PEOPLE = 400
KEYS = np.uint64(11), np.uint64(12)


class World:
    """Reads, attitudes and followers of some people, night by night."""

    def __init__(self, seed: int, organic: float, panel: int):
        luck = np.random.default_rng(seed)
        self.panel = panel
        accounts = PEOPLE * panel
        self.traits = luck.integers(0, 8, accounts).astype(np.uint8)
        self.starts = np.array([0, accounts // 3, accounts], np.int64)
        self.interest = np.array([1.0, 0.25])
        self.days = luck.uniform(0.2, 1.0, NIGHTS)
        self.decay = 0.5**self.days
        self.organic = organic
        self.followers = np.flatnonzero(luck.random(PEOPLE) < 0.1)
        self.traits[self.followers * panel] |= readers.FOLLOWS_BRAND
        self.reads = luck.random((NIGHTS, PEOPLE)) < 0.05
        self.moods = np.where(luck.random((NIGHTS, PEOPLE)) < 0.02, luck.normal(0, 0.5, (NIGHTS, PEOPLE)), 0.0)
        self.watch = np.zeros(PEOPLE, ledger.WATCH)
        self.attitude = np.zeros(PEOPLE, np.float32)

    def ever_moved(self, now: int) -> np.ndarray:
        """Rows whose attitude was moved by the night NOW."""
        return np.flatnonzero((self.moods[: now + 1] != 0.0).any(axis=0))

    def night(self, now: int) -> None:
        """What happened before the night NOW."""
        self.watch["times"] += self.reads[now].astype(np.uint16) * np.uint16(1 + now)
        self.watch["last_by"][self.reads[now]] = now % 5
        self.watch["first_by"] = self.watch["last_by"]
        self.attitude += self.moods[now].astype(np.float32)


def grown(world: World, everybody: bool) -> tuple[list[tuple[int, int]], np.ndarray]:
    """Gains and losses of every night, and everybody's state in the end."""
    rules = following.Growth(follow=0.1, unfollow=0.1)
    fans = np.zeros(PEOPLE, following.FAN)
    row, when = np.empty(PEOPLE, np.int32), np.empty(PEOPLE, np.int32)
    common = world.starts, world.interest, world.traits, world.panel
    fans["state"][world.followers] = following.FOLLOWS
    count = following.unasked(world.days, world.organic, KEYS[0], *common, row, when)
    waiting = {night: [row[:count][when[:count] == night]] for night in range(NIGHTS)}
    found = []
    for now in range(NIGHTS):
        world.night(now)
        state = fans["state"]
        now_following = np.flatnonzero((state == following.FOLLOWS) | (state == following.GAINED))
        moved = np.flatnonzero(world.attitude)
        parts = [now_following, np.flatnonzero(world.reads[now]), moved, *waiting[now]]
        visit = np.arange(PEOPLE) if everybody else np.unique(np.concatenate(parts))
        due = np.empty(visit.size, np.int32)
        gained, lost = following.night(
            rules,
            now,
            world.days,
            world.decay,
            world.organic,
            np.full(8, 0.1),
            0.5,
            False,
            *KEYS,
            *common,
            world.watch,
            world.attitude,
            np.zeros(PEOPLE, np.uint8),
            visit,
            fans,
            due,
        )
        for place in np.flatnonzero(due > now):
            waiting[int(due[place])].append(visit[place : place + 1])
        found.append((gained, lost))
    return found, fans["state"].copy()


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from([0.0, 0.001, 0.05, 0.5]), st.sampled_from([1, 3]))
def test_followers(seed: int, organic: float, panel: int) -> None:
    some, all_of_them = (grown(World(seed, organic, panel), everybody) for everybody in (False, True))
    assert some[0] == all_of_them[0]
    assert sum(lost for _, lost in some[0]) > 0
    assert (some[1] == all_of_them[1]).all()


def test_some_come_unasked() -> None:
    assert sum(gained for gained, _ in grown(World(1, 0.5, 1), everybody=False)[0]) > 50


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from([0.0, 0.001, 0.2]), st.sampled_from([1, 3]))
def test_buyers(seed: int, hazard: float, panel: int) -> None:
    rules = ordering.Orders(buyers=0.6, hazard=hazard, effect=3.0)
    world, twin = World(seed, 0.0, panel), World(seed, 0.0, panel)
    shop = orders.Shop(rules, KEYS[0], world.days, np.full(7, 1.5), panel, PEOPLE)
    slow = buyers.Buyers(rules, KEYS[0], orders.PEOPLE, panel, PEOPLE)
    total = 0
    for now in range(NIGHTS):
        world.night(now)
        twin.night(now)
        visit = shop.due(now, world.reads[now].nonzero()[0], world.ever_moved(now))
        placed = shop.night(now, visit, 0.3, world.watch, world.attitude)
        assert placed == slow.night(world.days[now], shop.decay[now], 0.3, 1.5, twin.watch, twin.attitude)
        total += placed
    assert shop.rows[shop.state["ordered"] > 0].tolist() == sorted(slow.ordered)
    assert (shop.first.tolist(), shop.last.tolist()) == (slow.first, slow.last)
    assert total > 0 or hazard < 0.1


def test_buyers_are_found_among_rows() -> None:
    """`places_among` against a search of every row."""
    rng = np.random.default_rng(1)
    for size in (0, 1, 7, 300):
        rows = np.flatnonzero(rng.random(1_000) < size / 1_000).astype(np.int32)
        some = np.flatnonzero(rng.random(1_100) < 0.3)
        out = np.empty(some.size, np.int64)
        found = out[: ordering.places_among(rows, some, out)]
        assert rows[found].tolist() == [row for row in some.tolist() if row in rows.tolist()]


def test_the_hazard_ahead_is_that_of_night_after_night() -> None:
    """Who has ordered keeps the hazard at the order; the others' goes on from their next night, their stock fades."""
    orders = ordering.Orders(hazard=0.01, effect=3.0)
    days, decay = np.array([0.5, 1.0, 1.0, 0.25]), np.array([0.8, 0.6, 0.6, 0.9])
    buyers = np.zeros(4, ordering.BUYER)
    buyers["night"], buyers["ordered"] = [1, 2, 4, 2], [0, 0, 0, 1]
    buyers["stock"], buyers["hazard"] = [2.0, 0.0, 5.0, 1.0], [0.1, 0.2, 0.3, 0.4]
    found = np.empty(4)
    ordering.ahead_into(orders, days, decay, buyers, found)
    stocks = 2.0 * np.cumprod(decay[1:])
    first = 0.01 * (days[1:] * (1.0 + 3.0 * stocks)).sum()
    np.testing.assert_allclose(found, [0.1 + first, 0.2 + 0.01 * 1.25, 0.3, 0.4], rtol=1e-6)
