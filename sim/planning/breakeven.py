"""Where the answer flips: the value of a knob at which launch a stops beating launch b.

    found = breakeven.breakeven(scenario, "celebrity_seeding", "employee_amplification", ["employee_participation"])
    found["flips"][0]["at"], found["flips"][0]["luck95"], found["flips"][0]["assumptions80"]

Every value of the knob is played on the same replicates, so the difference a - b
moves smoothly with it and its sign can be followed by bisection.  Two
certainties stand beside the flip:

* luck: replicates are drawn again with replacement, the mean difference's
  curve is recomputed, its crossing is found (95% interval);
* assumptions: in every plausible world (one matched draw of the parameters in
  doubt, one luck) the crossing of that world's own curve; the middle 80% of the
  worlds, and the shares of worlds that do not flip within the range.

Two knobs give a map of the difference and, for each value of the second, where
the first flips, with both certainties: the line that parts the map.
"""

import itertools
from collections.abc import Sequence
from typing import Any, Unpack

import numpy as np

from sim.errors import UserError
from sim.graph.follower_graph import FollowerGraph
from sim.model import stage as stage_room
from sim.model.stage import Stage
from sim.planning import book as book_room
from sim.planning import knobs as knob_room
from sim.planning import steps, trials
from sim.planning.knobs import Knob
from sim.planning.work import How, Work
from sim.results import contrast, metrics
from sim.runs import assumptions
from sim.runs import compare as comparing
from sim.runs.play import play
from sim.scenario.schema import Scenario

REPLICATES = 32
GRID = 7  # values at which the curve is played first
SIDE = 5  # values per side of a map
STEPS = 6  # bisections of every sign change
MAP_STEPS = 3  # and in every row of a map
RESAMPLES = 1_000
SEED = 20110422
CAST = ("graph", "cast", "market", "topic", "start", "days", "attention", "response", "segments")  # what sets the stage


class Field:
    """The matched difference a - b, as a function of the knobs' values.

    Positive where a serves the goal better.  Nothing is played twice.
    """

    def __init__(
        self,
        scenario: Scenario,
        a: str,
        b: str,
        over: Sequence[Knob],
        graph: FollowerGraph,
        replicates: int,
        work: Work,
    ):
        self.scenario = scenario
        self.a, self.b = a, b
        self.over = over
        self.graph = graph
        self.replicates = replicates
        self.seed = work.seed
        self.goal = metrics.goal(scenario.goal)
        stage = stage_room.set_stage(scenario, graph)
        self._stages: dict[str, Stage] = {_key(scenario): stage}
        self._plays = trials.Trials(scenario, stage, self.goal, **work.how())
        self._known: dict[tuple[tuple[float, ...], bool], np.ndarray] = {}

    def at(self, *values: float, doubt: bool = False) -> np.ndarray:
        """float64[replicates] of the difference at VALUES; with DOUBT every replicate has parameters of its own."""
        place = tuple(knob.at(value) for knob, value in zip(self.over, values, strict=True))
        if (place, doubt) not in self._known:
            scenario = self.scenario
            for knob, value in zip(self.over, place, strict=True):
                scenario = knob.turn(scenario, value)
            stage = self._stage(scenario)
            doubtful = assumptions.doubts(scenario) if doubt else []
            book, marked = self._plays.book, book_room.mark(scenario, self.seed, bool(doubtful))
            keys = {name: book_room.key(marked, scenario.strategies[name]) for name in (self.a, self.b)}

            def job(replicate: int) -> list[book_room.Metrics]:
                steps.heed(self._plays.cancel)
                known = [book.known(key, replicate) for key in keys.values()]
                if all(one is not None for one in known):
                    return [one for one in known if one is not None]
                luck = comparing.replicate_seed(self.seed, replicate)
                plays, set_up = scenario, stage
                if doubtful:
                    plays, set_up = assumptions.assume(scenario, stage, assumptions.draw(doubtful, luck))
                return [
                    book.add(key, replicate, book_room.numbers(play(plays, set_up, name, luck)))
                    for name, key in keys.items()
                ]

            shown = ", ".join(f"{knob.name} {value:g}" for knob, value in zip(self.over, place, strict=True))
            text = f"playing {shown}" + (" under assumptions" if doubt else "")
            found = self._plays.each(job, range(self.replicates), text)
            values_of = {
                name: np.array([[np.nan if one[name] is None else one[name] for one in pair] for pair in found], float)
                for name, _ in self.goal.weights
            }
            score = self.goal.score(values_of)
            gap = score[:, 0] - score[:, 1]
            self._known[place, doubt] = gap if self.goal.higher_is_better else -gap
        return self._known[place, doubt]

    def _stage(self, scenario: Scenario) -> Stage:
        """The stage of SCENARIO; one is kept for all that differ only in what no stage sees."""
        key = _key(scenario)
        if key not in self._stages:
            self._stages = {key: stage_room.set_stage(scenario, self.graph)}
        return self._stages[key]


