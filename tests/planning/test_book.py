"""The book: no play is lost by Ctrl-C, none is played twice, and what a play depends on names it."""

import json
import threading

import pytest

from sim.errors import UserError
from sim.planning import book, breakeven, optimise, race, risk, roster, trials
from sim.results import shelf
from sim.runs import compare
from tests.reference import launches

PLANS = {
    "one": {"posts": [{"by": "brand"}, {"by": "kols", "at": 1}]},
    "two": {"posts": [{"by": "brand", "times": 3, "every": 6}]},
    "three": {"posts": [{"by": "employees"}, {"by": "anna", "at": 2}]},
}
ASKED = {
    "choose": lambda scenario, **how: roster.choose(scenario, 3_000, replicates=4, **how).plain(),
    "breakeven": lambda scenario, **how: breakeven.breakeven(
        scenario, "one", "two", ["kol_fee_factor"], replicates=8, **how
    ),
    "optimise": lambda scenario, **how: optimise.optimise(scenario, None, 3_000, plans=6, replicates=4, **how),
    "risk": lambda scenario, **how: risk.risk(scenario, replicates=4, **how),
    "select": lambda scenario, **how: race.select(scenario, most=64, margin=0.3, **how),
}


def small(**changes):
    return launches.scenario(**{"accounts": 1_200, "strategies": PLANS, "orders": {}} | changes)


@pytest.fixture(scope="module")
def graph():
    return compare.grow_graph(small(), 1)


class Stopped(KeyboardInterrupt):
    """Ctrl-C, as the progress of a test presses it."""


@pytest.mark.parametrize("command", ASKED)
def test_interrupted_and_resumed_it_says_the_same(command, graph, tmp_path) -> None:
    whole = ASKED[command](small(), graph=graph)
    seen = []

    def stop(text: str, done: int, _all: int) -> None:
        seen.append((text, done))
        if len(seen) == 90:
            raise Stopped

    with pytest.raises(Stopped), book.kept(tmp_path / "out", small(), command, 1) as plays:
        ASKED[command](small(), graph=graph, progress=stop, book=plays)
    kept = len(shelf.Shelf.view(tmp_path / "out").done())
    assert kept > 20
    assert not (tmp_path / "out" / "answer.json").exists()
    with book.kept(tmp_path / "out", small(), command, 1, resume=True) as plays:
        assert plays.found == kept
        again = ASKED[command](small(), graph=graph, book=plays)
        plays.answer(again)
    assert again == whole
    assert json.loads((tmp_path / "out" / "answer.json").read_text()) == json.loads(json.dumps(whole))
    assert len(shelf.Shelf.view(tmp_path / "out").done()) > kept


@pytest.mark.parametrize("command", ASKED)
def test_progress_from_the_start_and_cancel_at_once(command, graph) -> None:
    """Nothing long happens unseen, and after any word no more is played than was under way."""
    told = []
    ASKED[command](small(), graph=graph, progress=lambda *words: told.append(words))
    assert len(told) > 10
    for at in (1, len(told) // 3, 2 * len(told) // 3):
        cancel, seen = threading.Event(), []

        def stop(*words, seen=seen, cancel=cancel, at=at) -> None:
            seen.append(words)
            if len(seen) == at:
                cancel.set()

        with pytest.raises(compare.CancelledError):
            ASKED[command](small(), graph=graph, progress=stop, cancel=cancel)
        assert len(seen) <= at + 2  # plays that were under way


def test_growing_the_graph_can_be_cancelled() -> None:
    cancel = threading.Event()
    with pytest.raises(compare.CancelledError):
        risk.risk(small(), progress=lambda *_: cancel.set(), cancel=cancel)


def test_a_play_is_named_by_what_decides_it() -> None:
    one, other = small(), small(response=launches.LIVELY | {"repost_rate": 0.2})
    plan = one.strategies["one"]
    names = {
        book.key(book.mark(one, 1), plan),
        book.key(book.mark(one, 2), plan),
        book.key(book.mark(other, 1), plan),
        book.key(book.mark(one, 1, drawn=True), plan),
        book.key(book.mark(one, 1), one.strategies["two"]),
    }
    assert len(names) == 5
    assert book.mark(one, 1) == book.mark(small(title="Another title", goal="messages"), 1)


def test_nothing_is_played_twice(graph, monkeypatch) -> None:
    """Two questions with one book: the second knows the launches of the first."""
    played = []
    real = trials.play
    monkeypatch.setattr(trials, "play", lambda *asked: played.append(asked[2:]) or real(*asked))
    plays = book.Book()
    one = risk.risk(small(), replicates=4, graph=graph, book=plays)
    count = len(played)
    assert count > 0
    assert risk.risk(small(), replicates=4, graph=graph, book=plays) == one
    assert len(played) == count


def test_another_graph_is_another_book(graph, tmp_path) -> None:
    """A stored graph is told from another by its checksums, a file by its bytes, and both by the direction."""
    one, other = graph.save(tmp_path / "one"), compare.grow_graph(small().with_accounts(900), 1).save(tmp_path / "two")
    links = tmp_path / "links.csv"
    links.write_text("a,b\n1,2\n", encoding="utf-8")
    for number, (first, then) in enumerate(
        [((one, None), (other, None)), ((links, "follows"), (links, "influences")), ((links, "follows"), (one, None))]
    ):
        place = tmp_path / f"out{number}"
        for asked in (first, first):
            with book.kept(place, small(), "risk", 1, place.exists(), *asked):
                pass
        with pytest.raises(UserError, match="cannot be resumed"), book.kept(place, small(), "risk", 1, True, *then):
            pass


def test_folders_that_hold_something_else(graph, tmp_path) -> None:
    with book.kept(tmp_path / "out", small(), "risk", 1) as plays:
        risk.risk(small(), replicates=2, graph=graph, book=plays)
    for scenario, seed, resume, said in (
        (small(), 1, False, "--resume"),
        (small(days=1), 1, True, "cannot be resumed"),
        (small(), 2, True, "seed"),
    ):
        with pytest.raises(UserError, match=said), book.kept(tmp_path / "out", scenario, "risk", seed, resume):
            pass
