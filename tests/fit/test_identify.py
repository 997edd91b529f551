"""Intervals: against ordinary least squares, where the answer is known, and over what trades off."""

import numpy as np
import pytest

from sim.fit import calibrate, identify, read, shape
from tests.fit import rooms

KNOBS = (calibrate.Knob("tier", "plain", 1.0), calibrate.Knob("words", "plain", 1.0))


def test_intervals_are_those_of_least_squares():
    rng = np.random.default_rng(1)
    derivative = rng.normal(size=(30, 2))
    found = identify.identification(derivative, 0.04 * np.eye(30), KNOBS, [0.1, 0.4], per_root=10**9)
    expected = 1.96 * np.sqrt(0.04 * np.diag(np.linalg.inv(derivative.T @ derivative)))
    for part, reach, value in zip(found.intervals, expected, (0.1, 0.4), strict=True):
        assert part.high - part.low == pytest.approx(2 * reach, rel=1e-2)
        assert (part.high + part.low) / 2 == pytest.approx(value, abs=1e-3)
        assert part.inflation >= 1.0


def test_parameters_that_trade_off_are_told():
    """Both move the same statistics by nearly the same amount: only their sum is known."""
    one = np.arange(1.0, 11.0)
    derivative = np.column_stack([one, one + 0.01 * np.sin(one)])
    found = identify.identification(derivative, np.eye(10), KNOBS, [0.1, 0.4], per_root=5)
    assert found.intervals[0].inflation > 10
    (first, a), (second, b) = found.weakest
    assert {first, second} == {"tier", "words"}
    assert a == pytest.approx(-b, rel=0.05)


def test_a_parameter_that_moves_nothing_has_no_interval():
    derivative = np.column_stack([np.full(10, 1e-6), np.arange(1.0, 11.0)])
    found = identify.identification(derivative, np.eye(10), KNOBS, [0.1, 0.4], per_root=5)
    assert [part.name for part in found.intervals] == ["words", "tier"]
    assert np.isnan(found.intervals[1].low)
    assert found.intervals[0].low < 0.4 < found.intervals[0].high
    assert "| `tier` | 0.1 | not seen by these statistics |" in identify.markdown(found)


@pytest.mark.luck
def test_sampling_covariance_is_that_of_a_bootstrap(tmp_path):
    observed = shape.shapes(read.cascades(rooms.write(tmp_path, *rooms.tables(80))))
    covariance = identify.sampling_covariance(observed, seed=1)
    assert covariance.shape[0] == covariance.shape[1] == 14 - 1 + 2 + 2 + 3 + 5
    spread = np.sqrt(np.nanmax(np.diag(covariance)[0]))
    values = observed.frame["direct_share"].to_numpy()
    rng = np.random.default_rng(2)
    plain = np.std([np.median(rng.choice(values, values.size)) for _ in range(300)])
    assert spread == pytest.approx(plain, rel=0.4)
