"""The closed channel: only friends see, people count once, the same content and moods, its own luck to be seen."""

import numpy as np
import pytest

import sim
from sim.kernels import ledger, response
from sim.model import circle, course
from sim.model.costs import bill
from sim.runs import accounting, play
from tests.reference import launches, luck

CIRCLE = {"subscribers": 20_000, "friends": 40.0, "chat": 6, "read": 0.4, "friction": 1.0}
OPEN = [{"by": "brand", "times": 2, "every": 24}, {"by": "employees", "at": 0.5}]
CLOSED = [action | {"channel": "circle"} for action in OPEN]


def scenario(table=None, **tables):
    strategies = {"open": {"posts": OPEN}}
    if table != "off":
        strategies |= {"closed": {"posts": CLOSED}, "both": {"posts": OPEN + CLOSED}}
        tables["circle"] = CIRCLE | (table or {})
    return launches.scenario(accounts=4_000, strategies=strategies, **tables)


@pytest.fixture(scope="module")
def scene():
    wanted = scenario()
    return wanted, launches.set_up(wanted)


def room(wanted, stage, strategy: str, seed: int = 5) -> circle.Circling:
    played = course.play(wanted, stage, strategy, seed)
    return next(one for one in played.practices if isinstance(one, circle.Circling))


def same(one, other) -> None:
    """Every defined number of two outcomes."""
    assert one.metrics["reads"] > 0
    assert one.metrics == other.metrics
    for name, curve in one.curves.items():
        assert (curve == other.curves[name]).all(), name


def test_a_launch_on_the_open_channel_does_not_notice_it(scene):
    off = play.play(scenario("off"), scene[1], "open", 5)
    on = play.play(*scene, "open", 5)
    same(off, on)
    assert on.parts["circle_reads"] == 0
    assert all(on.parts[name] == value for name, value in off.parts.items())


def test_what_happens_in_the_circle_does_not_depend_on_the_open_channel(scene):
    alone, both = (play.play(*scene, name, 5) for name in ("closed", "both"))
    assert alone.parts["circle_reads"] > 0
    for name in ("circle_reads", "circle_reach", "circle_messages", "circle_shared_reads"):
        assert alone.parts[name] == both.parts[name]
    only = play.play(*scene, "open", 5)
    assert both.parts["open_reads"] == only.metrics["reads"]
    assert both.metrics["reads"] == only.metrics["reads"] + alone.metrics["reads"]
    assert both.metrics["messages"] == only.metrics["messages"] + alone.metrics["messages"]


def test_nobody_else_sees_it(scene):
    """Every reader subscribes, or is shown a share by somebody who shared: no strangers (V47)."""
    wanted = scenario({"look": 1.0})
    stage = scene[1]
    shares = 0
    for seed in range(4):
        found = room(wanted, stage, "closed", seed)
        run = found.run
        graph = found.stage_there.casting.graph
        authors = np.unique(run.posts.account[: run.post_count])
        shares += run.post_count - found.run.messages.account.size
        shown = np.unique(np.concatenate([graph.row(int(account)) for account in authors]))
        readers = np.flatnonzero(run.tally.watch["times"])
        assert readers.size > 100
        assert np.isin(readers, shown).all()
    assert shares > 20


@pytest.mark.luck
def test_without_sharing_a_share_of_the_subscribers_reads(scene):
    """20,000 of 100,000, about 40% of them (who: a draw of the stage) read each of two pushes, some too late."""
    wanted = scenario({"friction": 0.0}).changed({"strategies": {"pushes": {"posts": CLOSED[:1]}}})
    reads = [room(wanted, scene[1], "pushes", seed).run.tally.reads[:, response.BRAND].sum() for seed in range(20)]
    expected = 2 * 0.2 * 4_000 * 0.4
    error = 0.4 * 2 * np.sqrt(800) * 0.43 + np.sqrt(expected * 0.6 / 20)  # habits of 800 subscribers; their luck
    assert 0.92 * expected - 5 * error < np.mean(reads) < expected + 5 * error


def test_people_count_once(scene):
    """With two people behind every pair of accounts reach adds up; with one, who is on both counts once."""
    stage = scene[1]
    reach = {}
    for share in (0.0, 1.0):
        wanted = scenario({"overlap": share})
        found = play.play(wanted, stage, "both", 5)
        reach[share] = found.metrics["reach"]
        twice = found.parts["reached_on_both"]
        assert found.metrics["reach"] == pytest.approx(found.parts["open_reach"] + found.parts["circle_reach"] - twice)
        assert (twice > 0) == (share > 0)
    assert reach[1.0] < reach[0.0]


@pytest.mark.luck
def test_the_same_content_and_moods_but_other_eyes(scene):
    wanted, stage = scene
    played = course.play(wanted, stage, "both", 7)
    there = next(one for one in played.practices if isinstance(one, circle.Circling)).run
    here = played.run
    brand = response.BRAND
    first = here.messages.quality[here.messages.messenger == brand]
    assert (first == there.messages.quality[there.messages.messenger == brand]).all()
    assert (here.stories.gate == there.stories.gate).all()
    assert not np.isin(here.messages.label, there.messages.label).any()
    seen = []
    for seed in range(6):  # of those to whom both were pushed: as good as independent
        played = course.play(wanted, stage, "both", seed)
        there = next(one for one in played.practices if isinstance(one, circle.Circling))
        here_row = stage.casting.graph.row(int(stage.casting.roles["brand"].accounts[0]))
        there_graph = there.stage_there.casting
        there_row = there_graph.graph.row(int(there_graph.roles["brand"].accounts[0]))
        people = np.intersect1d(here_row, there_row)
        seen.append((played.run.tally.watch["times"][people] > 0, there.run.tally.watch["times"][people] > 0))
    one, other = (np.concatenate(part) for part in zip(*seen, strict=True))
    assert one.size > 300
    assert abs(np.corrcoef(one, other)[0, 1]) < 5 / np.sqrt(one.size)


