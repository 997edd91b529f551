"""Nights that visit only whom something has moved, against nights that visit everybody: the same, person by person."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.kernels import following, ledger, ordering, readers

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
    count = following.begin(world.days, world.organic, KEYS[0], *common, world.followers, fans, row, when)
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
    told = []
    for everybody in (True, False):
        world = World(seed, 0.0, panel)
        buyers = np.zeros(PEOPLE, ordering.BUYER)
        counts = np.zeros(7, np.int64), np.zeros(7, np.int64)
        row, when = np.empty(PEOPLE, np.int32), np.empty(PEOPLE, np.int32)
        accounts = PEOPLE * panel
        count = ordering.unasked(rules, world.days, *KEYS, panel, accounts, row, when)
        placed = []
        for now in range(NIGHTS):
            world.night(now)
            if everybody:
                placed.append(
                    ordering.night(
                        rules,
                        world.days[now],
                        world.decay[now],
                        0.3,
                        np.full(7, 1.5),
                        *KEYS,
                        world.watch,
                        world.attitude,
                        panel,
                        accounts,
                        buyers,
                        *counts,
                    )
                )
            else:
                parts = world.watch["times"].nonzero()[0], world.attitude.nonzero()[0], row[:count][when[:count] == now]
                placed.append(
                    ordering.visits(
                        rules,
                        now,
                        world.days,
                        world.decay,
                        0.3,
                        np.full(7, 1.5),
                        *KEYS,
                        world.watch,
                        world.attitude,
                        panel,
                        np.unique(np.concatenate(parts)),
                        buyers,
                        *counts,
                    )
                )
        told.append((placed, buyers["ordered"].tolist(), counts[0].tolist(), counts[1].tolist()))
    assert told[0] == told[1]
    assert sum(told[0][0]) > 0 or hazard < 0.1
