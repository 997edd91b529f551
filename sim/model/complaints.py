"""Complaints: who complains when, and the stories that this starts.

Births depend on people and luck, never on the strategy, so rivals meet the
same complaints.  A complaint is a story of its own, told by an ordinary
account to its own followers.  Simulated complaints are a sample of the real
ones, each as large as a real one: so its reposts saturate at their own number,
not at the market's (docs/decisions/0010).
"""

from dataclasses import dataclass, replace

import numpy as np

from sim.kernels import draws, response
from sim.model import luck, owners
from sim.model.cascade import Cascade
from sim.model.casting import label
from sim.model.launch import Plan
from sim.model.stage import Stage, followers_of
from sim.model.subjects import alike

HEADROOM = 1.6  # a bad reply may lift the response by so much; gates must be open for it
_NAMES = np.uint64(label("complaint"))


@dataclass(frozen=True)
class Births:
    """Complaints in order of time. second int64[n], account int32[n], label uint64[n], mentioned bool[n]."""

    second: np.ndarray
    account: np.ndarray
    label: np.ndarray
    mentioned: np.ndarray


def births(stage: Stage, share: float, hazard: np.ndarray, mention: float, seed: int) -> Births:
    """The complaints of one luck.

    share    of the accounts that own the product
    hazard   float64[hours]  of an owner, per hour; at most one complaint each
    mention  share that names the brand
    """
    stream = np.uint64(draws.key(np.uint64(seed), draws.SERVICE, np.uint64(0)))
    second, account, _ = owners.moments(stage, share, hazard, stream)
    order = np.lexsort((account, second))
    account, second = account[order], second[order]
    coins = luck.bits(stream + np.uint64(1), account)
    return Births(second, account, luck.bits(_NAMES, account), (coins >> np.uint64(11)) * 2.0**-53 < mention)


def stories(stage: Stage, born: Births, outrage: float, spread: float, seed: int) -> Cascade:
    """The cascades of the complaints BORN, none of them on the calendar yet.

    outrage  worth of a complaint against a median message; SPREAD of its logarithm is how excited each one is
    """
    n = born.account.size
    answer = stage.answer
    louder = answer._replace(repost_rate=answer.repost_rate * HEADROOM, peer_rate=answer.peer_rate * HEADROOM)
    quiet = replace(stage, answer=louder, readers=stage.readers._replace(factor=1.0))
    starts = stage.casting.graph.community_start
    home = np.searchsorted(starts, born.account, side="right") - 1
    elsewhere = np.full(starts.size - 1, answer.interest_off)
    plan = Plan(
        account=born.account.astype(np.int32),
        messenger=np.full(n, response.PEER, np.uint8),
        second=born.second.astype(np.int32),
        label=born.label,
        followers=followers_of(stage.casting.graph, born.account).astype(np.float64),
        quality=np.full(n, outrage),
        doubt=np.full(n, spread),
        comment=np.full(n, answer.comment_ratio),
        mix=np.tile([0.0, 0.1, 0.5], (n, 1)),
    )
    about = alike(np.arange(n, dtype=np.int32), born.label, elsewhere, home, 1.0 / HEADROOM)
    return Cascade(quiet, plan, seed, subjects=about, eager=True)  # replies change the chance of posts that stand
