"""Calendars go out to a spreadsheet and come back equal; every mistake is told with its line and column."""

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.errors import UserError
from sim.model.schedule import Entry
from sim.scenario import calendars, read
from sim.scenario.schema import Scenario

PRESET = "hq_calendar"


@pytest.fixture
def scenario():
    return read.read(PRESET, Scenario)


def test_out_and_in_again_is_equal(tmp_path, dandelion, scenario):
    table, made = tmp_path / "plan.csv", tmp_path / "new.toml"
    assert dandelion("calendar", "export", PRESET, "-o", table)[0] == 0
    assert table.read_bytes().startswith("\ufeffcalendar,date,day,hour,by,".encode())
    code, said, _ = dandelion("calendar", "import", PRESET, table, "-o", made)
    assert code == 0
    assert "local (4 rows)" in said
    assert read.read(made, Scenario) == scenario
    first = read.text_of(read.locate(PRESET)).splitlines()[0]
    assert made.read_text(encoding="utf-8").splitlines()[0] == first  # comments stay


ROWS = st.builds(
    Entry,
    day=st.sampled_from(["mon", "sun", "workday", "weekend", "daily"]),
    hour=st.floats(0, 24, allow_nan=False),
    content=st.sampled_from(["industry", "product", "event"]),
    market=st.sampled_from([None, "china", "europe"]),
    approval=st.sampled_from(["none", "each", "cycle"]),
    campaign=st.booleans(),
    spread=st.floats(0, 100),
    participation=st.floats(0, 1),
)


@settings(max_examples=30)
@given(
    st.dictionaries(st.sampled_from(["local", "extra", "third"]), st.lists(ROWS, min_size=1, max_size=4), min_size=1)
)
def test_any_calendar_survives_the_way(tmp_path_factory, found):
    scenario = read.read(PRESET, Scenario)
    wide = scenario.model_copy(update={"calendars": {name: tuple(rows) for name, rows in found.items()}})
    path = tmp_path_factory.mktemp("calendars") / "plan.csv"
    path.write_text(calendars.write(wide), encoding="utf-8")
    again = calendars.read_rows(path, scenario)
    assert again == found
    text = calendars.merged(read.text_of(read.locate(PRESET)), again)
    merged = read.parse(text, Scenario)
    assert {name: list(merged.calendars[name]) for name in found} == found


def test_the_posts_of_a_strategy_by_date(tmp_path, dandelion):
    code, said, _ = dandelion("calendar", "export", "nokia_n8", "--strategy", "celebrity_seeding")
    rows = list(csv.DictReader(io.StringIO(said)))
    assert code == 0
    assert [row["by"] for row in rows] == ["brand", "kols", "brand", "brand", "kols", "brand"]
    assert rows[0]["date"] == "2010-08-17"
    assert rows[0]["hour"] == "20"
    table, made = tmp_path / "n8.csv", tmp_path / "n8.toml"
    dandelion("calendar", "export", "nokia_n8", "--strategy", "brand_only", "-o", table)
    code, _, told = dandelion("calendar", "import", "nokia_n8", table, "-o", made, "--strategy", "control")
    assert (code, told) == (0, "")
    found = read.read(made, Scenario)
    assert found.strategies["control"].calendar == "brand_only"


def test_without_calendars_it_says_what_to_do(dandelion):
    code, _, told = dandelion("calendar", "export", "nokia_n8")
    assert code == 2
    assert "--strategy" in told


