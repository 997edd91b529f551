"""Rivals, the press and bots: rivals are the same for every strategy, off is as if not there, bots reach nobody."""

import numpy as np
import pytest

import sim
from sim.kernels import response
from sim.model import course, orders, rivals
from sim.model.costs import bill
from sim.runs import accounting, play
from tests.reference import launches, luck

BRANDS = [
    {"name": "alpha", "audience": 0.15, "every": 6, "quality": 2.0},
    {"name": "beta", "audience": 0.05, "at": 3.0, "every": 12},
]
POSTS = launches.EVERYTHING
OURS = {"rival_orders", "reached_by_both", "rival_talk_found", "rival_talk_minutes"}


def scenario(table=None, **tables):
    strategies = {"silent": {}, "posts": {"posts": POSTS}}
    if "service" in tables:
        strategies["listen"] = {"posts": POSTS, "desk": {}}
        strategies["deaf"] = {"posts": POSTS, "desk": {"listening": False}}
    if table != "off":
        tables["rivals"] = {"brands": BRANDS} | (table or {})
    return launches.scenario(strategies=strategies, **tables)


@pytest.fixture(scope="module")
def bare():
    wanted = scenario("off")
    return wanted, launches.set_up(wanted)


def room(wanted, stage, strategy: str, seed: int = 5) -> rivals.Competing:
    played = course.play(wanted, stage, strategy, seed)
    return next(one for one in played.practices if isinstance(one, rivals.Competing))


# --- rivals ---


def test_rivals_leave_every_bit_of_the_launch(bare):
    off, on = play.play(*bare, "posts", 5), play.play(scenario(), bare[1], "posts", 5)
    assert off.metrics["reads"] > 0
    assert off.metrics["share_of_voice"] is None
    assert on.parts["rival_reads"] > 0
    for name, value in off.metrics.items():
        if name != "share_of_voice":
            assert on.metrics[name] == value, name
    for name, curve in off.curves.items():
        assert (on.curves[name] == curve).all(), name


def test_they_are_the_same_whatever_we_do(bare):
    wanted = scenario()
    silent, posts = (play.play(wanted, bare[1], name, 5) for name in ("silent", "posts"))
    for name, value in silent.parts.items():
        if name.startswith(("rival", "talkers")) and name not in OURS:
            assert posts.parts[name] == value, name
    assert silent.parts["rival_messages"] > 0
    assert (silent.curves["rival_reads"] == posts.curves["rival_reads"]).all()
    other = play.play(wanted, bare[1], "silent", 6)
    assert other.parts["rival_reads"] != silent.parts["rival_reads"]


