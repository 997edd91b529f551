"""The planning commands as their user meets them: every option once, JSON by contract, tables that say it in words."""

import json

import pytest

SMALL = ("nokia_n8", "--accounts", "3000", "--jobs", "1")
ESTIMATE = {"mean", "ci95", "p10", "p90"}
RISK = {"loss", "planned", "causes", "sweep", "chance_of_missing", "accounts"}


COMMANDS = {
    "choose": ("--budget", 200_000, "--replicates", 2, "--target", 1e6),
    "optimise": ("--budget", 200_000, "--replicates", 2, "--plans", 8, "--target", 1e6),
    "risk": ("--replicates", 4, "--strategies", "celebrity_seeding,mixed", "--target", 1e6),
    "select": ("--replicates", 48, "--strategies", "celebrity_seeding,employee_amplification"),
    "breakeven": ("--a", "celebrity_seeding", "--b", "mixed", "--over", "kol_fee_factor", "--replicates", 8),
    "attribute": ("--strategy", "mixed", "--replicates", 2),
}
KEYS = {
    "choose": {"roster", "baselines", "gap", "proxy", "overlap", "casting", "hops", "risk", "plan", "spend", "result"},
    "optimise": {"front", "best", "strategies", "lead", "constraints", "rates", "target"},
    "risk": {"strategies", "best", "rates", "sentence", "target"},
    "select": {"winner", "left", "margin", "error", "strategies", "plays", "sentence"},
    "breakeven": {"flips", "curve", "ahead", "sentence", "over"},
    "attribute": {"orders", "anyway", "first", "last", "incremental"},
}


@pytest.mark.parametrize("command", COMMANDS)
def test_one_json_object_and_nothing_else(dandelion, command) -> None:
    code, out, _err = dandelion(command, *SMALL, *COMMANDS[command], "--json")
    assert code == 0
    found = json.loads(out)
    assert "NaN" not in out
    assert KEYS[command] <= set(found)
    if command == "choose":
        row = found["roster"][0]
        assert {"name", "fee", "reach", "marginal", "price_ceiling", "price_ceiling_ci95", "fit", "hops"} <= set(row)
        assert len(row["hops"]) == 3
        assert set(found["risk"]) >= ESTIMATE | RISK
        assert {"rank_correlation", "rank_correlation_ci95", "error", "error_of_singles_ci95"} <= set(found["proxy"])
        assert {"fit", "fit_wanted", "segments", "overlaps", "error"} <= set(found["casting"][0])
    if command == "optimise":
        for row in (*found["front"], *found["strategies"].values()):
            assert {"p10", "cost", "chance_of_missing"} <= set(row)
            assert set(row["risk"]) >= ESTIMATE | RISK
            assert [one["rates"] for one in row["risk"]["sweep"]] == ["low", "high"]


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (
            "choose",
            ("Hire ", "When things go wrong", "fee up to", "Gap to", "by hop", "as declared", "rank correlation"),
        ),
        ("optimise", ("plans within 200,000 RMB", "P10", "misses the target", "hangs most on", "low / high rates")),
        ("risk", ("as planned", "a post is taken down", "loses")),
        ("select", ("certainty", "race")),
        ("breakeven", ("kol_fee_factor",)),
        ("attribute", ("of them anyway", "first met", "last met", "missing without it", "kols")),
    ],
)
def test_said_in_words(dandelion, command, words) -> None:
    code, out, _err = dandelion(command, *SMALL, *COMMANDS[command])
    assert code == 0
    for word in words:
        assert word in " ".join(out.split())


def test_without_mishaps_nothing_is_said_of_them(dandelion) -> None:
    words = ("--budget", 200_000, "--replicates", 2, "--no-mishaps")
    found = json.loads(dandelion("choose", *SMALL, *words, "--json")[1])
    assert found["risk"] is None
    assert "no-shows" in found["left_out"][0]
    assert "When things go wrong" not in dandelion("choose", *SMALL, *words)[1]