def _key(scenario: Scenario) -> str:
    return scenario.model_dump_json(include=set(CAST))


def breakeven(
    scenario: Scenario,
    a: str,
    b: str,
    over: Sequence[str],
    *,
    replicates: int = REPLICATES,
    doubt: bool = True,
    **how: Unpack[How],
) -> dict[str, Any]:
    """Where strategy A stops beating strategy B on the goal as one knob of OVER, or two, are turned; JSON-plain.

    over        names of `knobs.SHORT` or dotted names, each with a range of its own if wanted: NAME=LOW:HIGH
    replicates  matched plays at every value, at least 8
    doubt       also under drawn parameters
    how         graph, seed, jobs, progress, cancel, book: see `work.How`

    Pure and deterministic for any JOBS.  Raises UserError and CancelledError.
    """
    if replicates < 8:
        raise UserError(f"replicates = {replicates}: an interval of the flip needs at least 8.")
    if not 1 <= len(over) <= 2:
        raise UserError(f"{len(over)} knobs; one gives the flip, two give a map.")
    comparing.chosen(scenario, [a, b])
    if a == b:
        raise UserError(f"a and b are both {a!r}; two different strategies are compared.")
    turned = [knob_room.find(scenario, text) for text in over]
    if len({knob.name for knob in turned}) < len(turned):
        raise UserError(f"The knob {turned[0].name} is named twice.")
    work = Work(**how)
    graph = work.world(scenario)
    played = Field(scenario, a, b, turned, graph, replicates, work)
    measure = played.goal.single
    found: dict[str, Any] = {
        "scenario": scenario.name,
        "goal": measure.name if measure else "goal",
        "a": a,
        "b": b,
        "over": [
            {"knob": knob.name, "low": knob.low, "high": knob.high, "now": knob.now, "meaning": knob.meaning}
            for knob in turned
        ],
        "seed": work.seed,
        "replicates": replicates,
        "accounts": graph.accounts,
    }
    if len(turned) == 1:
        return found | _line(played, turned[0], doubt)
    return found | _map(played, turned[0], turned[1], doubt)


def _line(played: Field, knob: Knob, doubt: bool) -> dict[str, Any]:
    """Flips along one knob, their intervals, the curve, and the sentence."""
    values = sorted({knob.at(value) for value in np.linspace(knob.low, knob.high, GRID)})
    x, curve = _curve(played, knob, values, STEPS)
    worlds = _worlds(played, values) if doubt else None
    crossings = _crossings(x, curve.mean(axis=0))
    flips = [_flip(x, curve, at, np.array(values), worlds) for at in crossings]
    told = [contrast.summary(curve[:, n]) for n in range(x.size)]
    flat = bool((curve == curve[:, :1]).all())
    ahead = _ahead(played, curve.mean(axis=0))
    return {
        "flips": flips,
        "ahead": {"low_end": ahead[0], "high_end": ahead[-1]},
        "flat": flat,
        "curve": [
            {"at": float(at), "difference": one.mean, "ci95": None if one.low is None else [one.low, one.high]}
            for at, one in zip(x, told, strict=True)
        ],
        "sentence": _sentence(played, knob, flips, ahead, flat),
    }


