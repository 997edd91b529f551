"""The table of candidates: what a CSV may say, who may stand together, what the money buys."""

from pathlib import Path

import numpy as np
import pytest

from sim.errors import UserError
from sim.model import stage as stage_room
from sim.planning import candidates, likeness
from sim.runs import compare
from tests.reference import launches

GOOD = """name;followers;fee;engagement;fit;must_have;excluded;never_with
anna;20000;1000;0.02;0.5;true;;
王小明;9000;;;0.3;;;cleo
cleo;8000;700;0.04;0.6;false;;
dora;7000;600;;0.4;;yes;
"""


@pytest.fixture
def csv(tmp_path: Path):
    def write(text: str) -> Path:
        path = tmp_path / "kols.csv"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_a_table_from_a_spreadsheet(csv) -> None:
    found = candidates.read(csv(GOOD))
    assert [one.name for one in found] == ["anna", "王小明", "cleo", "dora"]
    assert [one.must_have for one in found] == [True, False, False, False]
    assert found[3].excluded
    assert found[1].fee is None
    assert found[1].rivals == ["cleo"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("name,followers\nanna,1000\nanna,900\n", ("line 3", "'anna'", "line 2")),
        ("name,followers,fit\nanna,1000,1.5\n", ("line 2", "fit", "1.5")),
        ("name,followers,fie\nanna,1000,3\n", ("line 1", "'fie'", "fee")),
        ("name,followers\nanna,many\n", ("line 2", "followers", "many")),
        ("name,followers\nanna,true\n", ("line 2", "followers = true", "whole number")),
        ("name,followers,fee\nanna,1000,true\n", ("line 2", "fee = true", "a number")),
        ("name,followers,never_with\nanna,1000,bob\n", ("line 2", "never_with", "'bob'")),
        ("name,followers,must_have,excluded\nanna,1000,true,true\n", ("line 2", "must_have", "excluded")),
        ("name,followers,overlap\nanna,1000,bob:0.2\n", ("line 2", "overlap", "'bob'")),
        ("name,followers,overlap\nanna,1000,\nben,900,anna:2\n", ("line 3", "overlap", "anna:2")),
        ("name,followers,overlap\nanna,1000,\nben,900,anna\n", ("line 3", "name:share")),
        ("name,followers,segments\nanna,1000,fnas:0.2\n", ("line 2", "segments", "'fnas'", "fans")),
        ("name,followers,segments\nanna,1000,fans:1.2\n", ("line 2", "segments", "name:share", "0 to 1")),
        ("name,followers,segments\nanna,1000,fans:0.7; media:0.6\n", ("line 2", "segments", "1.3", "at most 1")),
        ("name,followers,segments\nanna,1000,fans:0.1; fans:0.2\n", ("line 2", "segments", "once")),
        ("name,followers\n", ("no rows",)),
    ],
)
def test_errors_name_line_and_column(csv, text: str, told: tuple[str, ...]) -> None:
    with pytest.raises(UserError) as problem:
        candidates.read(csv(text))
    for word in ("kols.csv", *told):
        assert word in str(problem.value)


def test_constraints_and_money(csv) -> None:
    scenario = launches.scenario()
    table = candidates.seat(scenario, candidates.read(csv(GOOD)), 10_000, "kols")
    assert table.must == (0,)
    assert table.open == (0, 1, 2)
    assert not table.joins((2,), 1)
    assert table.joins((0,), 1)
    assert table.cost[0] == 1_000
    assert table.cost[1] == 500 + 0.02 * 9_000  # the price list's law
    assert table.fixed == 2 * 240
    hired = table.strategy((0, 2))
    assert [line.by for line in hired.posts] == ["brand", "anna", "cleo"]
    # Twice the median's engagement is worth more, half of it less.
    worth = {line.by: table.scenario.contents[line.content].quality for line in hired.posts}
    assert worth["anna"] < 1.0 < worth["cleo"]


@pytest.mark.parametrize(
    ("budget", "told"), [(400, "spends 480"), (1_200, "must-haves cost"), (100, "without any KOL")]
)
def test_too_little_money(csv, budget: float, told: str) -> None:
    with pytest.raises(UserError, match=told):
        candidates.seat(launches.scenario(), candidates.read(csv(GOOD)), budget, "kols")


def test_nobody_is_affordable(csv) -> None:
    found = candidates.read(csv("name,followers,fee\nanna,1000,9000\n"))
    with pytest.raises(UserError, match="buys nobody"):
        candidates.seat(launches.scenario(), found, 5_000, "kols")


def test_more_followers_than_people(csv) -> None:
    found = candidates.read(csv("name,followers\nanna,100001\n"))
    with pytest.raises(UserError, match="market"):
        candidates.seat(launches.scenario(), found, 5_000, "kols")


def test_the_casting_is_reported(csv) -> None:
    scenario = launches.scenario(accounts=3_000)
    table = candidates.seat(scenario, candidates.read(csv(GOOD)), 10_000, "kols")
    stage = stage_room.set_stage(table.scenario, compare.grow_graph(scenario, 1))
    found = likeness.fits(table, stage.casting, stage.factor)
    for one, fit in zip(table.given, found, strict=True):
        assert fit["followers_wanted"] == one.followers
        assert abs(fit["followers_error"]) < 0.02
        assert abs(fit["fit"] - one.fit) < 0.1


