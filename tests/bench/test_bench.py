"""`dandelion bench`: the contract's JSON, agreement that can fail, absent peers, recorded figures, interruption."""

import json
import re
import sys

import pytest

from benchmarks import publish
from sim import cli
from sim.bench import launches, measure, peers, rounds, table, workloads
from sim.model import cascade, launch, stage
from sim.runs import compare
from sim.scenario import read
from sim.scenario.schema import Scenario

PACE = rounds.Pace(3, 0.002)


@pytest.fixture(scope="module")
def load() -> workloads.Workload:
    return workloads.from_keys("W1", 2000, workloads.chung_lu(2000, 20_000, 5))


def contest(load: workloads.Workload, shift: int = 0, chance: peers.Chance = 0.01) -> peers.Contest:
    """A peer that plays our own cascades under other luck, SHIFT accounts too many."""
    from sim.planning import spread

    cascades = spread.Cascades(load.graph, chance, same_worlds=True)
    luck = iter(range(10_000, 20_000))

    def play(count: int) -> peers.Played:
        found = rounds.ours(cascades, load.seeds, count, next(luck))
        return peers.Played(found.sizes + shift, found.seconds)

    return peers.Contest("Twin 1.0", load.name, chance, peers.CASCADE, play)


def test_two_that_mean_the_same_agree(load):
    (row, agreement), (same, _) = rounds.compare(contest(load), load, PACE)
    assert (row.peer, row.workload, row.metric) == ("Twin 1.0", "W1 .01", "cascades/s")
    assert same.metric == "cascades/s, same worlds"
    assert row.ratio == pytest.approx(row.ours / row.theirs)
    assert agreement.agree
    assert agreement.ours > workloads.SEEDS
    assert agreement.quartiles[0] <= agreement.quartiles[1]


def test_two_that_do_not_are_told_apart(load):
    _, agreement = next(rounds.compare(contest(load, shift=20), load, PACE))
    assert not agreement.agree
    assert agreement.gap < -5


def test_weighted_cascade_has_one_sampler(load):
    rows = [row for row, _ in rounds.compare(contest(load, chance=peers.WEIGHTED), load, PACE)]
    assert [row.metric for row in rows] == ["cascades/s"]


def test_what_did_not_run_is_marked_as_recorded():
    here = [rounds.Row("none", "W1 .01", "cascades/s", 1000.0, None, None)]
    rows = list(rounds.recorded(here, {"EoN"}))
    named = {row.peer for row in rows}
    assert "Ripples simulator (recorded, other machine)" in named
    assert not any(peer.startswith("EoN") for peer in named)
    ripples = next(row for row in rows if row.peer.startswith("Ripples") and row.workload == "W1 .01")
    assert ripples.ratio == pytest.approx(1000.0 / 534.0)
    assert next(row for row in rows if row.workload.startswith("EPI")).ratio is None


@pytest.mark.parametrize("peer", ["CyNetDiff", "EoN", "NDlib"])
def test_a_peer_that_is_installed_plays_the_same_cascade(peer, load):
    """Against exact reach at p = 1, and against our mean."""
    if not peers.available()[peer]:
        pytest.skip(f"{peer} is not installed: {peers.INSTALL[peer]}")
    build = {"CyNetDiff": lambda chance: peers.cynetdiff(load, chance, peers.CASCADE)}
    build |= {
        name: lambda chance, way=way: way(load, chance, peers.as_networkx(load))
        for name, way in (("EoN", peers.eon), ("NDlib", peers.ndlib))
    }
    everybody = rounds.ours(measure.spread.Cascades(load.graph, 1.0), load.seeds, 2, 1).sizes[0]
    assert build[peer](1.0).play(2).sizes.tolist() == [everybody] * 2
    ready = build[peer](0.01)
    assert peer in ready.peer
    _, agreement = next(rounds.compare(ready, load, rounds.Pace(3, 0.01, 30)))
    assert agreement.agree, agreement


def test_trait_lines_of_a_launch_are_counted_one_by_one():
    scenario = read.read("nokia_n8", Scenario).with_accounts(3000)
    ready = stage.set_stage(scenario, compare.grow_graph(scenario, 1))
    plan = launch.plan(scenario.strategies["mixed"], ready.casting, scenario.contents, ready.answer, ready.hours, 7)
    run = cascade.play(ready, plan, 7)
    wanted = launches.needs(run)
    at_random = beside = pushes = 0
    for account in run.posts.account[: run.post_count]:
        before = None
        for follower in ready.casting.graph.row(int(account)):
            line = int(follower) // 64
            at_random += before is None or line > before + 1
            beside += before is not None and line == before + 1
            before = line
            pushes += 1
    assert pushes == run.tally.pushes.sum() > 1000
    assert wanted["traits"]["random"] == at_random
    assert wanted["traits"]["in_order"] == 64 * beside
    assert wanted["rows"]["in_order"] == 4 * pushes
    assert wanted["watch"]["random"] == run.tally.reads.sum() > 0