def _bisect(played: Field, knob: Knob, left: float, right: float, steps: int, *rest: float) -> None:
    """Play more values between LEFT and RIGHT while the mean difference changes sign between them."""
    first, last = float(played.at(left, *rest).mean()), float(played.at(right, *rest).mean())
    for _ in range(steps):
        middle = knob.at(0.5 * (left + right))
        if first * last >= 0.0 or middle in (left, right):
            return
        found = float(played.at(middle, *rest).mean())
        if first * found < 0.0:
            right, last = middle, found
        else:
            left, first = middle, found


def _curve(
    played: Field, knob: Knob, values: Sequence[float], steps: int, *rest: float
) -> tuple[np.ndarray, np.ndarray]:
    """Values of KNOB played at the shipped parameters, ascending, and float64[replicates, values].

    VALUES, and STEPS bisections wherever the mean changes its sign between two of them; REST: where a second knob
    stands.
    """
    for left, right in itertools.pairwise(values):
        _bisect(played, knob, left, right, steps, *rest)
    known = {place[0]: gap for (place, doubt), gap in played._known.items() if not doubt and place[1:] == rest}
    x = np.array(sorted(known))
    curve = np.stack([known[value] for value in x], axis=1)
    if not np.isfinite(curve).all():
        raise UserError(
            f"The goal of {played.scenario.name} is undefined in some replicates of {played.a} or {played.b}: "
            "take another goal."
        )
    return x, curve


def _worlds(played: Field, values: Sequence[float], *rest: float) -> np.ndarray:
    """The difference in every plausible world at VALUES of the first knob, float64[worlds, values]."""
    worlds = np.stack([played.at(value, *rest, doubt=True) for value in values], axis=1)
    return np.asarray(worlds[np.isfinite(worlds).all(axis=1)])


def _crossings(x: np.ndarray, y: np.ndarray) -> list[float]:
    """Where the line through (X, Y) changes sign; a stretch of exact zeros between two signs counts once."""
    kept = np.flatnonzero(y != 0.0)
    found = []
    for i, j in itertools.pairwise(kept):
        if y[i] * y[j] < 0.0:
            if j == i + 1:
                found.append(float(x[i] + (x[j] - x[i]) * y[i] / (y[i] - y[j])))
            else:
                found.append(float(0.5 * (x[i + 1] + x[j - 1])))  # the middle of the tie
    return found


def _flip(x: np.ndarray, curve: np.ndarray, at: float, grid: np.ndarray, worlds: np.ndarray | None) -> dict[str, Any]:
    """One flip: where, which way, and how far luck and assumptions move it (None: beyond the range)."""
    before = curve.mean(axis=0)[x < at]
    rising = bool(before.size and before[-1] < 0.0)
    generator = np.random.default_rng([SEED, curve.shape[0]])
    picks = generator.integers(0, curve.shape[0], (RESAMPLES, curve.shape[0]))
    several = np.array([_nearest(x, curve[pick].mean(axis=0), at, rising) for pick in picks])
    flip: dict[str, Any] = {
        "at": at,
        "a_ahead": "above" if rising else "below",
        "luck95": _middle(several, 0.95),
        "assumptions80": None,
        "worlds": None,
    }
    if worlds is not None and worlds.shape[0]:
        own = np.array([_nearest(grid, world, at, rising) for world in worlds])
        flip["assumptions80"] = _middle(own, 0.80)
        flip["worlds"] = _told(worlds)
    return flip


def _told(worlds: np.ndarray) -> dict[str, Any]:
    """How many plausible WORLDS float64[worlds, values] flip somewhere, and how many never do."""
    a, b = (worlds >= 0.0).all(axis=1), (worlds <= 0.0).all(axis=1)
    return {
        "played": int(worlds.shape[0]),
        "flip": float((~a & ~b).mean()),
        "a_throughout": float((a & ~b).mean()),
        "b_throughout": float((b & ~a).mean()),
    }


def _nearest(x: np.ndarray, y: np.ndarray, at: float, rising: bool) -> float:
    """The crossing of Y in that direction nearest to AT; -inf or inf where the sign never changes.

    With the sign of the right side everywhere the flip lies below the range, with that of the left side above it.
    """
    found = [one for one in _crossings(x, y) if (np.interp(one - 1e-9 * np.ptp(x), x, y) < 0.0) == rising]
    if found:
        return min(found, key=lambda one: abs(one - at))
    return -np.inf if (float(y.sum()) > 0.0) == rising else np.inf


