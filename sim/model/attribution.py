"""Attribution: how many orders each messenger adds, under the same luck."""

from sim.model import course, launch, orders, schedule
from sim.model.course import Declared
from sim.model.stage import Stage


def incremental(scenario: Declared, stage: Stage, strategy: str, seed: int) -> dict[str, float]:
    """Orders that each messenger of STRATEGY adds: with all posts less without its own, under the same luck.

    By word of `by` (brand, kols, a KOL's name, employees, leader, branches), at the size of the market. The parts need
    not add up to the whole: two messengers may have won the same buyer, or need each other.
    """
    plan = schedule.followed(scenario, scenario.strategies[strategy])
    whole = _placed(scenario, stage, plan, seed)
    found = {}
    for word in dict.fromkeys(action.by for action in plan.posts):
        rest = plan.model_copy(update={"posts": tuple(action for action in plan.posts if action.by != word)})
        found[word] = whole - _placed(scenario, stage, rest, seed)
    return found


def _placed(scenario: Declared, stage: Stage, plan: launch.Strategy, seed: int) -> float:
    """Orders of one course, at the size of the market."""
    played = course.play(scenario, stage, plan, seed)
    room = next(practice for practice in played.practices if isinstance(practice, orders.Ordering))
    return sum(room.placed.values()) * stage.factor * stage.panel
