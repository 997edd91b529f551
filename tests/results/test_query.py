"""Questions in SQL: answered from the folder, unable to touch anything."""

import pandas as pd
import pytest

from sim import errors
from sim.results import query, shelf

DESIGN = pd.DataFrame({"scenario_id": "toy", "setting_id": ["s0", "s1", "s1"], "response.rate": [0.01, 0.02, 0.02]})


@pytest.fixture
def folder(tmp_path):
    place = tmp_path / "o'ut"
    with shelf.Shelf.hold(place, {"kind": "sweep", "identity": {}}, {}, DESIGN) as held:
        for part in range(3):
            keys = {"scenario_id": "toy", "strategy": "seeding", "seed": 1, "orders": None}
            runs = [
                {**keys, "run_id": f"{part}{n}", "setting_id": f"s{n % 2}", "replicate": n, "reach": float(n)}
                for n in range(10)
            ]
            held.add(runs, [pd.DataFrame({"run_id": [f"{part}0"], "hour": [0], "reads": [5.0]})])
    return place


def test_runs_carry_their_knobs(folder):
    found = query.query(
        folder, 'select "response.rate" as rate, avg(reach) as reach, count(*) as n from runs group by 1 order by 1'
    )
    assert found.to_dict("list") == {"rate": [0.01, 0.02], "reach": [4.0, 5.0], "n": [15, 15]}
    assert query.query(folder, "select count(*) as n from curves")["n"][0] == 3
    assert query.query(folder, "select count(*) as n from failures")["n"][0] == 0
    assert query.query(folder, "with a as (select 1 as x) select * from a")["x"][0] == 1


def test_torn_parts_are_left_out(folder):
    part = sorted((folder / "runs").iterdir())[0]
    part.write_bytes(part.read_bytes()[:-5])
    assert query.query(folder, "select count(*) as n from runs")["n"][0] == 20


@pytest.mark.parametrize(
    "sql",
    [
        "drop view runs",
        "copy runs to 'x.csv'",
        "create table x as select 1",
        "select 1; select 2",
        "",
        "select * from 'OUTSIDE'",
        "select * from read_csv('OUTSIDE')",
        "select * from read_text('OUTSIDE')",
        "attach 'x.db'",
        "set enable_external_access = true",
        "install httpfs",
        "pragma database_list",
        "select nonsense from runs",
        "selec 1",
    ],
)
def test_what_is_no_question_is_refused(folder, tmp_path, sql):
    outside = tmp_path / "secret.csv"
    outside.write_text("a\n1\n")
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(errors.UserError):
        query.query(folder, sql.replace("OUTSIDE", str(outside)))
    assert sorted(tmp_path.rglob("*")) == before


def test_a_wrong_name_is_answered_with_the_columns(folder):
    with pytest.raises(errors.UserError, match=r"Columns of runs: .*reach"):
        query.query(folder, "select raech from runs")


def test_an_empty_folder_answers_with_nothing(tmp_path):
    shelf.Shelf.hold(tmp_path, {"identity": {}}, {}, DESIGN).close()
    assert query.query(tmp_path, "select count(*) as n from runs")["n"][0] == 0
