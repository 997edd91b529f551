"""Outside the feed: hot topics, the hot list, search, mentions, and a brand that takes up what others write."""

import itertools

import numpy as np
import pytest

import sim
from sim.graph import grow
from sim.kernels import draws, links
from sim.model import course, gathering, hot, luck, mention
from sim.model import stage as stage_room
from sim.model.costs import bill
from sim.runs import accounting, play
from tests.reference import friends as twin
from tests.reference import launches
from tests.reference import luck as coins

BRAND = [{"by": "brand", "at": 1.0}]
TIED = [{"by": "brand", "at": 1.0, "topic": "games"}]
LATE = [{"by": "brand", "at": 20.0, "topic": "games"}]
GAMES = {"name": "games", "at": 2.0, "life": 6.0, "spread": 0.0, "size": 0.5}
HOT = {"topics": [GAMES], "entry": 1.0}
QUIET = {"repost_rate": 0.0, "peer_rate": 0.0}  # nobody passes anything on
ALL = {"topic_reads", "list_reads", "search_reads", "mention_reads", "taken_up_reads"}


def scenario(posts=BRAND, **tables):
    strategies = {"plain": {"posts": posts}}
    if "topics" in tables.get("hot", {}):
        strategies |= {"tied": {"posts": TIED}, "late": {"posts": LATE}}
    return launches.scenario(accounts=4_000, strategies=strategies, **tables)


@pytest.fixture(scope="module")
def stage():
    return launches.set_up(scenario())


@pytest.fixture(scope="module")
def quiet():
    return launches.set_up(scenario(response=QUIET))


def room(kind, wanted, stage, strategy: str = "plain", seed: int = 5):
    played = course.play(wanted, stage, strategy, seed)
    return next(one for one in played.practices if isinstance(one, kind))


OFF = {
    "hot": {"topics": [GAMES], "chance": 0.0, "entry": 1.0},
    "search": {"rate": 0.0},
    "mentions": {"chance": 0.0, "satisfied": 0.0},
}


@pytest.mark.parametrize("table", sorted(OFF))
def test_without_effect_every_bit_stays(stage, table):
    off = play.play(scenario(), stage, "plain", 5)
    on = play.play(scenario(**{table: OFF[table]}), stage, "plain", 5)
    assert off.metrics["reads"] > 0
    assert on.metrics == off.metrics
    for name, curve in off.curves.items():
        assert (on.curves[name] == curve).all(), name


ON = {
    "hot": {"topics": [GAMES], "chance": 0.05, "entry": 1e-4},
    "search": {"rate": 1.0},
    "mentions": {"chance": 0.8},
}


@pytest.mark.parametrize("table", sorted(ON))
def test_mesa_steps_and_the_books_balance(stage, table):
    wanted = scenario(**{table: ON[table]})
    name = "tied" if table == "hot" else "plain"
    whole = play.play(wanted, stage, name, 5)
    assert accounting.problems(whole, bill(wanted, name)) == []
    assert sum(value for part, value in whole.parts.items() if part in ALL) > 0
    model = sim.CampaignModel(wanted, name, rng=5, stage=stage, materialise=0)
    while model.running:
        model.step()
    assert play.measure(model.cascade, wanted, name).metrics == whole.metrics


# --- topics ---


@pytest.mark.luck
def test_a_riding_post_is_met_by_those_who_follow_the_topic(quiet):
    """Six hours, half the communities, 5% an hour: a binomial number of reads, nobody else's."""
    wanted = scenario(hot=HOT | {"chance": 0.05}, response=QUIET)
    reads = []
    starts = quiet.casting.graph.community_start
    community = np.repeat(np.arange(starts.size - 1), np.diff(starts))
    for seed in range(12):
        found = room(hot.Trending, wanted, quiet, "tied", seed)
        plain = course.play(wanted, quiet, "plain", seed).run.tally.watch["times"]
        extra = np.flatnonzero(found.course.run.tally.watch["times"] > plain)
        assert found.fans["games"][community[extra]].all()
        reads.append(found.met_by["topic"])
        assert found.rides == 6
    fans = int(found.fans["games"][community[quiet.readers.traits[: community.size] & 7 > 0]].sum())
    assert fans == pytest.approx(0.5 * 0.43 * 4_000, rel=0.1)
    expected = 6 * 0.05 * fans
    assert np.mean(reads) == pytest.approx(expected, abs=5 * np.sqrt(expected / 12))


