"""Owners of the product: who they are, and when each of them speaks up, to complain or to tell."""

import numpy as np

from sim.kernels import desk as kernel
from sim.kernels import draws
from sim.model import kept
from sim.model.casting import label
from sim.model.stage import Stage

HOUR = 3600
_PEOPLE = np.uint64(draws.key(np.uint64(0), draws.SERVICE, np.uint64(label("owner"))))
_OWNERS: kept.Kept[np.ndarray] = kept.Kept(8)


def owners_of(stage: Stage, share: float) -> np.ndarray:
    """Owners of the product who are not dormant, int32[], ascending: the same in every replicate, so found once."""
    traits = stage.readers.traits

    def find() -> np.ndarray:
        found = np.empty(stage.casting.graph.base, np.int32)
        return found[: kernel.owners_into(_PEOPLE, share, traits[: found.size], found)].copy()

    return _OWNERS.get((kept.Same(traits), share), find)


def moments(
    stage: Stage, share: float, hazard: np.ndarray, stream: np.uint64
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Who speaks up when: second int64[n], account int32[n], ascending, and the hazard float64[n] that it took.

    share   of the accounts that own the product; each speaks up at most once, when the hazard passes its threshold
    hazard  float64[hours]  of an owner, per hour
    stream  key of the thresholds
    """
    total = np.concatenate([[0.0], np.cumsum(hazard)])
    people = owners_of(stage, share)
    account, resistance = np.empty(people.size, np.int32), np.empty(people.size)
    count = kernel.speakers_among(stream, people, float(total[-1]), account, resistance)
    account, resistance = account[:count], resistance[:count]
    hour = np.minimum(np.searchsorted(total, resistance, side="right") - 1, hazard.size - 1)
    within = (resistance - total[hour]) / np.maximum(hazard[hour], 1e-300)
    return (HOUR * (hour + np.minimum(within, 0.999))).astype(np.int64), account, resistance
