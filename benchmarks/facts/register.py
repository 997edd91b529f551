"""The list of facts: what each says, who says so, and the function that measures it."""

from collections.abc import Callable
from typing import Any, Literal, NamedTuple

Kind = Literal["calibrated", "validation"]
MET, MISSED, PARTLY, ABSENT, UNSEEN = "met", "missed", "partly met", "not applicable", "not measured here"


class Measured(NamedTuple):
    """What came out: words with figures, the verdict, and why where it is not simply met."""

    found: str
    verdict: str
    why: str = ""


class Fact(NamedTuple):
    """One stylised fact. KIND calibrated: met by setting a parameter to it, so no evidence."""

    id: str
    kind: Kind
    says: str
    target: str
    source: str
    measure: Callable[[], Measured]


FACTS: dict[str, Fact] = {}


def fact(name: str, kind: Kind, says: str, target: str, source: str) -> Callable[[Callable[[], Measured]], Any]:
    """Enter the decorated function under NAME."""

    def enter(measure: Callable[[], Measured]) -> Callable[[], Measured]:
        FACTS[name] = Fact(name, kind, says, target, source, measure)
        return measure

    return enter


def judged(met: bool, found: str, why: str = "") -> Measured:
    """Met or missed; WHY is said where it is missed."""
    return Measured(found, MET if met else MISSED, "" if met else why)


def absent(why: str) -> Measured:
    """Nothing to measure."""
    return Measured("", ABSENT, why)
