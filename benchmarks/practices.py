"""What practices cost: switched off, next to nothing; switched on, each by itself.

    python benchmarks/practices.py [ACCOUNTS]

Off: `course.play` of a scenario without practices against plan and cascade alone, in CPU time, alternating, so that a
busy machine disturbs both; asserts the same bits and a median ratio below 1.02.
"""

import sys
import time
from collections.abc import Callable

import numpy as np

from sim.model import cascade, course, launch, stage
from sim.runs import compare
from sim.scenario import read
from sim.scenario.schema import Scenario

ROUNDS = 40
ROOMS = ("staff", "service", "growth", "orders")


def seconds(work: Callable[[], object]) -> float:
    began = time.thread_time()
    work()
    return time.thread_time() - began


def main(accounts: int) -> None:
    """Print one line per practice; fail when off is not off."""
    whole = read.read("celebrity_or_employees", Scenario).with_accounts(accounts)
    bare = whole.changed(dict.fromkeys(ROOMS))
    ready = stage.set_stage(bare, compare.grow_graph(bare, 2))
    strategy = "both"

    def alone(seed: int) -> cascade.Cascade:
        plan = launch.plan(bare.strategies[strategy], ready.casting, bare.contents, ready.answer, ready.hours, seed)
        return cascade.play(ready, plan, seed)

    def played(scenario: Scenario, seed: int) -> cascade.Cascade:
        return course.play(scenario, ready, strategy, seed).run

    one, other = alone(1), played(bare, 1)
    assert one.post_count == other.post_count > 100
    assert (one.tally.reads == other.tally.reads).all()
    ratio = []
    base = []
    for seed in range(ROUNDS):
        base.append(seconds(lambda seed=seed: alone(seed)))  # type: ignore[misc]
        ratio.append(seconds(lambda seed=seed: played(bare, seed)) / base[-1])  # type: ignore[misc]
    print(f"{accounts:,} accounts, {ROUNDS} rounds: a launch alone {1e3 * np.median(base):.1f} ms of CPU")
    print(f"practices off    x {np.median(ratio):.3f}")
    for room in ROOMS:
        with_room = bare.changed({room: {} if getattr(whole, room) is None else getattr(whole, room).model_dump()})
        played(with_room, 0)
        costs = [seconds(lambda s=s, w=with_room: played(w, s)) for s in range(ROUNDS // 2)]  # type: ignore[misc]
        print(f"{room:<16} x {np.median(costs) / np.median(base[: ROUNDS // 2]):.3f}")
    assert np.median(ratio) < 1.02


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200_000)