def test_one_push_a_day(scene):
    posts = [{"by": "brand", "times": 6, "every": 8, "channel": "circle"}]
    wanted = launches.scenario(accounts=4_000, strategies={"often": {"posts": posts}}, circle=CIRCLE)
    found = room(wanted, scene[1], "often")
    day = (20 * 3600 + found.run.messages.second) // 86_400
    assert np.unique(day).size == day.size == 3  # it begins at 20 h: parts of three days
    assert found.held_back == 3
    assert found.parts()["circle_pushes_held_back"] == 3


def test_search_lists_topics_and_mentions_do_not_reach_it(scene):
    """The same bits with all of them switched on (V46: no lift)."""
    tables = {"hot": {"topics": [{"name": "games", "life": 40.0}], "chance": 0.5, "entry": 0.0},
              "search": {"rate": 5.0}, "mentions": {"chance": 1.0}}  # fmt: skip
    wanted = scenario(**tables)
    tied = [action | {"topic": "games"} for action in CLOSED]
    wanted = wanted.changed({"strategies": {"tied": {"posts": tied}}})
    plain = play.play(*scene, "closed", 5)
    for name in ("closed", "tied"):
        found = play.play(wanted, scene[1], name, 5)
        same(plain, found)
        assert found.parts["search_reads"] == found.parts["list_reads"] == found.parts["topic_reads"] == 0
        assert found.parts["mentions"] == 0
    open_to_all = play.play(wanted, scene[1], "open", 5)
    assert min(open_to_all.parts[name] for name in ("search_reads", "list_reads", "mentions")) > 0


def test_the_books_balance(scene):
    for name in scene[0].strategies:
        outcome = play.play(*scene, name, 3)
        assert accounting.problems(outcome, bill(scene[0], name)) == []


@pytest.mark.luck
def test_few_employees_share_unasked_into_their_circles(scene):
    wanted = scenario(staff={"share": 0.5, "minutes": 1.0})
    posts = {"quiet": {"posts": CLOSED[:1]}}
    with_staff = wanted.changed({"strategies": posts})
    without = scenario().changed({"strategies": posts})
    counts = [
        sum((room(one, scene[1], "quiet", seed).run.messages.messenger == response.EMPLOYEE).sum() for seed in range(5))
        for one in (with_staff, without)
    ]
    assert counts[1] == 0
    assert luck.counted(counts[0], 0.5, 10 * 2 * 5)


@pytest.mark.luck
def test_people_who_are_only_there_order_too(scene):
    """Everybody reads everything and orders at once: nobody on the open channel, all on both together."""
    tables = {"orders": {"buyers": 1.0, "hazard": 0.0}}
    none = play.play(scenario(**tables), scene[1], "closed", 5)
    assert none.metrics["orders"] == 0
    wanted = scenario({"overlap": 0.5}, orders={"buyers": 1.0, "hazard": 1e-9, "effect": 1_000.0})
    assert course.Course(wanted, scene[1], "closed", 5).public == pytest.approx(1.5 * 4_000, rel=0.05)
    lively = scenario({"overlap": 0.5}, orders={"buyers": 1.0, "hazard": 0.01, "effect": 50.0})
    shut = play.play(lively, scene[1], "open", 5)
    both = play.play(lively, scene[1], "both", 5)
    assert both.metrics["orders"] > shut.metrics["orders"] > shut.parts["orders_anyway"]
    assert both.parts["orders_anyway"] == shut.parts["orders_anyway"]


def test_what_was_read_is_put_together_per_person(scene):
    found = room(*scene, "both", 5)
    run = found.course.run
    here, there = run.tally.watch[: found.both.size], found.run.tally.watch[: found.both.size]
    whole = found.met(run.tally.watch, found.course.market_stage.hours)
    assert whole.size == found.course.public
    assert whole["times"].sum() == here["times"].sum() + there["times"].sum()
    person = np.flatnonzero(found.both & (here["times"] > 0) & (there["times"] > 0))[0]
    assert whole["first"][person] == min(here["first"][person], there["first"][person])
    assert whole["last"][person] == max(here["last"][person], there["last"][person])
    stranger = np.flatnonzero(~found.both & (there["times"] > 0))[0]
    assert whole["first"][stranger] == here["first"][stranger] or here["first"][stranger] == ledger.NEVER


def test_mesa_steps_through_it_too(scene):
    wanted, stage = scene
    model = sim.CampaignModel(wanted, "both", rng=5, stage=stage, materialise=0)
    while model.running:
        model.step()
    same(play.measure(model.cascade, wanted, "both"), play.play(wanted, stage, "both", 5))


@pytest.mark.parametrize(
    ("strategies", "words"),
    [
        ({"a": {"posts": [{"by": "kols", "channel": "circle"}]}}, "needs the table"),
        ({"a": {"posts": [{"by": "brand", "channel": "moments"}]}}, "channel"),
    ],
)
def test_what_cannot_be_is_refused(strategies, words):
    with pytest.raises(ValueError, match=words):
        launches.scenario(strategies=strategies, circle=CIRCLE)
    with pytest.raises(ValueError, match="needs the table"):
        launches.scenario(strategies={"a": {"posts": CLOSED}})
