"""Every room about channels, topics and rivals at once: stored, computed and read graphs, and the smallest ones."""

import pytest

import sim
from sim.graph.follower_graph import FollowerGraph
from sim.model import stage as stage_room
from sim.model.costs import bill
from sim.runs import accounting, play
from tests.reference import launches

TABLES = {
    "hot": {"topics": [{"name": "games", "life": 20.0}], "entry": 1e-4, "chance": 0.05},
    "search": {"rate": 1.0},
    "mentions": {"chance": 0.5},
    "circle": {"subscribers": 20_000, "friends": 30.0},
    "rivals": {"brands": [{"name": "alpha", "audience": 0.1, "every": 6}]},
    "press": {"chance": 0.5},
    "service": {},
    "growth": {},
    "orders": {"hazard": 0.01, "buyers": 0.5},
    "staff": {"share": 0.1},
    "reviews": {},
}
POSTS = [
    *launches.EVERYTHING,
    {"by": "brand", "at": 2, "topic": "games"},
    {"by": "brand", "channel": "circle"},
    {"by": "employees", "channel": "circle"},
]
LOUD = {
    "posts": POSTS,
    "bots": {"reposts": 100},
    "dialogue": {"per_day": 300},
    "desk": {},
    "prize": {"number": 5, "value": 50.0, "mention": 2, "follow": True},
}
FILLED = (
    "topic_reads", "list_reads", "search_reads", "mention_reads", "taken_up_reads", "circle_reads", "rival_reads",
    "bot_reposts", "media_posts",
)  # fmt: skip


def scenario(accounts: int = 4_000):
    cast = {"media": [{"name": "daily", "audience": 0.2}]}
    return launches.scenario(accounts=accounts, strategies={"loud": LOUD, "silent": {}}, cast=cast, **TABLES)


@pytest.fixture(scope="module")
def stored():
    return launches.set_up(scenario())


def test_all_rooms_do_their_part_and_the_books_balance(stored):
    found = play.play(scenario(), stored, "loud", 5)
    for name in FILLED:
        assert found.parts[name] > 0, name
    for name in ("share_of_voice", "orders", "new_followers", "response_rate"):
        assert found.metrics[name] > 0, name
    assert accounting.problems(found, bill(scenario(), "loud")) == []
    silent = play.play(scenario(), stored, "silent", 5)
    assert silent.metrics["reads"] == 0
    assert silent.parts["orders_anyway"] == found.parts["orders_anyway"]


def test_computed_rows_give_the_same_bits(stored):
    computed = launches.set_up(scenario(), on_demand=True)
    here, there = (play.play(scenario(), stage, "loud", 5) for stage in (stored, computed))
    assert here.metrics == there.metrics
    assert here.metrics["reads"] > 0


def test_a_graph_that_was_read_will_do(stored):
    graph = stored.casting.graph
    read = stage_room.set_stage(scenario(), FollowerGraph(graph.indptr, graph.followers, graph.community_start))
    found = play.play(scenario(), read, "loud", 5)
    assert found.parts["circle_reads"] > 0
    assert found.parts["rival_reads"] > 0
    assert accounting.problems(found, bill(scenario(), "loud")) == []


@pytest.mark.parametrize("accounts", [2, 3, 10, 60])
def test_small_markets_do_not_break(accounts):
    wanted = scenario(accounts)
    found = play.play(wanted, launches.set_up(wanted), "loud", 1)
    assert accounting.problems(found, bill(wanted, "loud")) == []


def test_mesa_steps_through_all_of_it(stored):
    wanted = scenario()
    model = sim.CampaignModel(wanted, "loud", rng=5, stage=stored, materialise=0)
    while model.running:
        model.step()
    assert play.measure(model.cascade, wanted, "loud").metrics == play.play(wanted, stored, "loud", 5).metrics
