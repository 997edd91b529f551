"""Followers night by night: nobody is lost from the count, more reads win more, and too many drive away."""

import numpy as np
import pytest

from sim.kernels import following, readers
from sim.model import course, growth, incentive
from sim.runs import play
from tests.reference import launches, luck

DAILY = [{"by": "brand", "times": 10, "every": 24, "at": 12}]
FLOOD = [{"by": "brand", "times": 100, "every": 2.4}]
STRATEGIES = {
    "silent": {},
    "daily": {"posts": DAILY},
    "useful": {"posts": [DAILY[0] | {"content": "useful"}]},
    "flood": {"posts": FLOOD},
    "kols": {"posts": [*DAILY, {"by": "kols", "at": 13}]},
    "prize": {"posts": DAILY, "prize": {"number": 10, "value": 200.0, "until": 48.0, "follow": True}},
    "prize_only": {"posts": DAILY, "prize": {"number": 10, "value": 200.0, "until": 48.0}},
}


@pytest.fixture(scope="module")
def scene():
    wanted = launches.scenario(
        accounts=6_000,
        days=10,
        strategies=STRATEGIES,
        growth={},
        contents={"launch": {"self_talk": 1.0}, "useful": {"self_talk": 0.0}},
        response={"repost_rate": 0.01},
    )
    return wanted, launches.set_up(wanted)


@pytest.fixture(scope="module")
def outcomes(scene):
    return {name: [play.play(*scene, name, seed) for seed in range(4)] for name in STRATEGIES}


def mean(outcomes, name: str, of: str) -> float:
    return float(np.mean([o.metrics[of] if of in o.metrics else o.parts[of] for o in outcomes[name]]))


def test_the_count_adds_up_and_the_row_is_the_count(scene):
    wanted, stage = scene
    played = course.play(wanted, stage, "kols", 2)
    room = next(p for p in played.practices if isinstance(p, growth.Growing))
    room._feed()
    row = played.run.stage.world
    k = room.brand - row.base
    followers = row.added_followers[row.added_indptr[k] : row.added_indptr[k + 1]]
    change = sum(room.gained.values()) - sum(room.lost.values())
    assert sum(room.gained.values()) > 10
    assert sum(room.lost.values()) > 0
    assert followers.size == room.followers + change
    assert (np.diff(followers) > 0).all()
    flagged = np.flatnonzero(played.run.stage.readers.traits[: row.base] & readers.FOLLOWS_BRAND)
    assert (flagged == followers).all()
    original = stage.casting.graph
    for name, role in stage.casting.roles.items():
        if name != "brand":
            at = int(role.accounts[0]) - row.base
            theirs = row.added_followers[row.added_indptr[at] : row.added_indptr[at + 1]]
            assert (theirs == original.row(int(role.accounts[0]))).all(), name


def test_the_curve_is_the_total(outcomes):
    for one in outcomes["kols"]:
        assert one.curves["new_followers"].sum() == pytest.approx(one.metrics["new_followers"])
        before, after = one.parts["followers_before"], one.parts["followers_after"]
        assert after - before == pytest.approx(one.metrics["new_followers"] - one.metrics["lost_followers"])


def test_who_is_told_more_follows_more(outcomes):
    """V30: KOLs bring new followers; silence wins only those who come anyway."""
    assert mean(outcomes, "kols", "new_followers") > mean(outcomes, "daily", "new_followers")
    assert mean(outcomes, "daily", "new_followers") >= mean(outcomes, "silent", "new_followers") > 0


def test_flooding_and_self_talk_lose_followers(outcomes):
    """V45, in its order."""
    assert mean(outcomes, "flood", "lost_followers") > 3 * mean(outcomes, "daily", "lost_followers")
    assert mean(outcomes, "daily", "lost_followers") > mean(outcomes, "useful", "lost_followers")


def test_silence_grows_slowly_and_straight(scene):
    """S1:95: stably but slowly. The organic rate is followers won a day per follower at the start."""
    wanted, stage = scene
    won = [play.play(wanted, stage, "silent", seed).parts for seed in range(12)]
    gained = np.mean([p["followers_after"] - p["followers_before"] for p in won])
    before = won[0]["followers_before"]
    rules = following.Growth()
    assert 0 < gained < rules.organic * before * 10 * 1.2


def test_a_prize_lifts_the_response_until_the_draw_and_brings_hunters(outcomes, scene):
    assert mean(outcomes, "prize", "messages") > 1.5 * mean(outcomes, "daily", "messages")
    assert mean(outcomes, "prize", "prize_followers") > 0
    assert mean(outcomes, "prize_only", "prize_followers") == 0
    assert mean(outcomes, "prize", "new_followers") > mean(outcomes, "prize_only", "new_followers")
    played = course.play(*scene, "prize", 1)
    room = next(p for p in played.practices if isinstance(p, incentive.Drawing))
    assert played.run.stories.damp[0] == pytest.approx(1 / room._effect())
    assert 1 < room._effect() <= 4


def test_the_effect_of_prizes_is_s_shaped():
    """V55: convex below the half, concave above, bounded."""
    from sim.model.prize import Prize

    worth = np.linspace(0, 6_000, 61)
    effect = np.array([Prize(number=1, value=float(v)).effect(100_000) for v in worth])
    bend = np.diff(effect, 2)
    assert bend[0] > 0
    assert bend[-1] < 0
    assert effect[0] == 1
    assert (np.diff(effect) >= 0).all()
    assert effect.max() < 4


@pytest.mark.luck
def test_hunters_leave_after_the_draw():
    """The same follower, hunter or not: five times the hazard."""
    rules = following.Growth(unfollow=0.05, organic=0.0)
    lost = []
    n = 4_000
    for hunter in (0, 1):
        fans = np.zeros(n, following.FAN)
        fans["state"] = following.FOLLOWS
        fans["hunter"] = hunter
        watch = launches_watch(n)
        _, left = following.night(
            rules, 0, np.ones(1), np.full(1, 0.8), 0.0, np.zeros(8), 0.5, True, np.uint64(luck.seed(1)), np.uint64(2),
            np.array([0, n]), np.ones(1), np.full(n, launches.ALWAYS, np.uint8), 1, watch, np.zeros(n, np.float32),
            np.zeros(n, np.uint8), np.arange(n), fans, np.empty(n, np.int32),
        )  # fmt: skip
        lost.append(left)
    plain = 0.05 * 0.5 * 1.0
    assert luck.counted(lost[0], 1 - np.exp(-plain), n)
    assert luck.counted(lost[1], 1 - np.exp(-5 * plain), n)


def launches_watch(n: int) -> np.ndarray:
    from sim.kernels import ledger

    return np.zeros(n, ledger.WATCH)