def test_a_post_after_the_topic_gets_nothing(stage):
    wanted = scenario(hot=HOT | {"chance": 0.2})
    late, tied = (play.play(wanted, stage, name, 5) for name in ("late", "tied"))
    assert late.parts["topic_reads"] == 0
    assert tied.parts["topic_reads"] > 0
    assert tied.metrics["reach"] > play.play(wanted, stage, "plain", 5).metrics["reach"]


@pytest.mark.luck
def test_topics_live_as_long_for_every_strategy(stage):
    wanted = scenario(hot={"topics": [GAMES | {"spread": 1.0}], "entry": 1.0})
    ends = {room(hot.Trending, wanted, stage, name, 9).live["games"] for name in ("plain", "tied", "late")}
    assert len(ends) == 1
    lives = [np.diff(room(hot.Trending, wanted, stage, "plain", seed).live["games"])[0] for seed in range(200)]
    logs = np.log(np.array(lives) / 6.0)
    assert abs(np.median(logs)) < 5 * np.sqrt(np.pi / 2 / logs.size)
    assert abs(logs.std() - 1.0) < 5 / np.sqrt(2 * logs.size)


def test_a_content_may_ride_as_such(stage):
    wanted = launches.scenario(
        accounts=4_000, hot=HOT, contents={"launch": {"topic": "games"}}, strategies={"a": {"posts": BRAND}}
    )
    assert play.play(wanted, stage, "a", 5).parts["topic_reads"] > 0


@pytest.mark.parametrize(
    ("tables", "words"),
    [
        ({"strategies": {"a": {"posts": TIED}}}, "none is declared"),
        ({"contents": {"launch": {"topic": "olympics"}}, "hot": HOT}, "one of: games"),
        ({"hot": {"topics": [GAMES, GAMES]}}, "used twice"),
        ({"strategies": {"a": {"prize": {"mention": 2}}}}, "no table"),
    ],
)
def test_what_cannot_be_is_refused(tables, words):
    with pytest.raises(ValueError, match=words):
        launches.scenario(**tables)


# --- the list ---


def test_the_list_takes_what_many_pass_on(stage):
    """A threshold of no repost at all, one that is met, and one that never is."""
    found = {}
    for entry in (0.0, 3e-4, 1.0):
        found[entry] = play.play(scenario(hot={"entry": entry}), stage, "plain", 5).parts
    assert found[1.0]["list_reads"] == found[1.0]["list_hours"] == 0
    assert found[0.0]["list_hours"] >= found[3e-4]["list_hours"] > 0
    assert found[3e-4]["list_reads"] > 0


def test_a_story_comes_onto_the_list_once(stage):
    found = room(hot.Trending, scenario(hot={"entry": 0.0, "list_spread": 0.0, "list_life": 3.0}), stage)
    assert len(found.listed) == 1
    assert found.hours_listed == 3


@pytest.mark.luck
def test_the_list_is_met_by_interest(quiet):
    """One hour on the list: half of the active inside the topic, a quarter of that outside."""
    wanted = scenario(hot={"entry": 1.0, "list_chance": 0.5}, response=QUIET)
    inside, outside = np.zeros(2), np.zeros(2)
    for seed in range(6):
        found = room(hot.Trending, wanted, quiet, "plain", seed)
        before = found.course.run.tally.watch["times"].copy()
        again = course.Course(wanted, quiet, "plain", seed)
        again.run.plan(0, again.plan.size)
        again.advance(10)
        trending = next(one for one in again.practices if isinstance(one, hot.Trending))
        trending._list(0, 10)
        again.advance(again.stage.hours)
        extra = again.run.tally.watch["times"].astype(int) - before
        for account in stage_room.public_of(quiet)[0].tolist():
            side = inside if quiet.interest[quiet.casting.graph.community_of(account)] == 1.0 else outside
            side += [extra[account], 1]
    assert coins.counted(inside[0], 0.5, inside[1])
    assert coins.counted(outside[0], 0.125, outside[1])


# --- search ---


