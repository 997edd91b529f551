"""Spreadsheets that people saved as CSV."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim import errors
from sim.quantities import Count, Money, Share
from sim.scenario import tables
from sim.section import Section


class Candidate(Section):
    name: str
    followers: Count
    fee: Money = 0.0
    fit: Share | None = None


def test_rows_are_read_with_any_separator(tmp_path):
    path = tmp_path / "kols.csv"
    for mark in ",;\t":
        path.write_bytes(
            ("\ufeff" + f"name{mark}followers{mark}fee\nkol_1{mark}100{mark}\n\nkol_2{mark}7{mark}2.5\n").encode()
        )
        found = tables.rows(path, Candidate)
        assert [(row.name, row.followers, row.fee) for row in found] == [("kol_1", 100, 0.0), ("kol_2", 7, 2.5)]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("name,folowers\na,1\n", ["line 1", "'folowers' is not known", "Did you mean followers?"]),
        ("name,name\na,1\n", ["line 1", "twice"]),
        ("name,\na,1\n", ["line 1", "no name"]),
        ("name,followers\na\n", ["line 2", "1 cells", "2"]),
        ("name,followers\na,1\nb,-3\n", ["line 3", "followers = -3", "outside 0"]),
        ("name,followers\na,many\n", ["line 2", 'followers = "many"']),
        ("name,fee\na,1\n", ["line 2", "followers is missing"]),
        ("name,followers\n", ["no rows"]),
        ('name,followers\n"a,1\n', ["is not CSV"]),
        ("name,followers,fee\na,1,nan\n", ["fee = nan", "outside 0"]),
    ],
)
def test_a_wrong_cell_is_named_by_line_and_column(tmp_path, text, words):
    path = tmp_path / "kols.csv"
    path.write_text(text)
    with pytest.raises(errors.UserError) as caught:
        tables.rows(path, Candidate)
    for expected in words:
        assert expected in str(caught.value), str(caught.value)


def test_a_given_design_is_read(tmp_path):
    path = tmp_path / "design.csv"
    path.write_text("response.repost_rate,on,tone\n0.01,true,calm\n1e-3,false,7\n")
    knobs, found = tables.settings(path)
    assert knobs == ["response.repost_rate", "on", "tone"]
    assert found[1] == {"response.repost_rate": 0.001, "on": False, "tone": 7}
    path.write_text("a,b\n1,\n")
    with pytest.raises(errors.UserError, match="line 2: b is empty"):
        tables.settings(path)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None)
@given(st.binary(max_size=200) | st.text(alphabet='name,followers\n"1;\t\r\0x', max_size=60).map(str.encode))
def test_any_bytes_end_in_rows_or_a_user_error(tmp_path, content):
    path = tmp_path / "any.csv"
    path.write_bytes(content)
    for reader in (tables.settings, lambda path: tables.rows(path, Candidate)):
        try:
            reader(path)
        except errors.UserError as refusal:
            assert str(path) in str(refusal)  # noqa: PT017 (either outcome is right)