def test_declared_overlaps_are_cast(csv) -> None:
    """Half of the small one's followers follow the large one; of the third a quarter follow both, a fifth the second.

    What nobody declares is left to chance, and a row without any overlap is drawn as ever.
    """
    text = "name,followers,overlap\nanna,20000,\nben,8000,anna:0.5\ncleo,6000,anna:0.25; ben:0.2\ndora,9000,\n"
    scenario = launches.scenario(accounts=20_000)
    table = candidates.seat(scenario, candidates.read(csv(text)), 10_000, "kols")
    graph = compare.grow_graph(scenario, 1)
    cast = stage_room.set_stage(table.scenario, graph).casting
    rows = {name: cast.graph.row(int(cast.roles[name].accounts[0])) for name in table.roles}
    assert [rows[name].size for name in table.roles] == [4_000, 1_600, 1_200, 1_800]
    assert all((np.diff(row) > 0).all() for row in rows.values())
    assert np.intersect1d(rows["ben"], rows["anna"]).size == 800
    assert np.intersect1d(rows["cleo"], rows["anna"]).size == 300
    assert np.intersect1d(rows["cleo"], rows["ben"]).size == 240
    told = {fit["name"]: fit["overlaps"] for fit in named(table, cast)}
    assert [one["share"] for one in told["cleo"]] == pytest.approx([0.25, 0.2])
    alone = candidates.seat(scenario, candidates.read(csv("name,followers\nanna,20000\ndora,9000\n")), 10_000, "kols")
    other = stage_room.set_stage(alone.scenario, graph).casting
    for name in ("anna", "dora"):
        assert np.array_equal(rows[name], other.graph.row(int(other.roles[name].accounts[0])))


def named(table, cast):
    return [{"name": name} | fit for name, fit in zip(table.names, likeness.fits(table, cast, 5.0), strict=True)]


def test_an_impossible_overlap_is_reported(csv) -> None:
    """The larger one cannot have half of its followers among the smaller one's: what came of it stands in the fit."""
    text = "name,followers,overlap\nanna,40000,ben:0.5\nben,8000,\n"
    scenario = launches.scenario(accounts=5_000)
    table = candidates.seat(scenario, candidates.read(csv(text)), 10_000, "kols")
    cast = stage_room.set_stage(table.scenario, compare.grow_graph(scenario, 1)).casting
    (one,) = named(table, cast)[0]["overlaps"]
    assert one["wanted"] == 0.5
    assert one["share"] == pytest.approx(0.2)


def test_a_calendar_s_posts_are_the_launch_around_them(csv) -> None:
    """What a calendar lays out for KOLs becomes the line of every hired candidate; the rest stays."""
    rows = [
        {"day": "daily", "hour": 12, "by": "kols", "content": "launch"},
        {"day": "daily", "hour": 10, "by": "brand", "content": "launch"},
    ]
    scenario = launches.scenario(calendars={"daily": rows}, strategies={"plan": {"calendar": "daily"}})
    table = candidates.seat(scenario, candidates.read(csv(GOOD)), 10_000)
    assert {line.by for line in table.lines} == {"kols"}
    assert {line.by for line in table.rest.posts} == {"brand"}
    assert table.rest.calendar is None
    assert table.posts == 2.0  # two noons within two days
    hired = table.strategy((0,))
    assert sorted({line.by for line in hired.posts}) == ["anna", "brand"]


def test_shares_of_segments_are_cast_and_reported(csv) -> None:
    """Of anna 15% are fans and 5% media people, ben has no fans; the fit stays, and the launch as tables says so."""
    text = "name,followers,fit,segments\nanna,20000,0.5,fans:0.15; media:0.05\nben,9000,0.3,fans:0\ncleo,8000,,\n"
    scenario = launches.scenario(accounts=10_000, segments={"fans": 0.06, "media": 0.03})
    table = candidates.seat(scenario, candidates.read(csv(text)), 10_000, "kols")
    graph = compare.grow_graph(scenario, 1)
    cast = stage_room.set_stage(table.scenario, graph).casting
    told = {fit["name"]: fit for fit in named(table, cast)}
    shares = {name: {part["segment"]: part for part in fit["segments"]} for name, fit in told.items()}
    assert shares["anna"]["fans"] == {"segment": "fans", "wanted": 0.15, "share": pytest.approx(0.15)}
    assert shares["anna"]["media"]["share"] == pytest.approx(0.05)
    assert shares["ben"]["fans"]["share"] == 0.0
    assert shares["cleo"]["fans"]["wanted"] is None
    assert shares["cleo"]["fans"]["share"] > 0.0
    assert told["anna"]["error"] < 0.06
    assert table.plan((0,))["kols"][0]["segments"] == {"fans": 0.15, "media": 0.05}
    again = type(scenario).model_validate(table.scenario.model_dump())  # the launch is a sound scenario
    assert again.cast.kols[0].segments == {"fans": 0.15, "media": 0.05}
    own = candidates.of_cast(again)
    assert own[0].composition == {"fans": 0.15, "media": 0.05}
    missing = launches.scenario(accounts=1_000)
    with pytest.raises(UserError, match=r"'anna' names shares of segments.*no table"):
        candidates.seat(missing, candidates.read(csv(text)), 10_000, "kols")


def test_more_fans_than_there_are(csv) -> None:
    """Half of anna's followers cannot be fans: there are too few, and the casting says so."""
    scenario = launches.scenario(accounts=5_000, segments={"fans": 0.03})
    found = candidates.read(csv("name,followers,segments\nanna,40000,fans:0.5\n"))
    table = candidates.seat(scenario, found, 10_000, "kols")
    cast = stage_room.set_stage(table.scenario, compare.grow_graph(scenario, 1)).casting
    (fit,) = named(table, cast)
    (fans,) = (part for part in fit["segments"] if part["segment"] == "fans")
    assert fans["share"] < 0.1
    assert fit["error"] == pytest.approx(0.5 - fans["share"])
