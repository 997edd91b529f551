"""The command's function: the JSON answer, the page, one answer for any number of threads."""

import json

import numpy as np
import pytest

from sim.fit import targets, validate
from sim.graph import grow
from sim.kernels import links
from tests.fit import rooms


@pytest.fixture(scope="module")
def evidence(tmp_path_factory):
    folder = rooms.write(tmp_path_factory.mktemp("validate"), *rooms.tables(20))
    graph = grow.grow(links.Growth(accounts=20_000, community_size=2_000), threads=1)
    return [
        validate.validate(folder, graph=graph, per_root=2, authors_tried=200, threads=threads) for threads in (1, 3)
    ]


def test_the_answer_keeps_the_contract(evidence):
    answer = json.loads(json.dumps(evidence[0].result, allow_nan=False))
    assert {"targets", "passed", "total", "unplaced_roots"} <= set(answer)
    assert answer["total"] == targets.COUNT == len(answer["targets"])
    assert [row["id"] for row in answer["targets"]] == list(range(1, 22))
    for row in answer["targets"]:
        assert {"id", "name", "observed", "simulated", "band", "ks", "pass"} <= set(row)
        assert isinstance(row["pass"], bool)
    assert answer["passed"] == sum(row["pass"] for row in answer["targets"])
    assert set(answer["populations"]) == {"rumour", "nonrumour"}
    assert answer["cascades"] > 10
    assert answer["accounts"] == 20_000


def test_threads_change_nothing(evidence):
    one, several = (dict(found.result) for found in evidence)
    assert one.pop("seconds") > 0
    assert several.pop("seconds") > 0
    assert one == several


def test_page_and_answer_are_written(evidence, tmp_path):
    path = evidence[0].write(tmp_path / "new" / "folder")
    assert path.name == "validation.html"
    assert "20 root posts" in path.read_text(encoding="utf-8")
    assert json.loads((path.parent / "validation.json").read_text())["total"] == targets.COUNT
    assert {file.name for file in path.parent.iterdir()} == {"validation.html", "validation.json"}


def test_authors_follow_the_shipped_quantiles():
    followers = validate.authors(10_000)
    assert np.all(np.diff(followers) >= 0)
    for level, value in zip(validate.LEVELS[1:-1], validate.FOLLOWERS[1:-1], strict=True):
        assert np.quantile(followers, level) == pytest.approx(value, rel=0.02)


@pytest.mark.parametrize("kept", ["one", "rumours", "others", "unread"])
def test_few_or_like_roots_are_no_crash(tmp_path, kept):
    """A folder of one root, or of one kind: populations that are not there have no figures, and the page is drawn."""
    posts, events = rooms.tables(12)
    chosen = {"one": posts.index == 0, "rumours": posts["rumor"], "others": ~posts["rumor"], "unread": posts.index < 2}
    posts = posts[chosen[kept]]
    if kept == "unread":
        posts = posts.assign(followers=0.0)  # no cascade is found at all
    events = events[events["cascade_id"].isin(posts["cascade_id"])]
    folder = rooms.write(tmp_path / "few", posts, events)
    graph = grow.grow(links.Growth(accounts=20_000, community_size=2_000), threads=1)
    found = validate.validate(folder, graph=graph, per_root=1, authors_tried=50, threads=1)
    answer = json.loads(json.dumps(found.result, allow_nan=False))
    assert answer["total"] == targets.COUNT
    assert answer["roots"] == len(posts)
    assert answer["unplaced_roots"] == (2 if kept == "unread" else 0)
    assert not any(row["pass"] for name in ("rumour", "nonrumour") for row in answer["populations"][name]
                   if row["observed"] is None)  # fmt: skip
    assert found.write(tmp_path / "out").stat().st_size > 10_000