@pytest.fixture
def tiny(monkeypatch):
    """The whole measurement in seconds: small graphs under the workloads' names, one short round."""
    sizes = {"W0": 500, "W1": 1000, "W2": 2000}
    made = {name: workloads.from_keys(name, n, workloads.chung_lu(n, 10 * n, 5)) for name, n in sizes.items()}

    def load(name):
        if name not in made:
            raise workloads.MissingError(f"{name} needs the data folder: DANDELION_DATA is not set")
        return made[name]

    monkeypatch.setattr(workloads, "load", load)
    monkeypatch.setattr(peers, "available", lambda: dict.fromkeys(peers.INSTALL, False) | {"CyNetDiff": True})
    monkeypatch.setattr(
        peers, "cynetdiff", lambda load, chance, model: contest(load)._replace(chance=chance, model=model)
    )
    monkeypatch.setattr(measure, "QUICK", rounds.Pace(2, 0.001))
    monkeypatch.setattr(measure, "BOUND_QUICK", 2)
    monkeypatch.setattr(measure, "LAUNCH_QUICK", 3000)
    monkeypatch.setattr(measure, "JOBS", measure.JOBS[:1] + measure.JOBS[3:4])


def dandelion(monkeypatch, capsys, *words: object) -> tuple[int, str, str]:
    monkeypatch.setattr(sys, "argv", ["dandelion", *map(str, words)])
    code = cli._run()
    said = capsys.readouterr()
    return code, said.out, said.err


def test_the_command_prints_the_contract_and_keeps_it(tiny, tmp_path, monkeypatch, capsys):
    code, out, _ = dandelion(monkeypatch, capsys, "bench", "--quick", "--json", "-o", tmp_path / "b")
    assert code == 0
    found = json.loads(out)
    assert {"rows", "bound", "versions", "machine"} <= set(found)
    for row in found["rows"]:
        assert set(row) == {"peer", "workload", "metric", "ours", "theirs", "ratio"}
        assert row["ours"] is None or row["ours"] > 0
    assert {"W1 .01", "W2 .01", "launch, 3,000 accounts"} <= set(found["bound"])
    for one in found["bound"].values():
        assert one["fraction"] > 0
        assert one["sequential_bytes_per_second"] > one["random_reads_per_second"] > 0
    assert any("recorded, other machine" in row["peer"] for row in found["rows"])
    absent = {one["peer"]: one["install"] for one in found["absent"]}
    assert "pip install" in absent["EoN"]
    assert "python3-graph-tool" in absent["graph-tool"]
    assert "DANDELION_DATA" in absent["workload EPI"]
    assert found["versions"]["numba"]
    assert found["machine"]["cores"] >= 1
    assert json.loads((tmp_path / "b" / "bench.json").read_text()) == found
    page = (tmp_path / "b" / "bench.md").read_text()
    assert table.HEAD in page
    assert "Not here: EoN (pip install" in page
    assert (tmp_path / "b" / "bench.svg").read_text().startswith("<svg")


def test_a_disagreement_is_shown_and_ends_with_4(tiny, monkeypatch, capsys):
    wrong = lambda load, chance, model: contest(load, shift=50)._replace(chance=chance, model=model)  # noqa: E731
    monkeypatch.setattr(peers, "cynetdiff", wrong)
    code, out, err = dandelion(monkeypatch, capsys, "bench", "--quick")
    assert code == 4
    assert "DISAGREES" in out
    assert "Monte Carlo error" in err


def test_an_interrupted_measurement_leaves_no_file(tiny, tmp_path, monkeypatch, capsys):
    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(launches, "measure", stop)
    code, out, err = dandelion(monkeypatch, capsys, "bench", "--quick", "-o", tmp_path)
    assert code == 130
    assert out == ""
    assert "interrupted" in err
    assert list(tmp_path.iterdir()) == []


def test_an_unwritable_place_is_told_before_any_work(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(measure, "bench", lambda *_: pytest.fail("measured first"))
    (tmp_path / "file").write_text("")
    code, _, err = dandelion(monkeypatch, capsys, "bench", "-o", tmp_path / "file" / "b")
    assert code == 3
    assert "cannot be written" in err


def test_ratios_in_the_chart_are_those_of_the_rows():
    rows = [rounds.Row("Twin 1.0", "W1 .01", "cascades/s", 50.0, 2.0, 25.0)]
    svg = table.chart({"rows": rows})
    assert "Twin 1.0, W1 .01" in svg
    assert "25x" in svg


def test_the_documentation_shows_what_the_command_prints():
    """The block between the marks is bench.md as it is: same columns, and put there by the same words."""
    page = (publish.HOUSE / "docs" / "performance.md").read_text(encoding="utf-8")
    block = page.partition(publish.BEGIN)[2].partition(publish.END)[0]
    assert table.HEAD in block
    assert table.BOUND_HEAD in block
    assert publish.filled(page, block) == page
    assert "new figures" in publish.filled(page, "new figures")
    with pytest.raises(SystemExit):
        publish.filled("no marks", "")


def test_the_readme_says_what_the_table_says():
    page = (publish.HOUSE / "docs" / "performance.md").read_text(encoding="utf-8")
    block = page.partition(publish.BEGIN)[2].partition(publish.END)[0]
    readme = (publish.HOUSE / "README.md").read_text(encoding="utf-8")
    assert " ".join(publish.sentence(block).split()) in " ".join(readme.split())
    assert publish.sentence(block) in publish.told(readme, block)
    peer = re.search(r"CyNetDiff [\d.]+", block).group()
    faster = f"{block}\n| {peer} | W9 .01 | cascades/s | 4,636 | 1 | 4,636 | |"
    assert "to 4636 times as many" in " ".join(publish.told(readme, faster).split())
    for page, markdown in (("no sentence", block), (readme, "no table")):
        with pytest.raises(SystemExit):
            publish.told(page, markdown)
