"""Which assumptions the verdict hangs on."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from sim.results import influence


def drawn(worlds: int = 200, seed: int = 0) -> pd.DataFrame:
    g = np.random.default_rng(seed)
    return pd.DataFrame(g.random((worlds, 12)), columns=[f"p{k}" for k in range(12)])


@pytest.mark.luck
def test_strong_parameters_are_found_with_their_sign():
    """Correlations of about 0.8 and -0.36 among idle ones; a correlation's standard error is 1 / sqrt(2000)."""
    table = drawn(2_000)
    noise = np.random.default_rng(1).normal(size=2_000)
    contrasts = np.exp(3 * table["p4"]) - 8 * table["p7"] + 3 * noise
    first, second, third = influence.influential(table, contrasts)
    assert (first.parameter, second.parameter) == ("p4", "p7")
    assert first.strength > first.floor
    assert second.strength < -second.floor
    assert (first.clear, second.clear) == (True, True)
    assert abs(third.strength) < 5 / np.sqrt(2_000)
    assert first.when_high > first.when_low
    assert second.when_high < second.when_low


def test_strength_is_spearmans():
    table = drawn(60)
    contrasts = table["p3"] ** 2 + np.random.default_rng(2).normal(size=60)
    best = influence.influential(table, contrasts)[0]
    assert best.strength == pytest.approx(stats.spearmanr(table[best.parameter], contrasts).statistic)


@pytest.mark.luck
def test_idle_parameters_pass_the_floor_in_about_five_percent():
    clear = [
        influence.influential(drawn(50, seed), np.random.default_rng(seed + 5000).normal(size=50))[0].clear
        for seed in range(100)
    ]
    assert len(clear) == 100
    assert sum(clear) <= stats.binom.isf(1e-6, 100, 0.05)


def test_degenerate_inputs():
    assert influence.influential(drawn(7), np.arange(7.0)) == []
    assert influence.influential(drawn(20), np.ones(20)) == []
    constant = drawn(20).assign(p0=1.0, word="x")
    found = influence.influential(constant, np.arange(20.0), count=50)
    assert {one.parameter for one in found} == {f"p{k}" for k in range(1, 12)}
    holes = np.where(np.arange(20) < 5, np.nan, np.arange(20.0))
    assert len(influence.influential(drawn(20), holes)) == 3
    assert influence.influential(pd.DataFrame(index=range(20)), np.arange(20.0)) == []
    with pytest.raises(ValueError, match="contrasts"):
        influence.influential(drawn(20), np.arange(19.0))


def test_order_of_columns_does_not_matter():
    table = drawn()
    contrasts = table["p1"] - table["p2"] + np.random.default_rng(3).normal(size=200)
    assert influence.influential(table, contrasts) == influence.influential(table[table.columns[::-1]], contrasts)
