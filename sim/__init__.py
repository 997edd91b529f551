"""Dandelion: which launch wins? Rival social-media launches compared on a follower graph, agent by agent.

    from sim import Scenario, FollowerGraph, CampaignModel, compare

Names are imported when they are first used, so that `import sim` and the
command start fast.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sim.errors import EnvironmentFailure, UserError
    from sim.graph.follower_graph import FollowerGraph
    from sim.model.agenda import Intention
    from sim.model.agents import Brand, Celebrity, Employee, Follower, Leader
    from sim.model.campaign import CampaignModel
    from sim.planning.spread import spread
    from sim.results.outcome import Outcome
    from sim.runs.compare import compare
    from sim.runs.play import measure, play
    from sim.scenario.schema import Scenario

_HOME = {
    "Brand": "sim.model.agents",
    "CampaignModel": "sim.model.campaign",
    "Celebrity": "sim.model.agents",
    "Employee": "sim.model.agents",
    "EnvironmentFailure": "sim.errors",
    "Follower": "sim.model.agents",
    "FollowerGraph": "sim.graph.follower_graph",
    "Intention": "sim.model.agenda",
    "Leader": "sim.model.agents",
    "Outcome": "sim.results.outcome",
    "Scenario": "sim.scenario.schema",
    "UserError": "sim.errors",
    "compare": "sim.runs.compare",
    "measure": "sim.runs.play",
    "play": "sim.runs.play",
    "spread": "sim.planning.spread",
}

__all__ = [
    "Brand",
    "CampaignModel",
    "Celebrity",
    "Employee",
    "EnvironmentFailure",
    "Follower",
    "FollowerGraph",
    "Intention",
    "Leader",
    "Outcome",
    "Scenario",
    "UserError",
    "compare",
    "measure",
    "play",
    "read",
    "spread",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'sim' has no attribute {name!r}")
    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def read(source: str) -> "Scenario":
    """The scenario of a file, or of a preset by its name: `read("nokia_n8")`. Raises UserError."""
    from sim.scenario import read as reading
    from sim.scenario import schema

    return reading.read(source, schema.Scenario)
