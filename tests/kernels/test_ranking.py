"""Small orders against numpy's."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sim.kernels import ranking

VALUES = st.lists(st.integers(-5, 5) | st.integers(-(2**31), 2**31 - 1), min_size=1, max_size=300)


@given(VALUES, st.data())
def test_kth_is_that_of_the_sorted(values, data):
    k = data.draw(st.integers(0, len(values) - 1))
    array = np.array(values, np.float64)
    assert ranking.kth(array, k) == sorted(values)[k]
    assert sorted(array.tolist()) == sorted(values)


@given(VALUES, st.data())
def test_ascend_sorts_the_first_and_leaves_the_rest(values, data):
    count = data.draw(st.integers(0, len(values)))
    array = np.array(values, np.int32)
    ranking.ascend(array, count)
    assert array.tolist() == sorted(values[:count]) + values[count:]