def _middle(values: np.ndarray, share: float) -> list[float | None]:
    """The middle SHARE of VALUES; None for an end that lies beyond the range."""
    low, high = np.quantile(values, [0.5 - share / 2, 0.5 + share / 2], method="nearest")
    return [float(low) if np.isfinite(low) else None, float(high) if np.isfinite(high) else None]


def _ahead(played: Field, means: np.ndarray) -> list[str | None]:
    """Who is ahead at each value; None for a tie."""
    return [played.a if mean > 0.0 else played.b if mean < 0.0 else None for mean in means]


def _sentence(played: Field, knob: Knob, flips: list[dict[str, Any]], ahead: list[str | None], flat: bool) -> str:
    goal = played.goal.measure.label
    span = f"{knob.low:g} to {knob.high:g}"
    if flat:
        return f"{knob.name} changes nothing in the difference on {goal} between {span}: no flip."
    if not flips:
        who = next((name for name in ahead if name is not None), None)
        if who is None:
            return f"{played.a} and {played.b} tie on {goal} for every {knob.name} from {span}: no flip."
        return f"No flip within range: {who} is ahead on {goal} for every {knob.name} from {span}."
    parts = []
    for flip in flips:
        side = "above" if flip["a_ahead"] == "above" else "below"
        text = (
            f"{played.a} is ahead on {goal} {side} {knob.name} = {flip['at']:.3g} (luck, 95%: {_shown(flip['luck95'])}"
        )
        if flip["assumptions80"] is not None:
            text += f"; plausible worlds, 80%: {_shown(flip['assumptions80'])}"
        parts.append(text + ")")
    return "; ".join(parts) + "."


def _shown(ends: list[float | None]) -> str:
    low, high = ("beyond the range" if end is None else f"{end:.3g}" for end in ends)
    return f"{low} to {high}"


def _map(played: Field, first: Knob, second: Knob, doubt: bool) -> dict[str, Any]:
    """The difference on a grid of both knobs, and where the first flips for each value of the second."""
    xs = sorted({first.at(value) for value in np.linspace(first.low, first.high, SIDE)})
    ys = sorted({second.at(value) for value in np.linspace(second.low, second.high, SIDE)})
    grid = np.array(xs)
    cells: list[dict[str, Any]] = []
    line: list[dict[str, Any]] = []
    rows: list[dict[str, Any]] = []
    for y in ys:
        x, curve = _curve(played, first, xs, MAP_STEPS, y)
        worlds = _worlds(played, xs, y) if doubt else None
        for n, at in enumerate(xs):
            one = contrast.summary(played.at(at, y))
            ends = None if one.low is None else [one.low, one.high]
            ahead = None if worlds is None or not worlds.shape[0] else float((worlds[:, n] > 0.0).mean())
            cells.append({"first": at, "second": y, "difference": one.mean, "ci95": ends, "worlds_a_ahead": ahead})
        crossings = _crossings(x, curve.mean(axis=0))
        for at in crossings:
            flip = _flip(x, curve, at, grid, worlds)
            line.append({"first": flip.pop("at"), "second": y} | flip)
        told = None if worlds is None or not worlds.shape[0] else _told(worlds)
        rows.append({"second": y, "flips": len(crossings), "worlds": told})
    signs = {cell["difference"] > 0.0 for cell in cells if cell["difference"] not in (None, 0.0)}
    goal = played.goal.measure.label
    if line:
        text = f"{first.name} flips the answer on {goal} for {len({one['second'] for one in line})} of {len(ys)} "
        text += f"values of {second.name}: at {line[0]['first']:.3g} where that is {line[0]['second']:.3g}"
        if line[-1]["second"] != line[0]["second"]:
            text += f", at {line[-1]['first']:.3g} where it is {line[-1]['second']:.3g}"
        text += "."
    elif len(signs) > 1:
        text = f"The answer on {goal} flips with {second.name}, for no value of it with {first.name}."
    else:
        who = played.a if signs == {True} else played.b if signs == {False} else "nobody"
        text = f"No flip within range: {who} is ahead on {goal} everywhere on the map."
    return {"flips": line, "map": cells, "rows": rows, "sentence": text}