@pytest.mark.luck
def test_search_finds_by_the_root_of_the_reads(quiet):
    """Reads by search a day: rate x reads^power at the size of the market, for as long as declared (row 53).

    What is found counts as read, and is found the more.  Each hour the fraction of a simulated person is drawn, which
    adds at most a quarter to the variance, whatever was found before.
    """
    rate, hours = 60.0, np.arange(2, 25)  # published at hour 1
    wanted = scenario(search={"rate": rate, "days": 1.0}, response=QUIET)
    clock = np.diff(quiet.rhythm.clock)[hours] / 3600 / 24
    apart = expected = at_first = 0.0
    for seed in range(12):
        alone = play.play(scenario(response=QUIET), quiet, "plain", seed)
        curve = play.play(wanted, quiet, "plain", seed).curves["search_reads"]
        assert curve.sum() == curve[hours].sum() > 0
        pushed = alone.curves["reads"].sum()  # all are counted when a post is pushed
        hourly = rate * np.sqrt(pushed + np.cumsum(curve)[hours - 1]) * clock
        apart += curve.sum() - hourly.sum()
        expected += hourly.sum()
        at_first += (rate * np.sqrt(pushed) * clock).sum()
    reach = 5 * quiet.factor * np.sqrt(12 * hours.size / 4) + 0.005 * expected  # one person twice in an hour is once
    assert abs(apart) < reach < 0.5 * (expected - at_first)


def test_search_goes_on_for_days(stage):
    wanted = scenario(search={"rate": 3.0}, days=4)
    late = play.play(wanted, launches.set_up(wanted), "plain", 5)
    assert late.parts["search_reads_late"] > 0
    assert late.parts["search_reads_late"] < late.parts["search_reads"]


# --- mentions ---


@pytest.mark.luck
def test_mentions_bring_friends(stage):
    """Everybody who reposts mentions one to three; of the active 80% look at it (against a feed's tenth; row 96)."""
    wanted = scenario(mentions={"chance": 1.0, "satisfied": 1.0, "minutes": 1.0}, days=4)
    here = launches.set_up(wanted)
    mentions, reads, reposters = 0, 0, 0
    for seed in range(60):
        found = room(mention.Mentioning, wanted, here, "plain", seed)
        run = found.course.run
        reposters += int((run.posts.parent[: run.post_count] >= 0).sum())
        mentions, reads = mentions + found.count, reads + found.reads
    assert reposters > 20
    assert mentions / reposters == pytest.approx(2.0, abs=5 * np.sqrt(2 / 3 / reposters) + 0.05)
    active = 1.0 - here.attention.dormant
    error = 5 * np.sqrt(0.25 / mentions)
    assert 0.8 * active - error < reads / mentions < 0.95 + error  # who is followed much is more often awake
    feed = float((here.readers.traits[:4_000] & 7 > 0).mean() * 0.3)
    assert reads / mentions > feed + error


def friends(graph, account: int, number: int, seed: int):
    """Whom one account mentions, and how many of them are mutual friends."""
    who, numbers, streams = np.array([account]), np.array([number]), np.array([seed], np.uint64)
    starts, chosen, mutual = mention.friends_of(stage_room.world_of(graph), 1, who, numbers, streams)
    assert starts.tolist() == [0, chosen.size]
    return chosen.tolist(), mutual


def test_mutual_friends_come_first():
    rows = [[1, 2, 3, 4], [0], [], [0], []]
    graph = launches.graph_of(rows)
    for seed in range(20):
        assert friends(graph, 0, 2, seed) == ([1, 3], 2)
        three, mutual = friends(graph, 0, 3, seed)
        assert {1, 3} < set(three) <= {1, 2, 3, 4}
        assert mutual == 2
    assert friends(graph, 2, 3, 1) == ([], 0)


@pytest.mark.parametrize("on_demand", [False, True])
def test_friends_as_the_plain_twin_finds_them(on_demand):
    """Many mentions at once, stored rows and computed ones, against followers sorted by their draws one by one."""
    graph = grow.grow(links.Growth(accounts=3_000, seed=5), on_demand=on_demand)
    rng = np.random.default_rng(6)
    who, number = rng.integers(0, 3_000, 60), rng.integers(1, 6, 60)
    streams = rng.integers(0, 2**63, 60).astype(np.uint64)
    starts, chosen, mutual = mention.friends_of(stage_room.world_of(graph), graph.longest_row, who, number, streams)
    twins = [twin.friends(graph, *one) for one in zip(who.tolist(), number.tolist(), streams, strict=True)]
    assert [chosen[a:b].tolist() for a, b in itertools.pairwise(starts)] == [found for found, _ in twins]
    assert mutual == sum(known for _, known in twins) > 20