def test_check_looks_ahead(dandelion) -> None:
    code, out, _err = dandelion("check", *SMALL, "--pilot", 3, "--json")
    found = json.loads(out)
    assert code == 0
    assert found["pilot"]["replicates"] == 3
    assert found["pilot"]["replicates_needed"] > 0
    assert set(found["pilot"]["strategies"]) == set(found["strategies"])
    assert json.loads(dandelion("check", *SMALL, "--pilot", 0, "--json")[1])["pilot"] is None
    assert "Pilot of 2" in dandelion("check", *SMALL, "--pilot", 2)[1]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["choose", "nokia_n8"], ["--budget"]),
        (["choose", "nokia_n8", "--budget", "5", "--accounts", "3000"], ["budget", "spends"]),
        (["choose", "nokia_n8", "--budget", "100000", "--candidates", "nobody.csv"], ["nobody.csv"]),
        (["risk", "nokia_n8", "--strategies", "mixd"], ["mixd", "mixed"]),
        (["risk", "nokia_n8", "--replicates", "1"], ["replicates"]),
        (["select", "nokia_n8", "--strategies", "mixed"], ["at least 2"]),
        (["select", "nokia_n8", "--margin", "3", "--accounts", "3000"], ["margin"]),
        (["optimise", "nokia_n8", "--budget", "0", "--accounts", "3000"], ["budget"]),
        (["breakeven", "nokia_n8", "--a", "mixed", "--b", "mixed", "--over", "kol_posts"], ["both"]),
    ],
)
def test_a_wrong_word_is_named(dandelion, words, said) -> None:
    code, out, err = dandelion(*words)
    assert code == 2
    assert out == ""
    assert "Traceback" not in err
    for word in said:
        assert word in err


def test_two_knobs_in_words(dandelion) -> None:
    """The map with its line, both certainties beside it."""
    over = ("--over", "kol_fee_factor=0.05:1", "--over", "kol_posts=1:3")
    asked = ("--a", "celebrity_seeding", "--b", "employee_amplification", *over, "--replicates", 8)
    goal = ("--goal", "cost")
    code, out, _err = dandelion("breakeven", *SMALL, *asked, *goal, "--json")
    found = json.loads(out)
    assert code == 0
    assert {"first", "second", "luck95", "assumptions80", "worlds", "a_ahead"} <= set(found["flips"][0])
    said = " ".join(dandelion("breakeven", *SMALL, *asked, *goal)[1].split())
    for words in ("The line between them", "plausible worlds, 80%", "luck, 95%", found["sentence"]):
        assert words in said


def test_a_folder_keeps_the_plays(dandelion, tmp_path) -> None:
    asked = ("risk", *SMALL, "--replicates", 2, "--strategies", "mixed", "-o", tmp_path / "out")
    first = dandelion(*asked, "--json")
    assert first[0] == 0
    code, out, err = dandelion(*asked, "--json", "--resume")
    assert (code, out) == first[:2]
    assert "plays are known" in err
    assert json.loads((tmp_path / "out" / "answer.json").read_text()) == json.loads(out)
    assert dandelion(*asked)[0] == 2
    code, out, err = dandelion("risk", *SMALL, "--resume")
    assert (code, out) == (2, "")
    assert "-o" in err


def test_a_flip_over_a_mishap(dandelion) -> None:
    """The rate of no-shows is a knob once mishaps are played; without them it is no table of the scenario."""
    asked = ("--a", "celebrity_seeding", "--b", "mixed", "--over", "mishaps.no_show=0:0.9", "--replicates", 8)
    code, out, _err = dandelion("breakeven", *SMALL, *asked, "--mishaps", "--json")
    assert code == 0
    found = json.loads(out)
    assert found["over"][0]["now"] == 0.05
    assert not found["flat"]
    assert dandelion("breakeven", *SMALL, *asked)[0] == 2


def test_check_counts_the_graph_that_is_given(dandelion, tmp_path) -> None:
    """A graph of one's own is what memory and time are said for, whatever the scenario would grow."""
    path = tmp_path / "follows.csv"
    lines = [f"{n},{(7 * n) % 400}" for n in range(2_000) if n != (7 * n) % 400]
    path.write_text("\n".join(["follower,followee", *lines]) + "\n", encoding="utf-8")
    asked = ("check", "taobao_shop", "--graph", path, "--direction", "follows", "--pilot", 0, "--json")
    code, out, _err = dandelion(*asked)
    found = json.loads(out)
    assert code == 0
    assert found["accounts"] == 2_000
    assert found["market_factor"] == 1.0
    grown = json.loads(dandelion("check", "taobao_shop", "--pilot", 0, "--json")[1])
    assert 0 < found["memory_gb"] < 0.1 * grown["memory_gb"]
    assert 0 < found["core_seconds_per_replicate"] < grown["core_seconds_per_replicate"]
