"""The gate: what may pass, and the sentence that tells a person what to mend."""

import numpy as np
import pandas as pd
import pytest

from sim import errors
from sim.fit import read
from tests.fit import rooms


def test_events_stand_in_order_behind_their_roots(tmp_path):
    posts, events = rooms.tables(12)
    shuffled = events.sample(frac=1.0, random_state=1)
    found = read.cascades(rooms.write(tmp_path, posts.sample(frac=1.0, random_state=2), shuffled))
    plain = read.cascades(rooms.write(tmp_path / "plain", posts, events))
    assert len(found) == 12
    assert found.roots["root"].tolist() == posts["cascade_id"].tolist()
    np.testing.assert_array_equal(found.parent, plain.parent)
    np.testing.assert_array_equal(found.parent, events["parent_idx"])
    np.testing.assert_array_equal(found.delay, events["delay_s"])
    assert np.diff(found.offsets).tolist() == events.groupby("cascade_id").size().tolist()
    assert np.isnan(found.roots["followers"].iloc[0])


def test_roots_without_events_are_left_out(tmp_path):
    posts, events = rooms.tables(4)
    found = read.cascades(rooms.write(tmp_path, posts, events[events["cascade_id"] != 10]))
    assert found.roots["root"].tolist() == [3, 17, 24]
    assert found.offsets[-1] == len(found.parent)


def spoil_depth(posts, events):
    events.loc[events.index[events["parent_idx"] >= 0][0], "depth"] = 9


def spoil_numbering(posts, events):
    events.drop(index=5, inplace=True)


def spoil_parent(posts, events):
    events.loc[3, "parent_idx"] = 100_000


def spoil_hour(posts, events):
    posts.loc[1, "root_hour"] = 24


def spoil_owner(posts, events):
    posts.drop(index=2, inplace=True)


def spoil_twice(posts, events):
    posts.loc[3, "cascade_id"] = posts.loc[2, "cascade_id"]


def spoil_column(posts, events):
    del events["has_text"]


def spoil_type(posts, events):
    posts["followers"] = "many"


@pytest.mark.parametrize(
    ("spoil", "file", "column"),
    [
        (spoil_depth, "events.parquet", "depth"),
        (spoil_numbering, "events.parquet", "event_idx"),
        (spoil_parent, "events.parquet", "parent_idx"),
        (spoil_hour, "cascades.parquet", "root_hour"),
        (spoil_owner, "events.parquet", "cascade_id"),
        (spoil_twice, "cascades.parquet", "cascade_id"),
        (spoil_column, "events.parquet", "has_text"),
        (spoil_type, "cascades.parquet", "followers"),
    ],
)
def test_a_wrong_table_is_named(tmp_path, spoil, file, column):
    posts, events = rooms.tables(5)
    spoil(posts, events)
    with pytest.raises(errors.UserError) as caught:
        read.cascades(rooms.write(tmp_path, posts, events))
    assert file in str(caught.value)
    assert column in str(caught.value)


def test_a_missing_folder_and_a_missing_file_are_named(tmp_path):
    with pytest.raises(errors.UserError, match="no such folder"):
        read.cascades(tmp_path / "nowhere")
    posts, _ = rooms.tables(2)
    posts.to_parquet(tmp_path / "cascades.parquet")
    with pytest.raises(errors.UserError, match=r"events\.parquet: no such file"):
        read.cascades(tmp_path)
    (tmp_path / "events.parquet").write_text("no table")
    with pytest.raises(errors.UserError, match="not a Parquet file"):
        read.cascades(tmp_path)


def test_uncapped_posts_are_optional(tmp_path):
    assert read.uncapped(tmp_path) is None
    pd.DataFrame({"retweets": [5.0, 0.0], "fans": [10.0, None]}).to_parquet(tmp_path / "uncapped_posts.parquet")
    found = read.uncapped(tmp_path)
    assert found["reposts"].tolist() == [5, 0]
    assert found["followers"].isna().tolist() == [False, True]


def test_joined_and_only_undo_each_other(tmp_path):
    found = read.cascades(rooms.write(tmp_path, *rooms.tables(6)))
    chosen = np.array([True, False, True, True, False, False])
    again = read.joined([found.only(chosen), found.only(~chosen)])
    assert again.roots["root"].tolist() == [3, 17, 24, 10, 31, 38]
    assert again.offsets[-1] == found.offsets[-1]
    start = found.offsets[1]
    np.testing.assert_array_equal(
        again.delay[again.offsets[3] : again.offsets[4]], found.delay[start : found.offsets[2]]
    )


@pytest.mark.parametrize(
    ("emptied", "said"), [("cascades", "at least one root post"), ("events", "at least one repost")]
)
def test_a_folder_without_rows_is_said(tmp_path, emptied, said):
    posts, events = rooms.tables(3)
    if emptied == "cascades":
        posts = posts.head(0)
    folder = rooms.write(tmp_path, posts, events.head(0))
    with pytest.raises(errors.UserError, match=said):
        read.cascades(folder)
