"""Files that are too large, too deep or too wide to be what they say: refused before they take the machine."""

import pytest

from sim.errors import UserError
from sim.fit import posts
from sim.planning import candidates
from sim.scenario import calendars, complaints, read, tables
from sim.scenario.schema import Scenario


def a_file(place, head, row, times):
    path = place / "x.csv"
    path.write_text(head + "\n" + "".join(row.format(n=n) + "\n" for n in range(times)), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def hq():
    return read.read("hq_calendar", Scenario)


def test_more_candidates_than_anybody_compares_are_refused(tmp_path):
    rows = candidates.ROWS
    assert len(candidates.read(a_file(tmp_path, "name,followers", "k{n},10", rows))) == rows
    with pytest.raises(UserError, match=f"line {rows + 2}: at most {rows:,} rows"):
        candidates.read(a_file(tmp_path, "name,followers", "k{n},10", rows + 1))


def test_more_rows_than_a_calendar_has_are_refused(tmp_path, hq, monkeypatch):
    monkeypatch.setattr(calendars, "ROWS", 20)
    head, row = "calendar,day,hour,by,content", "x,daily,9,brand,event"
    assert len(calendars.read_rows(a_file(tmp_path, head, row, 20), hq)["x"]) == 20
    with pytest.raises(UserError, match="at most 20 rows"):
        calendars.read_rows(a_file(tmp_path, head, row, 21), hq)


def test_more_posts_than_are_fitted_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(posts, "ROWS", 20)
    head, row = "time,reposts,followers", "2012-03-01 10:30,{n},500"
    assert len(posts.read(a_file(tmp_path, head, row, 20))) == 20
    with pytest.raises(UserError, match="at most 20 rows"):
        posts.read(a_file(tmp_path, head, row, 21))


def test_a_table_of_many_cells_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(tables, "CELLS", 100)
    assert len(tables.settings(a_file(tmp_path, "a,b", "1,2", 50))[1]) == 50
    with pytest.raises(UserError, match="at most 50 rows"):
        tables.settings(a_file(tmp_path, "a,b", "1,2", 51))
    with pytest.raises(UserError, match="at most 25 rows"):
        tables.settings(a_file(tmp_path, "a,b,c,d", "1,2,3,4", 26))


@pytest.mark.parametrize("text", ["{}b = 1", "[{}b]", "x = {{{}b = 1}}", "y = 1\n \t{}b = 1"])
@pytest.mark.parametrize("word", ["a.", 'a . "b". ', "'a'. ", "a-1.b_2."])
def test_a_name_of_many_words_is_refused(text, word):
    assert read.table_of(text.format(word * 20), "x")
    with pytest.raises(UserError, match="more than 64 words"):
        read.table_of(text.format(word * 200_000), "x")


@pytest.mark.parametrize(
    "text",
    ['a = "' + "." * 9_000 + '"', 'a = "' + "word. " * 60 + '"', "# " + ". " * 9_000, 'a = "' + "x" * 900_000 + '"'],
)
def test_dots_and_long_words_are_no_name_of_many_words(text):
    read.table_of(text, "x")


@pytest.mark.parametrize("filling", [" " * 900_000, "[ " * 400_000, '" ' * 400_000, "a" * 900_000, "a " * 400_000])
@pytest.mark.parametrize("begin", ["", "[", "[[", "x", "x ."])
def test_a_line_of_anything_is_looked_through_for_keys(filling, begin):
    assert complaints.line_of(f"{begin}{filling}\n[b]\nkey = 1\n", ("b", "key")) in (3, None)
    assert complaints.line_of(f"[a]\n{begin}{filling}\n[b]\nkey = 1\n", ("a",)) == 1


def test_the_line_of_a_key_is_found_however_it_is_written():
    text = '# head\ntop = 1\n[a.b] # x\n"quoted key" = 2\n c.d = 3\n[[a.e]]\nf = 1\n[[a.e]]\nf = 2 # [no]\ng = [1, 2]\n'
    places = {
        ("top",): 2, ("a", "b"): 3, ("a", "b", "quoted key"): 4, ("a", "b", "c", "d"): 5, ("a", "e", 0, "f"): 7,
        ("a", "e", 1, "f"): 9, ("a", "e", 1, "g", 1): 10, ("a", "e", 2): None, ("z",): None,
    }  # fmt: skip
    assert {place: complaints.line_of(text, place) for place in places} == places


def test_hundreds_of_thousands_of_unknown_keys_are_told_in_short():
    text = "".join(f"a{n} = 1\n" for n in range(60_000))
    with pytest.raises(UserError, match="line 1: a0 is not a known key") as told:
        read.parse(text, Scenario)
    assert len(str(told.value)) < 10_000