def test_the_satisfied_tell_more_friends(stage):
    """The same luck: those who mention at 10% are among those who mention at 25%."""
    key = np.uint64(draws.key(np.uint64(5), draws.PLAN, np.uint64(1)))
    coins = luck.chances(key, np.arange(10_000))
    assert 0 < (coins < 0.1).sum() < (coins < 0.25).sum()
    counts = {}
    for liking in (-1.0, 1.0):  # everybody is satisfied, or nobody
        wanted = scenario(mentions={"liking": liking})
        counts[liking] = sum(room(mention.Mentioning, wanted, stage, "plain", seed).count for seed in range(20))
    assert counts[-1.0] > 1.5 * counts[1.0]


def test_a_prize_may_ask_for_mentions(stage):
    table = {"mentions": {"chance": 0.0, "satisfied": 0.0, "cap": 5}}
    counts = {}
    for asked in (0, 2, 20):
        prize = {"number": 1, "value": 0.0, "until": 48.0, "mention": asked}
        wanted = scenario(**table).changed({"strategies": {"plain": {"posts": BRAND, "prize": prize}}})
        found = room(mention.Mentioning, wanted, stage)
        run = found.course.run
        passed = int((run.posts.parent[: run.post_count] >= 0).sum())
        counts[asked] = found.count / max(passed, 1)
    assert counts[0] == 0
    assert 1.5 < counts[2] <= 2
    assert 2 < counts[20] <= 5  # it saturates


# --- dialogue ---


def talking(stage_days: int = 3, **dialogue):
    plain = {"posts": [{"by": "brand", "times": 3, "every": 24}]}
    talk = plain | {"dialogue": dialogue}
    return launches.scenario(accounts=4_000, strategies={"plain": plain, "talk": talk}, days=stage_days, growth={})


def test_who_is_taken_up_likes_the_brand_better():
    """Attitude rises with those engaged (row 68), and a little with those who see it."""
    wanted = talking(per_day=200, warm=0.5, onlookers=0.0)
    stage = launches.set_up(wanted)
    found = room(gathering.Gathering, wanted, stage, "talk")
    attitude = found.course.people.attitude
    people, times = np.unique(found.taken, return_counts=True)
    assert people.size > 4
    assert attitude[people] == pytest.approx(0.5 * times)
    assert np.count_nonzero(attitude) == people.size
    seen = room(gathering.Gathering, talking(per_day=200, warm=0.5, onlookers=0.1), stage, "talk")
    assert (seen.course.people.attitude > 0).sum() > people.size
    parts = play.play(wanted, stage, "talk", 5).parts
    assert parts["taken_up"] == people.size * stage.factor if times.max() == 1 else True
    assert parts["taken_up_attitude"] > 0


@pytest.mark.luck
def test_so_many_a_day_and_no_more():
    """Ten a day at the size of the market are a fraction of a simulated one: it is met on average."""
    wanted = talking(per_day=10, seen=0.0)
    stage = launches.set_up(wanted)
    counts = [len(room(gathering.Gathering, wanted, stage, "talk", seed).taken) for seed in range(60)]
    days = 60 * 2  # two full days before the end of each
    assert coins.counted(sum(counts), 10 / stage.factor, days)
    assert bill(wanted, "talk")["dialogue"] == 10 * 10 * 3
    assert "dialogue" not in bill(wanted, "plain")


def test_what_is_taken_up_is_shown_to_followers():
    wanted = talking(per_day=200, seen=0.5)
    stage = launches.set_up(wanted)
    with_talk, without = (play.play(wanted, stage, name, 5) for name in ("talk", "plain"))
    assert with_talk.parts["taken_up_reads"] > 0
    assert with_talk.metrics["reads"] > without.metrics["reads"]
    assert accounting.problems(with_talk, bill(wanted, "talk")) == []
    silent = play.play(talking(per_day=200, seen=0.0, warm=0.0, onlookers=0.0), stage, "talk", 5)
    for name in ("reads", "reach", "messages", "new_followers"):
        assert silent.metrics[name] == without.metrics[name]
