"""Fresh luck: DANDELION_TEST_SEED=n plays every test whose luck is not part of its answer with other seeds.

Without it (or with 0) every seed is as written, so that a suite that fails fails again.  With it, seeds are shifted
where a test enters the simulator, once per call, and so are those of NumPy's generators.  A test of certain bits
(a twin, a golden file) names no such place, or is marked `fixed_luck`.
"""

import contextvars
import functools
import inspect
import os
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import special, stats

SHIFT = 1_000_003 * int(os.environ.get("DANDELION_TEST_SEED", "0"))
SURE = 5.0  # standard errors that a right answer exceeds once in 1.7 million times: no test of thousands flickers
RARE = float(special.ndtr(-SURE))  # of these, on either side


def holds(low: float, value: float, high: float, level: float = 0.95) -> bool:
    """Whether VALUE lies within SURE standard errors of the middle of an interval that should hold LEVEL of them."""
    reach = SURE / float(special.ndtri(0.5 + level / 2))
    return abs(value - (low + high) / 2) <= reach * (high - low) / 2


def counted(found: float, chance: float, count: int) -> bool:
    """Whether FOUND successes in COUNT of CHANCE are no rarer than SURE standard errors, on either side."""
    law = stats.binom(count, chance)
    return bool(law.cdf(found) > RARE and law.sf(found - 1) > RARE)


_inside = contextvars.ContextVar("inside", default=False)


def seed(number: int = 0) -> int:
    """NUMBER, fresh: for tests that hand a seed to a kernel."""
    return (int(number) + SHIFT) % 2**64


def shifted(function: Callable[..., Any]) -> Callable[..., Any]:
    """FUNCTION with its argument `seed` shifted, but not again in what it calls."""
    form = inspect.signature(function)

    @functools.wraps(function)
    def fresh(*given: Any, **named: Any) -> Any:
        if _inside.get():
            return function(*given, **named)
        bound = form.bind(*given, **named)
        bound.arguments["seed"] = type(bound.arguments["seed"])(seed(bound.arguments["seed"]))
        token = _inside.set(True)
        try:
            return function(*bound.args, **bound.kwargs)
        finally:
            _inside.reset(token)

    return fresh


def generator(given: Any = None) -> np.random.Generator:
    """`numpy.random.default_rng` of a fresh seed."""
    if isinstance(given, int | np.integer):
        given = seed(int(given))
    elif isinstance(given, list | tuple):
        given = [*given, SHIFT]
    return _default_rng(given)


_default_rng = np.random.default_rng


def refresh() -> None:
    """Shift the seeds of this process, when DANDELION_TEST_SEED asks for it."""
    if not SHIFT:
        return
    from sim.fit import replay
    from sim.model import cascade, course, launch
    from tests.reference import cascade as twin

    np.random.default_rng = generator  # type: ignore[assignment]
    for owner, name in (
        (cascade.Cascade, "__init__"),
        (course.Course, "__init__"),
        (launch, "plan"),
        (twin, "run"),
        (replay, "stream_of"),
    ):
        setattr(owner, name, shifted(getattr(owner, name)))
