"""The command as its user meets it: answers on stdout, one clear message per mistake, the contract's exit codes."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sim.results import metrics

SMALL = ("--accounts", "5000", "--jobs", "2")


def scenario(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "launch.toml"
    path.write_text(text, encoding="utf-8")
    return path


def preset() -> str:
    from sim.scenario import read

    return read.locate("nokia_n8").read_text(encoding="utf-8")


def test_compare_prints_the_contract_as_json(dandelion):
    code, out, _err = dandelion("compare", "nokia_n8", *SMALL, "--replicates", 3, "--json")
    found = json.loads(out)
    assert code == 0
    assert "NaN" not in out
    assert {"scenario", "goal", "baseline", "budget", "seed", "replicates", "stopped", "accounts", "links"} <= set(
        found
    )
    assert found["replicates"] == 3
    assert found["stopped"] == "fixed"
    assert set(found["strategies"]) == {
        "control",
        "brand_only",
        "celebrity_seeding",
        "employee_amplification",
        "mixed",
    }
    for row in found["strategies"].values():
        assert set(row) == set(metrics.METRICS)
        assert set(row["reach"]) == {"mean", "ci95", "p10", "p90"}
    assert found["strategies"]["control"]["reads"]["mean"] == 0.0
    assert found["strategies"]["celebrity_seeding"]["reach"]["mean"] > 1e6
    for gap in found["differences"]:
        assert {"a", "b", "metric", "mean", "ci95", "probability_a_better", "probability_under_assumptions"} <= set(gap)
    assert found["best"]["reach"]["strategy"] in found["strategies"]
    assert all(items["remainder"] >= 0 for items in found["spend"].values())


def test_compare_says_one_sentence_and_writes_the_folder(dandelion, tmp_path):
    folder = tmp_path / "out"
    code, out, err = dandelion("compare", "nokia_n8", *SMALL, "--replicates", 2, "-o", folder)
    assert code == 0
    assert "reach" in out.splitlines()[0]
    assert str(folder) in err.replace("\n", "")
    assert {"manifest.json", "design.parquet", "report.html", "runs", "curves", "scenarios"} <= set(os.listdir(folder))
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "Celebrity seeding" in page
    assert "http://" not in page.replace("http://www.w3.org", "")


def test_audiences_follow_the_accounts_and_head_counts_do_not():
    from sim.model.stage import set_stage
    from sim.runs import compare
    from sim.scenario import read
    from sim.scenario.schema import Scenario

    for accounts in (4_000, 16_000):
        scenario = read.read("nokia_n8", Scenario).with_accounts(accounts)
        stage = set_stage(scenario, compare.grow_graph(scenario, jobs=1))
        star = stage.casting.roles["kol_1"]
        assert stage.casting.graph.row(int(star.accounts[0])).size == accounts // 10
        assert star.heads[0] == 3_000_000
        assert stage.casting.roles["employees"].accounts.size == scenario.cast.employees.count
        assert stage.factor == pytest.approx(30_000_000 / accounts)
        spent = compare.check_budget(scenario, scenario.strategies)
        assert spent["celebrity_seeding"]["total"] == pytest.approx(548_960)


def test_run_check_schema_and_graph_answer(dandelion, tmp_path):
    code, out, _ = dandelion("run", "nokia_n8", "--strategy", "mixed", *SMALL, "--json")
    assert code == 0
    assert sum(json.loads(out)["curves"]["reads"]) > 0
    code, out, _ = dandelion("check", "nokia_n8", "--json")
    assert code == 0
    assert json.loads(out)["errors"] == []
    said = {name: dandelion("check", name, "--pilot", 0)[1] for name in ("nokia_n8", "airline_reply")}
    assert "0.43 per replicate for the planned posts" in said["nokia_n8"].replace("\n", " ")
    assert "a replicate plays no planned post" in said["airline_reply"].replace("\n", " ")
    code, out, _ = dandelion("schema")
    assert code == 0
    assert "evidence" in out
    assert all("description" in key for key in json.loads(out)["$defs"]["Action"]["properties"].values())
    folder = tmp_path / "g"
    assert dandelion("graph", "make", "-o", folder, "--accounts", 3000)[0] == 0
    code, out, _ = dandelion("graph", "info", folder, "--json")
    assert code == 0
    assert json.loads(out)["accounts"] == 3000
    assert dandelion("graph", "convert", folder, tmp_path / "g.csv")[0] == 0
    code, _, err = dandelion("graph", "info", tmp_path / "g.csv")
    assert code == 2
    assert "direction" in err
    assert dandelion("graph", "info", tmp_path / "g.csv", "--direction", "follows")[0] == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["compare", "nokia"], ["nokia_n8"]),
        (["compare", "missing.toml"], ["missing.toml", "does not exist"]),
        (["compare", "nokia_n8", "--strategies", "celebrities"], ["celebrities", "celebrity_seeding"]),
        (["compare", "nokia_n8", "--goal", "raech"], ["raech", "reach"]),
        (["compare", "nokia_n8", "--replicates", "many"], ["--replicates", "many", "auto"]),
        (["compare", "nokia_n8", "--accounts", "abc"], ["--accounts", "integer"]),
        (["compare", "nokia_n8", "--direction", "follows"], ["--graph"]),
        (["compare", "nokia_n8", "--graph", "nowhere.csv", "--direction", "follows"], ["nowhere.csv"]),
        (["run", "nokia_n8", "--strategy", "none"], ["none", "mixed"]),
        (["compare", "nokia_n8", "--nonsense"], ["--nonsense"]),
        (["validate", "nowhere"], ["nowhere"]),
    ],
)
def test_a_wrong_word_is_named_with_what_is_allowed(dandelion, words, said):
    code, out, err = dandelion(*words)
    assert code == 2
    assert out == ""
    assert "Traceback" not in err
    for word in said:
        assert word in err.replace("\n", " ")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("days = 2", "days = = 2", ["line"]),
        ("days = 2", 'days = "three"', ["days"]),
        ("days = 2", "days = 3000", ["days", "120"]),
        ("days = 2", "dyas = 2", ["dyas", "days"]),
        ('goal = "reach"', 'goal = "fame"', ["fame"]),
        ("budget = 600_000", "budget = 1_000", ["budget", "1,000"]),
        ('by = "kols"', 'by = "stars"', ["stars", "kols"]),
        ("2010-08-17T20:00:00+08:00", "2010-08-17T20:00:00", ["time zone"]),
    ],
)
def test_a_wrong_scenario_is_named_with_place_and_remedy(dandelion, tmp_path, old, new, said):
    text = preset()
    assert old in text
    code, out, err = dandelion("compare", scenario(tmp_path, text.replace(old, new)), *SMALL)
    assert code == 2
    assert out == ""
    for word in said:
        assert word in err
    assert "Traceback" not in err


def test_a_graph_without_links_or_too_small_is_refused(dandelion, tmp_path):
    empty = tmp_path / "empty.csv"
    empty.write_text("follower,followee\n")
    tiny = tmp_path / "tiny.csv"
    tiny.write_text("follower,followee\na,b\nb,c\n")
    for path, word in ((empty, "empty.csv"), (tiny, "cast")):
        code, _out, err = dandelion("compare", "nokia_n8", "--graph", path, "--direction", "follows")
        assert code == 2
        assert word in err


def test_output_that_cannot_be_written_is_said_before_any_work(dandelion, tmp_path):
    file = tmp_path / "file"
    file.write_text("mine")
    code, _out, err = dandelion("compare", "nokia_n8", *SMALL, "-o", file)
    assert code == 2
    assert file.read_text() == "mine"
    code, _out, err = dandelion("compare", "nokia_n8", *SMALL, "-o", "/proc/nowhere/out")
    assert code == 3
    assert "/proc" in err


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_run_leaves_nothing_behind(tmp_path, number, code):
    folder = tmp_path / "out"
    words = ["compare", "nokia_n8", "--accounts", "200000", "--replicates", "400", "-o", str(folder)]
    process = subprocess.Popen(
        [sys.executable, "-m", "sim", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a shell's background jobs ignore Ctrl-C
    )
    draft = None
    for _ in range(600):  # until the work has begun: the draft stands there
        draft = next(iter(tmp_path.glob(".out.*.draft")), None)
        if draft is not None:
            break
        time.sleep(0.1)
    assert draft is not None
    time.sleep(1.0)
    process.send_signal(number)
    _out, err = process.communicate(timeout=120)
    assert process.returncode == code
    assert "Traceback" not in err
    assert list(tmp_path.iterdir()) == []


def test_the_version_is_told(dandelion):
    from importlib import metadata

    code, out, _ = dandelion("--version")
    assert code == 0
    assert out.strip() == f"dandelion {metadata.version('dandelion-launch')}"
