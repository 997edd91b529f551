"""Draws: the published mixer, labels that share nothing, and our own logarithm against the library's."""

import math
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.kernels import draws
from tests.reference import cascade as slow
from tests.reference import luck

words = st.integers(0, 2**64 - 1)
positive = st.floats(1e-300, 1e300)


def test_mixer_is_splitmix64() -> None:
    """First outputs of the published generator for seed 1234567."""
    expected = [6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431]
    assert [int(draws.bits(np.uint64(1234567), item)) for item in range(4)] == expected


@given(words, words, words, st.integers(0, 2**40))
def test_keys_and_bits_are_the_twins(seed: int, purpose: int, label: int, item: int) -> None:
    stream = np.uint64(draws.key(np.uint64(seed), np.uint64(purpose), np.uint64(label)))
    assert int(stream) == slow.stream(seed, purpose, label)
    assert int(draws.bits(stream, item)) == slow.bits(int(stream), item)


@given(words)
def test_units_lie_strictly_inside(random: int) -> None:
    for draw, twin in ((draws.uniform, slow.unit), (draws.high, slow.upper), (draws.low, slow.lower)):
        value = draw(np.uint64(random))
        assert 0.0 < value < 1.0
        assert value == twin(random)


def test_purposes_are_different_numbers() -> None:
    purposes = {
        name: int(value) for name, value in vars(draws).items() if name.isupper() and isinstance(value, np.uint64)
    }
    numbers = [value for name, value in purposes.items() if not name.startswith("_") and name != "GOLDEN"]
    assert len(numbers) > 15
    assert len(set(numbers)) == len(numbers)


def sample(seed: int, purpose: np.uint64, label: int, size: int = 20_000) -> np.ndarray:
    stream = np.uint64(draws.key(np.uint64(luck.seed(seed)), purpose, np.uint64(label)))
    return np.array([draws.uniform(np.uint64(draws.bits(stream, item))) for item in range(size)])


@pytest.mark.luck
def test_uniforms_are_uniform() -> None:
    drawn = sample(5, draws.VISIT, 77)
    counts = np.bincount((drawn * 50).astype(int), minlength=50)
    chi_square = ((counts - 400) ** 2 / 400).sum()
    assert 12 < chi_square < 115  # 49 degrees of freedom: beyond once in three million times


@pytest.mark.luck
@pytest.mark.parametrize(
    "other", [(6, draws.VISIT, 77), (5, draws.REPOST, 77), (5, draws.VISIT, 78)], ids=["seed", "purpose", "label"]
)
def test_neighbouring_labels_share_nothing(other: tuple) -> None:
    correlation = np.corrcoef(sample(5, draws.VISIT, 77), sample(*other))[0, 1]
    assert abs(correlation) < 5 / math.sqrt(20_000)


@pytest.mark.luck
def test_upper_and_lower_half_are_independent() -> None:
    stream = np.uint64(draws.key(np.uint64(luck.seed(1)), draws.REPOST, np.uint64(1)))
    random = [np.uint64(draws.bits(stream, item)) for item in range(20_000)]
    upper = [draws.high(r) for r in random]
    lower = [draws.low(r) for r in random]
    assert abs(np.corrcoef(upper, lower)[0, 1]) < 5 / math.sqrt(20_000)


@given(positive)
def test_ln_is_the_librarys(x: float) -> None:
    assert draws.ln(x) == pytest.approx(math.log(x), rel=1e-15, abs=1e-300)


@given(st.floats(1e-12, 0.5), st.booleans())
def test_ln_near_one(step: float, below: bool) -> None:
    """Where the logarithm is small its relative error must stay small too."""
    x = 1.0 - step if below else 1.0 + step
    assert draws.ln(x) == pytest.approx(math.log(x), rel=2e-15, abs=0.0)


@given(st.floats(-700.0, 700.0))
def test_exp_is_the_librarys(x: float) -> None:
    assert draws.exp(x) == pytest.approx(math.exp(x), rel=1e-14)


def test_exp_at_its_ends() -> None:
    assert draws.exp(0.0) == 1.0
    assert draws.exp(-701.0) == 0.0
    assert draws.exp(1e9) == draws.exp(700.0) == pytest.approx(math.exp(700.0))


@given(st.floats(1e-6, 1e6), st.floats(-5.0, 5.0))
def test_power_is_the_librarys(base: float, exponent: float) -> None:
    assert draws.power(base, exponent) == pytest.approx(base**exponent, rel=1e-13)


@given(st.floats(1e-15, 1.0 - 1e-15))
def test_normal_is_the_quantile(u: float) -> None:
    exact = NormalDist().inv_cdf(u)
    assert draws.normal(u) == pytest.approx(exact, rel=1.2e-9, abs=1.2e-9)


@given(st.floats(1e-9, 0.5), st.floats(1e-9, 0.5))
def test_normal_rises(a: float, b: float) -> None:
    low, high = sorted((a, b))
    assert draws.normal(low) <= draws.normal(high) + 1e-8
