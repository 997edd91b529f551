"""What practices cost: switched off, next to nothing; switched on, each by itself.

    python benchmarks/practices.py [ACCOUNTS]

Off: `course.play` of a scenario without practices, which asks every room of the house whether it is wanted, against
plan and cascade alone, in CPU time, alternating, so that a busy machine disturbs both; asserts the same bits and a
median ratio below 1.02.  On: each table of a scenario by itself, in multiples of the launch alone.
"""

import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from sim.model import cascade, course, launch, stage
from sim.runs import assumptions, compare
from sim.scenario import read
from sim.scenario.schema import Scenario

ROUNDS = 100
ROOMS: dict[str, dict[str, Any]] = {
    **{name: {} for name in assumptions.PRACTICES},
    "hot": {"topics": [{"name": "games"}]},
    "rivals": {"brands": [{"name": "alpha", "followers": 30_000}]},
}


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

    def played(scenario: Scenario, seed: int) -> course.Course:
        return course.play(scenario, ready, strategy, seed)

    one, other = alone(1), played(bare, 1).run
    assert one.post_count == other.post_count > 100
    assert (one.tally.reads == other.tally.reads).all()
    ratio = []
    base = []
    for seed in range(ROUNDS):
        works: list[Callable[[], object]] = [lambda s=seed: alone(s), lambda s=seed: played(bare, s)]  # type: ignore[misc]
        order = (0, 1) if seed % 2 else (1, 0)  # who comes first finds a colder cache
        spent = {place: seconds(works[place]) for place in order}
        base.append(spent[0])
        ratio.append(spent[1] / spent[0])
    print(f"{accounts:,} accounts, {ROUNDS} rounds: a launch alone {1e3 * np.median(base):.1f} ms of CPU")
    more = np.median(ratio) - 1.0
    rooms = len(course.ROOMS)
    print(f"practices off    x {1.0 + more:.3f} ({rooms} rooms together: {more / rooms:.2%} each)")
    for room, table in ROOMS.items():
        declared = getattr(whole, room)
        with_room = bare.changed({room: table if declared is None else declared.model_dump()})
        if not played(with_room, 0).practices:
            continue  # headquarters, the press: nothing to do in this launch
        costs = [seconds(lambda s=s, w=with_room: played(w, s)) for s in range(ROUNDS // 2)]  # type: ignore[misc]
        print(f"{room:<16} x {np.median(costs) / np.median(base[: ROUNDS // 2]):.3f}")
    assert more < 0.02


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
