"""Eight numbers side by side are eight times one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.kernels import draws, octets, recall, timeline
from sim.kernels.compiled import kernel

WORDS = st.lists(st.integers(0, 2**64 - 1), min_size=8, max_size=8)
REALS = st.lists(st.floats(0.0, 1e9), min_size=8, max_size=8)


@kernel
def hash_into(stream, items, hashed, mixed):
    words = octets.load(items, np.uint64(1))
    octets.store(hashed, np.uint64(2), octets.bits(stream, words))
    octets.store(mixed, np.uint64(0), octets.mix(words))


@kernel
def units_into(random, uniform, high, low):
    words = octets.load(random, np.uint64(0))
    octets.store(uniform, np.uint64(0), octets.uniform(words))
    octets.store(high, np.uint64(0), octets.high(words))
    octets.store(low, np.uint64(0), octets.low(words))


@kernel
def real_into(a, b, single, out):
    x = octets.load(a, np.uint64(0))
    y = octets.load(b, np.uint64(0))
    octets.store(out, np.uint64(0), (x + y) * single - x / (y + 1.0))
    least = octets.select(x < y, x, y)
    octets.store(out, np.uint64(8), octets.select(x >= single, single, least))
    return x < y, x <= single, single >= y, x == y


@kernel
def word_into(a, b, single, out):
    x = octets.load(a, np.uint64(0))
    y = octets.load(b, np.uint64(0))
    octets.store(out, np.uint64(0), ((x ^ y) & single) + (x | y) - (y >> np.uint64(3)) * x)
    return x < y, x <= single, single >= y, x == y


@kernel
def looked_up(table, items, out):
    words = octets.load(items, np.uint64(0))
    octets.store(out, np.uint64(0), octets.gather(table, words + octets.counting()))
    return octets.lane(words, np.uint64(3))


@kernel
def whole_into(numbers, out, back):
    words = octets.whole(octets.load(numbers, np.uint64(0)))
    octets.store(out, np.uint64(0), words)
    octets.store(back, np.uint64(0), octets.reals(words))


@kernel
def seen_into(rhythm, random, published, pace, out):
    delay, late = timeline.delays_of(rhythm.delay, octets.load(random, np.uint64(0)))
    octets.store(out, np.uint64(0), timeline.seconds_at(rhythm.clock, rhythm.inverse, delay * pace + published))
    return late


@kernel
def far_bits(chance, u):
    return recall.far(octets.load(chance, np.uint64(0)), octets.load(u, np.uint64(0)))


def bits(marks: list[bool]) -> int:
    return sum(1 << k for k, mark in enumerate(marks) if mark)


@given(st.integers(0, 2**64 - 1), WORDS)
def test_eight_hashes(stream: int, items: list[int]) -> None:
    hashed, mixed = np.zeros(10, np.uint64), np.zeros(8, np.uint64)
    hash_into(np.uint64(stream), np.array([7, *items], np.uint64), hashed, mixed)
    assert mixed.tolist() == [int(draws.mix(np.uint64(item))) for item in items]
    one = [int(draws.mix(np.uint64((stream + (item + 1) * int(draws.GOLDEN)) % 2**64))) for item in items]
    assert hashed.tolist() == [0, 0, *one]


@given(WORDS)
def test_eight_draws_between_0_and_1(items: list[int]) -> None:
    random = np.array(items, np.uint64)
    uniform, high, low = np.zeros(8), np.zeros(8), np.zeros(8)
    units_into(random, uniform, high, low)
    assert uniform.tolist() == [draws.uniform(one) for one in random]
    assert high.tolist() == [draws.high(one) for one in random]
    assert low.tolist() == [draws.low(one) for one in random]


@given(REALS, REALS, st.floats(0.0, 1e9))
def test_eight_reals(a: list[float], b: list[float], single: float) -> None:
    out = np.zeros(16)
    x, y = np.array(a), np.array(b)
    found = real_into(x, y, single, out)
    assert (out[:8] == (x + y) * single - x / (y + 1.0)).all()
    assert (out[8:] == np.where(x >= single, single, np.where(x < y, x, y))).all()
    assert [int(word) for word in found] == [bits(x < y), bits(x <= single), bits(y <= single), bits(x == y)]


@given(WORDS, WORDS, st.integers(0, 2**64 - 1))
def test_eight_words(a: list[int], b: list[int], single: int) -> None:
    out = np.zeros(8, np.uint64)
    x, y, one = np.array(a, np.uint64), np.array(b, np.uint64), np.uint64(single)
    found = word_into(x, y, one, out)
    assert (out == ((x ^ y) & one) + (x | y) - (y >> np.uint64(3)) * x).all()
    assert [int(word) for word in found] == [bits(x < y), bits(x <= one), bits(y <= one), bits(x == y)]


@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.int32, np.uint32, np.int64, np.uint64, np.float64])
def test_eight_of_a_table(kind: type) -> None:
    table = np.random.default_rng(1).integers(0, 250, 300).astype(kind)
    items = np.array([3, 0, 250, 17, 5, 5, 99, 1], np.int32)
    out = np.zeros(8, kind)
    assert looked_up(table, items, out) == 17
    assert (out == table[items + np.arange(8)]).all()


@given(REALS)
def test_eight_rounded_down(numbers: list[float]) -> None:
    out, back = np.zeros(8, np.int64), np.zeros(8)
    whole_into(np.array(numbers), out, back)
    assert out.tolist() == [int(number) for number in numbers]
    assert back.tolist() == out.tolist()


@given(WORDS, st.floats(0.0, 1e6), st.floats(0.01, 50.0), st.integers(0, 167), st.integers(1, 400))
def test_eight_see_a_post_when_each_alone_would(
    items: list[int], published: float, pace: float, start: int, hours: int
) -> None:
    attention = timeline.Attention(weekend=0.4)
    rhythm = timeline.rhythm(attention, hours, start)
    random, out = np.array(items, np.uint64), np.zeros(8)
    late = int(seen_into(rhythm, random, published, pace, out))
    for k, one in enumerate(random):
        delay = timeline.delay_of(rhythm.delay, attention.delay_shape, attention.delay_scale, one)
        tail = draws.low(one) * timeline.DELAY_CELLS >= timeline.DELAY_CELLS - 8
        assert late >> k & 1 == tail
        if not tail:
            assert out[k] == timeline.second_at(rhythm.clock, rhythm.inverse, published + delay * pace)


@given(st.lists(st.floats(0.0, 0.7), min_size=8, max_size=8), WORDS)
def test_who_is_far_is_not_reached(chances: list[float], items: list[int]) -> None:
    u = np.array([draws.high(np.uint64(item)) for item in items])
    u[:4] = np.exp(-np.array(chances[:4])) * (1.0 - 1e-4)  # near the edge
    found = int(far_bits(np.array(chances), u))
    for k, chance in enumerate(chances):
        if found >> k & 1:
            assert recall.bound(chance) < -np.log(u[k])
        elif chance <= recall.CUT:
            assert recall.bound(chance) * 1.4 + 1e-9 > (1.0 - u[k]) + (1.0 - u[k]) ** 2 / 2
