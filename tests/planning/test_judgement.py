"""The proxy's judgement: noise of the simulation is told apart from errors of the proxy."""

import numpy as np
import pytest

from sim.planning import judgement, proxy
from tests.reference import luck


def brought(replicates: int, noise: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """True worth of ten candidates, and matched replicates of it with NOISE."""
    generator = np.random.default_rng(seed)
    truth = np.arange(10.0, 20.0)
    return truth, truth + noise * generator.standard_normal((replicates, 10))


@pytest.mark.luck
def test_a_perfect_proxy_is_seen_through_noise() -> None:
    """The proxy knows the truth; the simulation hides it. Corrected for its noise the correlation is nearly 1."""
    found = []
    for seed in range(20):
        truth, outcomes = brought(24, 12.0, seed)
        told = judgement.agreement(truth, outcomes)
        low, high = told["rank_correlation_ci95"]
        assert low <= told["rank_correlation"] <= high
        if told["reliability"] > 0:
            asked = min(told["rank_correlation"] / np.sqrt(told["reliability"]), 1.0)
            assert told["rank_correlation_corrected"] == pytest.approx(asked)
            assert told["rank_correlation_corrected"] >= told["rank_correlation"]
            found.append([told["rank_correlation"], told["rank_correlation_corrected"], told["reliability"]])
        else:  # so noisy that nothing can be said
            assert told["rank_correlation_corrected"] is None
    assert len(found) >= 12  # 97%
    usual, error = [0.775, 0.94, 0.584], [0.03, 0.026, 0.036]  # mean and deviation of 60 such means
    assert (np.abs(np.mean(found, axis=0) - usual) < luck.SURE * np.array(error)).all()


def test_an_ignorant_proxy_stays_one() -> None:
    truth, outcomes = brought(24, 2.0)
    told = judgement.agreement(np.array([3.0, 9, 1, 7, 5, 2, 8, 4, 6, 0]), outcomes)
    assert abs(told["rank_correlation_corrected"]) < 0.35
    assert judgement.agreement(-truth, outcomes)["rank_correlation"] < -0.9


def test_the_error_by_hand() -> None:
    """Means 10 and 20 against 11 and 16: off by 10% and 20%."""
    outcomes = np.array([[9.0, 19.0, 0.0], [11.0, 21.0, 0.0]])
    told = judgement.agreement(np.array([11.0, 16.0, 1.0]), outcomes)
    assert told["error"] == pytest.approx(0.15)
    assert told["reliability"] is None
    low, high = told["error_ci95"]
    assert low <= 0.15 <= high
    nothing = judgement.agreement(np.ones(3), np.full((4, 3), np.nan))
    assert set(nothing.values()) == {None}


@pytest.mark.luck
def test_coins_fall_as_they_should() -> None:
    """Every link of a row comes up with its row's chance, once at most, on its own: counted over 4,000 tosses."""
    generator = np.random.default_rng(5)
    sizes = np.array([3, 0, 5, 400, 1, 6])
    chance = np.array([0.5, 0.3, 0.0, 0.01, 0.9, 1.0 - 1e-12])
    pace = -np.log1p(-chance)
    counts = [np.zeros(size) for size in sizes]
    both = 0
    for _ in range(4_000):
        row, link = proxy._coins(generator, sizes, pace)
        pairs = list(zip(row.tolist(), link.tolist(), strict=True))
        assert pairs == sorted(set(pairs))
        for r, at in pairs:
            counts[r][at] += 1
        both += {(0, 0), (0, 1)} <= set(pairs)
    for size, p, count in zip(sizes, chance, counts, strict=True):
        if size:
            assert np.abs(count / 4_000 - p).max() < 5 * np.sqrt(p * (1 - p) / 4_000) + 1e-12
    assert luck.counted(both, 0.25, 4_000)
    nobody = proxy._coins(generator, np.zeros(0, np.int64), np.zeros(0))
    assert nobody[0].size == nobody[1].size == 0
