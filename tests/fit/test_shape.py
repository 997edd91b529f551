"""What an observer sees: the cut, the losses, the populations."""

import numpy as np
import pytest

from sim.fit import read, shape
from tests.fit import rooms


@pytest.fixture
def cascades(tmp_path):
    return read.cascades(rooms.write(tmp_path, *rooms.tables(40)))


def test_the_cut_drops_late_reposts_and_empty_roots(cascades):
    seen = shape.cut(cascades, 3600.0)
    assert 0 < seen.offsets[-1] < cascades.offsets[-1]
    assert seen.delay.max() <= 3600.0
    assert (np.diff(seen.offsets) > 0).all()
    whole = shape.cut(cascades, np.inf)
    np.testing.assert_array_equal(whole.parent, cascades.parent)
    np.testing.assert_array_equal(whole.depth, cascades.depth)


def test_the_crawler_loses_reposts_but_not_counts(cascades):
    seen = shape.crawled(cascades, seed=3)
    lost = 1 - seen.offsets[-1] / cascades.offsets[-1]
    assert 0.03 < lost < 0.06
    np.testing.assert_array_equal(seen.roots["reposts"], cascades.roots["reposts"])
    before, after = shape.shapes(cascades).frame, shape.shapes(seen).frame
    assert after["direct_share"].mean() > before["direct_share"].mean()  # orphans hang on the root
    assert (shape.crawled(cascades, seed=4).parent.size, seen.parent.size) != (0, 0)


def test_shapes_of_a_population_are_the_population_s_shapes(cascades):
    everything = shape.shapes(cascades)
    rumour = cascades.roots["rumour"].to_numpy()
    alone = shape.shapes(cascades.only(rumour))
    part = everything.population("rumour")
    assert 0 < len(part.frame) < len(everything.frame)
    assert part.frame.equals(alone.frame)
    np.testing.assert_array_equal(part.children, alone.children)
    np.testing.assert_array_equal(part.owner, alone.owner)
    np.testing.assert_array_equal(part.late, alone.late)


def test_posted_at_23h_is_clean_for_rumours_only(cascades):
    roots = cascades.roots.head(4).copy()
    roots["hour"] = [23, 23, 5, 5]
    roots["rumour"] = [True, False, True, False]
    assert shape.time_clean(roots).tolist() == [True, False, True, True]


def test_the_window_is_on_the_counted_reposts(cascades):
    roots = cascades.roots.copy()
    roots.loc[:3, "reposts"] = [99, 100, 999, 1000]
    inside = shape.within_window(read.Cascades(**{**cascades.__dict__, "roots": roots}))
    assert inside[:4].tolist() == [False, True, True, False]