def test_their_calendars_are_kept(bare):
    found = room(scenario(), bare[1], "silent")
    run, first = found.run, bare[1].accounts
    assert np.bincount(run.messages.account - first).tolist() == [8, 4]  # 48 h, every 6 and every 12 from 3 on
    assert sorted(run.messages.second[run.messages.account == first + 1] // 3600) == [3, 15, 27, 39]
    assert run.messages.followers[run.messages.account == first] == pytest.approx(15_000)


def test_share_of_voice_is_our_part_of_all_talk(bare):
    found = play.play(scenario(), bare[1], "posts", 5)
    ours, theirs = found.metrics["messages"], found.parts["rival_messages"]
    assert found.metrics["share_of_voice"] == pytest.approx(ours / (ours + theirs))
    assert 0 < found.metrics["share_of_voice"] < 1
    assert play.play(scenario(), bare[1], "silent", 5).metrics["share_of_voice"] == 0
    assert play.play(scenario({"brands": []}), bare[1], "silent", 5).metrics["share_of_voice"] is None
    assert play.play(scenario({"brands": []}), bare[1], "posts", 5).metrics["share_of_voice"] == 1


def test_who_reads_them_thinks_less_of_us(bare):
    found = room(scenario({"sway": -0.5}), bare[1], "silent")
    attitude = found.course.people.attitude
    times = found.run.tally.watch["times"][: attitude.size]
    assert (attitude == np.float32(-0.5) * times).all()
    assert times.sum() > 100


def test_they_sell_to_buyers_who_are_then_lost_to_us(bare):
    table = {"orders": {"buyers": 0.8, "hazard": 0.02, "effect": 20.0}}
    sells, only_talk = (scenario({"sells": sells, "sway": 0.0}, **table) for sells in (True, False))
    lost, kept = 0.0, 0.0
    for seed in range(4):
        one, other = (play.play(wanted, bare[1], "posts", seed) for wanted in (sells, only_talk))
        assert one.parts["rival_orders"] > 0
        assert other.parts["rival_orders"] == 0
        lost, kept = lost + one.metrics["orders"], kept + other.metrics["orders"]
        assert one.metrics["orders"] + one.parts["rival_orders"] >= other.metrics["orders"]
    assert lost < kept
    found = room(sells, bare[1], "posts")
    ours = next(one for one in found.course.practices if isinstance(one, orders.Ordering))
    placed = sum(ours.placed.values())
    assert ours.shop.state["ordered"].sum() == placed + found.sold  # nobody orders twice


@pytest.mark.luck
def test_listening_finds_its_share_of_the_talk_about_rivals(bare):
    """Coverage .8 within 15 minutes on average (median 10); without listening nothing (row 77)."""
    wanted = scenario(service={"complaints": 0.0})
    heard, talk, together = 0.0, 0, 0
    wait, errors = [], []
    for seed in range(40):
        found = room(wanted, bare[1], "listen", seed)
        run, told = found.run, found.parts()
        passed = run.posts.account[: run.post_count][run.posts.parent[: run.post_count] >= 0]
        words = np.bincount(np.concatenate([passed, run.tally.talk_account[: run.comment_count]]))
        heard, talk = heard + told["rival_talk_found"] * words.sum(), talk + words.sum()
        together += (words**2).sum()  # what one person says is found, or not, together
        wait.append(told["rival_talk_minutes"])
        errors.append(15 * np.sqrt((words**2).sum() / 0.8) / words.sum())  # of the median of exponential waits
        for name in ("deaf", "posts"):
            assert play.play(wanted, bare[1], name, seed).parts["rival_talk_found"] == 0
    assert abs(heard / talk - 0.8) < 5 * np.sqrt(0.16 * together) / talk
    assert abs(np.mean(wait) - 15 * np.log(2)) < 5 * np.linalg.norm(errors) / len(errors) + 0.1


def test_the_books_balance_with_rivals(bare):
    wanted = scenario(service={}, growth={}, orders={})
    for name in wanted.strategies:
        assert accounting.problems(play.play(wanted, bare[1], name, 3), bill(wanted, name)) == []


def test_rivals_are_refused_by_name():
    with pytest.raises(ValueError, match="used twice"):
        scenario({"brands": [{"name": "alpha"}, {"name": "alpha"}]})


# --- the press ---

MEDIA = {"media": [{"name": "daily", "audience": 0.3}, {"name": "weekly", "audience": 0.1}]}
NEWS = [{"by": "brand", "times": 20, "every": 2}]


def press(chance: float, **table):
    return launches.scenario(
        cast=MEDIA, press={"chance": chance, "minutes": 1.0} | table, strategies={"news": {"posts": NEWS}}
    )


@pytest.mark.luck
def test_the_press_passes_on_what_its_chance_says():
    stage = launches.set_up(press(0.0))
    names = {int(role.accounts[0]): role.name for role in stage.casting.called("media")}
    assert sorted(names.values()) == ["daily", "weekly"]
    counts = {}
    for chance in (0.0, 0.3, 1.0):
        plans = [course.Course(press(chance), stage, "news", seed).plan for seed in range(10)]
        counts[chance] = sum(int((plan.messenger == response.MEDIA).sum()) for plan in plans)
        assert all((plan.messenger == response.BRAND).sum() == 20 for plan in plans)
    assert counts[0.0] == 0
    assert luck.counted(counts[0.3], 0.3, 400)
    assert counts[1.0] == pytest.approx(400, abs=15)  # the last may come after the horizon


def test_no_news_no_press():
    stage = launches.set_up(press(0.0))
    assert play.play(press(1.0, contents={"launch": 0.0}), stage, "news", 3).parts["media_posts"] == 0
    brought = play.play(press(1.0), stage, "news", 3)
    direct = play.play(press(0.0), stage, "news", 3)
    assert brought.parts["media_posts"] == 40
    assert brought.parts["reads_by_media"] > 0 == direct.parts["reads_by_media"]
    assert brought.metrics["reach"] > direct.metrics["reach"]


def test_without_the_table_media_are_silent():
    wanted = launches.scenario(cast=MEDIA, strategies={"news": {"posts": NEWS}})
    stage = launches.set_up(wanted)
    off, on = play.play(wanted, stage, "news", 3), play.play(press(0.0), stage, "news", 3)
    assert off.metrics["reads"] > 0
    assert off.metrics == on.metrics


def test_media_are_agents_too():
    wanted = press(1.0)
    stage = launches.set_up(wanted)
    model = sim.CampaignModel(wanted, "news", rng=3, stage=stage, materialise=0)
    while model.running:
        model.step()
    assert play.measure(model.cascade, wanted, "news").metrics == play.play(wanted, stage, "news", 3).metrics
    assert type(model.agent("daily")).__name__ == "Outlet"


# --- bots ---


def bots(reposts: int, **tables):
    strategies = {"plain": {"posts": NEWS[:1]}, "bots": {"posts": NEWS[:1], "bots": {"reposts": reposts, "hours": 0.5}}}
    return launches.scenario(strategies=strategies, **tables)


def test_nobody_is_reached_by_a_bot(bare):
    wanted = bots(2_000)
    plain, bought = (play.play(wanted, bare[1], name, 5) for name in ("plain", "bots"))
    assert plain.metrics["reposts"] > 0
    costly = {name for name in plain.metrics if name.startswith("cost")}
    for name, value in plain.metrics.items():
        assert (bought.metrics[name] == value) == (name not in costly or value is None), name
    assert bought.metrics["cost"] - plain.metrics["cost"] == 20 * 2_000 * 50 / 1_000
    assert "bot_reposts" not in plain.parts


def test_bots_are_reported_apart(bare):
    found = play.play(bots(2_000), bare[1], "bots", 5)
    assert found.parts["bot_reposts"] == pytest.approx(40_000)  # the last was posted ten hours before the end
    assert found.parts["reposts_shown"] == pytest.approx(found.metrics["reposts"] + 40_000)
    assert found.parts["bot_share"] == pytest.approx(40_000 / found.parts["reposts_shown"])
    assert found.curves["bot_reposts"][0] == pytest.approx(2_000 * (1 - np.exp(-2)))
    assert found.curves["bot_reposts"].sum() == pytest.approx(found.parts["bot_reposts"])


def test_bots_bring_a_story_onto_the_list(bare):
    """The list looks at the inflated counter; whom it shows the story to are people."""
    wanted = bots(100_000, hot={"entry": 0.5})
    plain, bought = (play.play(wanted, bare[1], name, 5) for name in ("plain", "bots"))
    assert plain.parts["list_entries"] == 0
    assert bought.parts["list_entries"] >= 1
    assert bought.parts["list_reads"] > 0
    assert bought.metrics["reach"] > plain.metrics["reach"]