def test_spreadsheets_write_dates_and_times_their_way(tmp_path, scenario):
    path = tmp_path / "plan.csv"
    path.write_text("calendar;date;hour;content\nlocal;2013/11/5;9:30;event\n", encoding="utf-8")
    row = calendars.read_rows(path, scenario)["local"][0]
    assert (str(row.date), row.hour) == ("2013-11-05", 9.5)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("calendar,day,hour\nlocal,mon,25\n", ["line 2", "hour = 25", "0 to 24"]),
        ("calendar,day\nlocal,mon\nlocal,mittwoch\n", ["line 3", "day", "mittwoch", "wed"]),
        ("calendar,day,by\nlocal,mon,kol_1\n", ["line 2", "column by", "kol_1", "brand"]),
        ("calendar,day,content\nlocal,mon,evnt\n", ["line 2", "column content", "evnt", "event"]),
        (
            "calendar,date,content\nlocal,2013-12-31,event\n",
            ["line 2", "column date", "2013-12-31", "2013-11-04 to 2013-12-29"],
        ),
        ("calendar,date\nlocal,31.12.\n", ["line 2", "date", "31.12."]),
        ("calendar,date,day\nlocal,2013-11-05,mon\n", ["line 2", "date and day", "both are given"]),
        ("calendar,hour\nlocal,9\n", ["line 2", "date and day", "both are empty"]),
        ("calendar,day,approval\nlocal,mon,maybe\n", ["line 2", "approval", "maybe", "cycle"]),
        ("calendar,day,participation\nlocal,mon,1.5\n", ["line 2", "participation = 1.5", "0 to 1"]),
        ("day,hour\nmon,9\n", ["line 1", "calendar", "missing"]),
        ("calendar,day,houre\nlocal,mon,9\n", ["line 1", "houre", "hour"]),
        ("calendar,day\nlocal\n", ["line 2", "1 cells"]),
        ("calendar,day\nLocal plan,mon\n", ["line 2", "calendar", "Local plan"]),
        ("calendar,day\n", ["no rows"]),
    ],
)
def test_mistakes_are_told_with_line_and_column(tmp_path, scenario, text, told):
    path = tmp_path / "plan.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UserError) as problem:
        calendars.read_rows(path, scenario)
    for word in told:
        assert word in str(problem.value), problem.value


def test_nothing_is_replaced_unasked(tmp_path, dandelion):
    path = tmp_path / "plan.csv"
    assert dandelion("calendar", "export", PRESET, "-o", path)[0] == 0
    code, _, told = dandelion("calendar", "export", PRESET, "-o", path)
    assert code == 2
    assert "--overwrite" in told
    assert dandelion("calendar", "export", PRESET, "-o", path, "--overwrite")[0] == 0
    assert dandelion("calendar", "import", PRESET, path, "-o", tmp_path / "no" / "x.toml")[0] == 2
    code, _, told = dandelion("calendar", "import", PRESET, path, "-o", tmp_path / "x.toml", "--strategy", "nobody")
    assert code == 2
    assert "local" in told
    code, _, told = dandelion("calendar", "import", PRESET, path, "-o", tmp_path / "x.toml", "--strategy", "local")
    assert code == 2
    assert "one calendar" in told


def test_an_unused_calendar_is_named(tmp_path, dandelion):
    path = tmp_path / "plan.csv"
    path.write_text("calendar,day,content\nautumn,mon,event\n", encoding="utf-8")
    code, _, told = dandelion("calendar", "import", PRESET, path, "-o", tmp_path / "x.toml")
    assert code == 0
    assert "autumn" in told


def test_the_page_names_every_column_and_its_example_holds():
    page = (Path(__file__).resolve().parents[2] / "docs" / "calendars.md").read_text(encoding="utf-8")
    table = {
        name.strip() for line in page.splitlines() if line.startswith("| ") for name in line.split("|")[1].split(",")
    }
    assert set(calendars.COLUMNS) <= table
    example = page.split("```toml\n")[1].split("```")[0]
    text = example + '[cast.brand]\naudience = 0.1\n[[cast.kols]]\nname = "kol_1"\naudience = 0.1\n'
    text = (
        'name = "page"\nstart = 2012-03-05T00:00:00+08:00\nmarket = 1000\n'
        + text
        + "[contents.news]\n[contents.event]\n[contents.launch]\n"
    )
    assert len(read.parse(text, Scenario).calendars["baseline"]) == 2
