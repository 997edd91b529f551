"""Tables that no spreadsheet writes and a fuzz campaign did: columns of strange types, ids of thousands of digits."""

import datetime as dt
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet
import pytest

from sim import errors
from sim.graph import exchange, files


def parquet(path, **columns):
    pyarrow.parquet.write_table(pa.table(columns), path)
    return path


@pytest.mark.parametrize(
    "column",
    [
        pa.array([True, False]),
        pa.array([{"a": 1}, {"a": 2}]),
        pa.array([[1], [2]]),
        pa.array([b"\xff", b"a"]),
        pa.array([dt.date(2012, 3, 1), dt.date(2012, 3, 2)]),
        pa.array([Decimal("1.5"), Decimal("2.5")]),
    ],
)
def test_ids_are_texts_or_numbers(tmp_path, column):
    path = parquet(tmp_path / "x.parquet", follower=column, followee=pa.array([3, 4]))
    with pytest.raises(errors.UserError, match="'follower' holds"):
        files.read_edges(path, "follows")


def test_seven_is_one_account_in_both_columns(tmp_path):
    path = parquet(tmp_path / "x.parquet", follower=pa.array([7, 8]), followee=pa.array(["8", "7"]))
    found, _ = files.read_edges(path, "follows")
    assert set(found.view().edges) == {(7, 8), (8, 7)}
    path = parquet(tmp_path / "y.parquet", follower=pa.array([7, 8]), followee=pa.array(["8", "anna"]))
    found, _ = files.read_edges(path, "follows")
    assert set(found.view().edges) == {("8", "7"), ("anna", "8")}


def test_a_column_that_stands_there_twice_is_refused(tmp_path):
    made = pa.Table.from_arrays(
        [pa.array([1]), pa.array([2]), pa.array([3])], names=["follower", "followee", "follower"]
    )
    pyarrow.parquet.write_table(made, tmp_path / "x.parquet")
    with pytest.raises(errors.UserError, match="twice"):
        files.read_edges(tmp_path / "x.parquet", "follows")


@pytest.mark.parametrize("digits", [1_000, 5_000, 50_000])
def test_an_id_of_thousands_of_digits_is_a_text(tmp_path, digits):
    long = "9" * digits
    (tmp_path / "x.csv").write_text(f"follower,followee\n{long},1\n1,2\n", encoding="utf-8")
    found, _ = files.read_edges(tmp_path / "x.csv", "follows")
    assert set(map(str, found.view().nodes)) == {long, "1", "2"}


def test_whole_numbers_are_told_from_texts():
    whole = ("0", "7", "-7", "12", "9" * 1_000)
    assert all(exchange.is_whole(text) for text in whole)
    other = ("", "-", "-0", "007", "1.0", "+7", " 7", "7\n", "²", "٧", "9" * 1_001, 7, None)
    assert not any(exchange.is_whole(text) for text in other)


@pytest.mark.parametrize("values", [[[1], [2]], [{"a": 1}, {"a": 2}], [b"a", b"b"]])
def test_accounts_have_plain_attributes(tmp_path, values):
    (tmp_path / "x.csv").write_text("follower,followee\n1,2\n", encoding="utf-8")
    path = parquet(tmp_path / "accounts.parquet", id=pa.array([1, 2]), community=pa.array(values))
    with pytest.raises(errors.UserError, match="'community' holds"):
        files.read_edges(tmp_path / "x.csv", "follows", accounts=path)


def test_dates_of_accounts_become_texts_that_a_folder_can_hold(tmp_path):
    (tmp_path / "x.csv").write_text("follower,followee\n1,2\n", encoding="utf-8")
    since = pa.array([dt.datetime(2010, 8, 17), None], pa.timestamp("us"))
    path = parquet(tmp_path / "accounts.parquet", id=pa.array([1, 2]), since=since)
    found, _ = files.read_edges(tmp_path / "x.csv", "follows", accounts=path)
    again, _ = files.open_graph(found.save(tmp_path / "g"))
    assert again.attributes == {"since": {0: "2010-08-17 00:00:00"}}


def test_a_header_that_is_no_line_of_a_table_is_refused(tmp_path):
    (tmp_path / "x.csv").write_text("follower,followee\n1,2\n", encoding="utf-8")
    (tmp_path / "accounts.csv").write_bytes(b"id,ro\rle\n1,kol\n2,kol\n")
    with pytest.raises(errors.UserError, match="line 1"):
        files.read_edges(tmp_path / "x.csv", "follows", accounts=tmp_path / "accounts.csv")
