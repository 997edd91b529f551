"""A planner's spreadsheet: what is understood, and what is refused with file, line, column, found and allowed."""

from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim import errors
from sim.fit import posts

PLAIN = """time,reads,reposts,comments,followers,content
2012-05-03 20:15,5200,140,31,48000,launch
2012-05-02 09:00,,12,,47000,
"""


def write(folder, text, encoding="utf-8", name="posts.csv"):
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


def test_rows_become_posts_in_order_of_time(tmp_path):
    found = posts.read(write(tmp_path, PLAIN))
    assert len(found) == 2
    assert not found.trees
    assert found.source == "posts.csv"
    assert found.frame["reposts"].tolist() == [12, 140]
    assert found.frame["followers"].tolist() == [47_000, 48_000]
    assert np.isnan(found.frame["reads"].iloc[0])
    assert found.frame["comments"].tolist()[1] == 31
    assert found.frame["content"].tolist() == ["", "launch"]
    assert found.frame["second"].tolist() == [2 * 86_400 + 9 * 3_600, 3 * 86_400 + 20 * 3_600 + 15 * 60]
    assert found.frame["when"].iloc[0] == datetime(2012, 5, 2, 9, tzinfo=posts.CHINA)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_a_chinese_excel_is_understood(tmp_path, encoding, mark):
    text = "时间,转发,评论,粉丝数,阅读量\n2012/5/3 20:15,140,31,4.8万,1.2万\n".replace(",", mark)
    found = posts.read(write(tmp_path, text, encoding))
    assert found.frame["followers"].tolist() == [48_000]
    assert found.frame["reads"].tolist() == [12_000]
    assert found.frame["when"].iloc[0] == datetime(2012, 5, 3, 20, 15, tzinfo=posts.CHINA)


def test_another_zone_becomes_chinas(tmp_path):
    found = posts.read(write(tmp_path, "time,reposts,followers\n2012-05-03T20:15:00+00:00,1,10\n"))
    assert found.frame["when"].iloc[0] == datetime(2012, 5, 4, 4, 15, tzinfo=posts.CHINA)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("time,reposts,followers\n2012-05-03 20:15,-3,10\n", "line 2, column reposts: found '-3'"),
        ("time,reposts,followers\n2012-05-03 20:15,1.5,10\n", "line 2, column reposts: found '1.5'"),
        ("time,reposts,followers\n2012-05-03 20:15,,10\n", "line 2, column reposts: found ''"),
        ("time,reposts,followers\n2012-05-03 20:15,many,10\n", "allowed is a whole number of at least 0"),
        ("time,reposts,followers\n2012-05-03 20:15,3,0\n", "column followers: found '0'; allowed is a whole number"),
        ("time,reposts,followers\n2012-05-03,3,10\n", "column time: found '2012-05-03'; allowed is a date and a time"),
        ("time,reposts,followers\nyesterday,3,10\n", "line 2, column time: found 'yesterday'"),
        ("time,reposts,folowers\n2012-05-03 20:15,3,10\n", "column 'folowers' is not known"),
        ("time,reposts\n2012-05-03 20:15,3\n", "column 'followers' is missing; found time, reposts"),
        ("time,reposts,followers\n", "a header and no rows"),
        ("id,parent,time,followers\na,,2012-05-03 20:15,10\nb,c,2012-05-03 20:16,\n", "column parent: found 'c'"),
        ("id,parent,time,followers\na,,2012-05-03 20:15,10\na,,2012-05-03 20:16,5\n", "used once (it stands on line 2"),
        ("id,parent,time,followers\na,,2012-05-03 20:15,10\nb,a,2012-05-03 20:10,\n", "no time before its parent's"),
        ("id,parent,time,followers\na,b,2012-05-03 20:15,10\nb,a,2012-05-03 20:10,\n", "goes round in a circle"),
        ("id,parent,time,followers\na,,2012-05-03 20:15,\n", "line 2, column followers: found ''"),
    ],
)
def test_what_is_wrong_is_named(tmp_path, text, said):
    with pytest.raises(errors.UserError) as told:
        posts.read(write(tmp_path, text))
    assert said in str(told.value)
    assert "posts.csv" in str(told.value)


def test_trees_are_counted_from_their_leaves(tmp_path):
    text = """id,parent,time,followers,comments
r2,,2012-05-04 10:00,900,2
d,b,2012-05-03 20:40,,
r1,,2012-05-03 20:00,1000,5
b,r1,2012-05-03 20:10,,
c,r1,2012-05-03 20:05,,
e,d,2012-05-03 21:40,,
"""
    found = posts.read(write(tmp_path, text))
    assert found.trees
    assert found.frame["reposts"].tolist() == [4, 0]
    assert found.frame["direct"].tolist() == [2, 0]
    assert found.frame["comments"].tolist() == [5, 2]
    assert found.frame["followers"].tolist() == [1000, 900]
    assert [waits.tolist() for waits in found.delays] == [[300, 600], []]


@given(st.integers(1, 300), st.integers(0, 10**6))
def test_a_chain_of_any_depth_belongs_to_its_root(length, seed):
    order = np.random.default_rng(seed).permutation(length)
    rows = [
        (line, {"id": str(n), "parent": str(n - 1) if n else "", "time": "2012-05-03 20:00", "followers": "7"})
        for line, n in enumerate(order.tolist(), 2)
    ]
    found = posts._trees(Path("x.csv"), rows)
    assert found.frame["reposts"].tolist() == [length - 1]
    assert found.frame["direct"].tolist() == [min(length - 1, 1)]
