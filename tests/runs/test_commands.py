"""The commands of a sweep as an analyst meets them: answers on stdout, what is wrong in a sentence on stderr."""

import csv
import io

import pytest

SMALL = """
schema_version = 1
scenarios = ["celebrity_or_employees"]
strategies = ["celebrities", "employees"]
accounts = 5_000
replicates = 2

[[knobs]]
name = "cast.kols.kol_1.followers"
values = [300_000, 4_000_000] # the second is dearer than the budget
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("analyst")
    (folder / "mine.toml").write_text(SMALL, encoding="utf-8")
    return folder


def rows(out: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(out)))


def test_a_sweep_is_played_asked_repeated_and_continued(dandelion, place):
    design, out = place / "mine.toml", place / "out"
    code, said, err = dandelion("sweep", design, "-o", out, "--jobs", 2)
    assert code == 4  # the dear setting failed, by itself
    assert "8 runs played" in said
    assert "2 failed" in said
    assert "MB of disk" in err
    code, said, _ = dandelion("query", out, "select strategy, count(*) as n from runs group by 1 order by 1", "--csv")
    assert code == 0
    assert rows(said) == [{"strategy": "celebrities", "n": "2"}, {"strategy": "employees", "n": "4"}]
    causes = rows(dandelion("query", out, "select distinct error from failures", "--csv")[1])
    assert "budget" in causes[0]["error"]
    run = rows(dandelion("query", out, "select min(run_id) as run from runs", "--csv")[1])[0]["run"]
    code, said, _ = dandelion("rerun", out, run)
    assert code == 0
    assert "same numbers to the last bit" in " ".join(said.split())
    code, said, _ = dandelion("report", out)
    assert code == 0
    assert "2 failed runs" in (out / "report.html").read_text(encoding="utf-8")
    design.write_text(SMALL.replace("replicates = 2", "replicates = 3"), encoding="utf-8")
    code, said, _ = dandelion("sweep", design, "-o", out, "--resume", "--jobs", 2)
    assert code == 4
    assert "12 in" in said
    assert rows(dandelion("query", out, "select count(*) as n from runs", "--csv")[1]) == [{"n": "9"}]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["sweep", "nosuch"], ["nosuch", "kol_or_employees"]),
        (["sweep", "kol_or_employees", "--scheduler", "tcp://127.0.0.1:9"], ["--engine dask"]),
        (["query", "{place}", "select 1"], ["manifest.json"]),
        (["report", "{place}"], ["manifest.json"]),
        (["rerun", "{place}", "x"], ["manifest.json"]),
    ],
)
def test_a_wrong_word_is_named(dandelion, place, words, said):
    code, out, err = dandelion(*(word.replace("{place}", str(place)) for word in words))
    assert code == 2
    assert out == ""
    assert "Traceback" not in err
    for word in said:
        assert word in err
