"""`dandelion seeds`: the solver on a graph of one's own, as its user meets it."""

import json
import threading

import numpy as np
import pytest

from sim.planning import seeding, solver
from sim.runs import compare
from tests.reference import launches


@pytest.fixture(scope="module")
def graph():
    return compare.grow_graph(launches.scenario(accounts=2_000), 1)


def test_the_answer_says_what_is_certain(graph) -> None:
    found = seeding.seeds(graph, 5, 0.05, epsilon=0.2, failure=0.05, seed=3)
    plan = solver.select(graph, 5, 0.05, epsilon=0.2, failure=0.05, seed=3)
    assert [row["account"] for row in found["seeds"]] == plan.seeds.tolist()
    assert found["certified"]
    assert found["certain_share"] >= found["promised_share"] == pytest.approx(1 - np.exp(-1) - 0.2)
    assert plan.lower < found["spread"] < plan.upper
    assert found["spread"] >= found["most_followed"]["spread"] - 3 * found["standard_error"]
    assert (found["epsilon"], found["failure"]) == (0.2, 0.05)
    assert len(found["most_followed"]["accounts"]) == 5


def test_the_choice_is_told_of_and_can_be_stopped(graph) -> None:
    told = []
    seeding.seeds(graph, 5, 0.05, progress=lambda *words: told.append(words))
    assert len({text for text, _, _ in told}) >= 2
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(compare.CancelledError):
        seeding.seeds(graph, 5, 0.05, cancel=cancel)


def test_from_the_command_line(dandelion, tmp_path) -> None:
    path = tmp_path / "follows.csv"
    # Everybody follows zoe, half of them yan too; nobody follows the others.
    lines = ["follower,followee"] + [f"reader{n},zoe" for n in range(40)] + [f"reader{n},yan" for n in range(20)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    asked = ("seeds", path, "--direction", "follows", "-k", 1, "--probability", 1)
    code, out, _err = dandelion(*asked, "--json")
    assert code == 0
    found = json.loads(out)
    assert found["seeds"][0]["account"] == "zoe"
    assert found["spread"] == pytest.approx(41)
    said = dandelion(*asked)[1]
    assert "zoe" in said
    assert "promised" in said
    for wrong, word in ((("--probability", "often"), "often"), (("--epsilon", 3), "epsilon"), (("-k", 99), "99")):
        code, out, err = dandelion(*asked, *wrong)
        assert (code, out) == (2, "")
        assert word in err
