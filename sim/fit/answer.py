"""What a fit to a planner's own posts says: parameters with intervals, the scenario they make, and a grade in words."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from sim.fit.posterior import Marginal
from sim.fit.posts import Posts
from sim.scenario import read
from sim.scenario.schema import Scenario

Floats = npt.NDArray[np.float64]

WIDEST = 6.0  # a level is known when its interval spans at most this factor
ENOUGH = 0.4  # any other parameter when the posts take away this share of the width it had before
NAMES = {
    "quality": "the level",
    "quality_doubt": "how far posts differ",
    "comments": "comments",
    "comment_spread": "how far comments vary",
    "items_read": "how many followers read",
    "publishing_flatness": "the day rhythm",
    "peer_rate": "how readily friends pass it on",
    "delay_scale": "how fast it travels",
}


@dataclass(frozen=True)
class Fitted:
    """One parameter: where it stood, what the posts say, and whether that is enough to put it into the scenario."""

    name: str
    meaning: str
    declared: float
    value: float
    low: float
    high: float
    told: float
    enough: bool

    def plain(self) -> dict[str, Any]:
        """For JSON."""
        numbers = {key: float(f"{getattr(self, key):.6g}") for key in ("declared", "value", "low", "high", "told")}
        return {"name": self.name, "meaning": self.meaning, **numbers, "fitted": self.enough}


@dataclass(frozen=True)
class Predicted:
    """What the fitted model expects of every post: quantiles 5, 25, 50, 75, 95%, float64[posts, 5], by quantity."""

    quantiles: dict[str, Floats]
    seen: dict[str, Floats]

    def inside(self, quantity: str, share: int) -> float | None:
        """Share of the posts within the middle 50 or 90%; None when nothing is known."""
        seen, ends = self.seen[quantity], self.quantiles[quantity]
        known = ~np.isnan(seen)
        if not known.any():
            return None
        low, high = (ends[:, 1], ends[:, 3]) if share == 50 else (ends[:, 0], ends[:, 4])
        return float(((seen >= low) & (seen <= high))[known].mean())


@dataclass(frozen=True)
class Fit:
    """Everything that `calibrate SCENARIO --observed` found."""

    scenario: Scenario
    observed: Posts
    parameters: list[Fitted]
    predicted: Predicted
    grade: str
    notes: list[str]
    seed: int
    accounts: int
    trials: int
    seconds: float
    held: tuple[str, ...] = field(default=("response.repost_rate",))

    def changes(self) -> dict[str, float]:
        """Dotted names and values that go into the scenario."""
        return {part.name: written(part.value, *self._ends(part.name)) for part in self.parameters if part.enough}

    def _ends(self, name: str) -> tuple[float, float]:
        """What the declaration of parameter NAME allows."""
        parameter = self.scenario.parameter(name)
        allowed = None if parameter is None else parameter.range
        return (-np.inf, np.inf) if allowed is None else (allowed.low, allowed.high)

    def doubts(self) -> dict[str, dict[str, Any]]:
        """The scenario's table [doubt]: intervals of what was fitted; what only its product is known of is held."""
        source = f"calibrated on {self.observed.source}: {len(self.observed)} posts"
        found: dict[str, dict[str, Any]] = {
            part.name: {
                "low": written(part.low, *self._ends(part.name)),
                "high": written(part.high, *self._ends(part.name)),
                "source": source[:200],
            }
            for part in self.parameters
            if part.enough
        }
        for name in self.held:
            parameter = self.scenario.parameter(name)
            if parameter is not None:
                table, key = name.split(".")
                value = float(getattr(getattr(self.scenario, table), key))
                found[name] = {"low": value, "high": value, "source": "held: quality is counted against it"}
        return found

    def fitted(self) -> Scenario:
        """The scenario with the fitted values and their intervals."""
        changes: dict[str, Any] = {"doubt": self.doubts()}  # joined with what the scenario had
        for name, value in self.changes().items():
            place = changes
            *tables, key = name.split(".")
            for table in tables:
                place = place.setdefault(table, {})
            place[key] = value
        return self.scenario.changed(changes)

    def text(self, text: str) -> str:
        """TEXT of the scenario's file with the fitted values and the table [doubt]; comments stay."""
        doubts = {**{name: known.model_dump() for name, known in self.scenario.doubt.items()}, **self.doubts()}
        return read.edit(text, {**self.changes(), "doubt": doubts})

    def result(self) -> dict[str, Any]:
        """The JSON answer."""
        checks = {
            quantity: {
                "inside_50": self.predicted.inside(quantity, 50),
                "inside_90": self.predicted.inside(quantity, 90),
            }
            for quantity in self.predicted.seen
        }
        return {
            "scenario": self.scenario.name,
            "observed": self.observed.source,
            "posts": len(self.observed),
            "trees": self.observed.trees,
            "grade": self.grade,
            "notes": self.notes,
            "parameters": [part.plain() for part in self.parameters],
            "predictive": checks,
            "seed": self.seed,
            "accounts": self.accounts,
            "trials": self.trials,
            "seconds": self.seconds,
        }


def written(value: float, least: float = -np.inf, most: float = np.inf) -> float:
    """Four significant digits, within what is allowed: what a person would write down."""
    return float(min(max(float(f"{value:.4g}"), least), most))


def fitted(scenario: Scenario, name: str, meaning: str, found: Marginal, enough: bool) -> Fitted:
    """What was FOUND of the parameter NAME, beside what SCENARIO declares."""
    *tables, key = name.split(".")
    place: Any = scenario
    for table in tables:
        place = place[table] if isinstance(place, dict) else getattr(place, table)
    return Fitted(name, meaning, float(getattr(place, key)), found.value, found.low, found.high, found.told, enough)


def grade(observed: Posts, parameters: Sequence[Fitted]) -> str:
    """What the posts are enough for, in words."""
    told: dict[str, bool] = {}
    for part in parameters:
        word = NAMES[part.name.rsplit(".", 1)[1]]
        told[word] = told.get(word, True) and part.enough
    enough = [word for word, known in told.items() if known]
    short = [word for word, known in told.items() if not known]
    number = len(observed)
    begin = f"{number} post{'s' if number != 1 else ''}: "
    if not enough:
        return begin + "too few for anything; the scenario stays as it was."
    order = list(NAMES.values())
    words = begin + "enough for " + _listed(sorted(enough, key=order.index))
    return words + (", not for " + _listed(sorted(short, key=order.index), "or") if short else "") + "."


def _listed(words: Sequence[str], last: str = "and") -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}"


def doubts_about(predicted: Predicted) -> list[str]:
    """Sentences where the fitted model does not look like the posts."""
    found = []
    for quantity in predicted.seen:
        inside = predicted.inside(quantity, 90)
        if inside is not None and inside < 0.75 and len(predicted.seen[quantity]) >= 8:
            found.append(
                f"Only {inside:.0%} of the posts have {quantity} within the model's 90% range: treat the fit with care."
            )
    return found
