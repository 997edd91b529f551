"""The Mesa model under Mesa's own SolaraViz, for those who expect its controls; at /live.

Mesa's documented `Page = SolaraViz(model)` shares one model between all users;
here every tab makes its own.
"""

from typing import Any

import solara
from mesa.visualization import SolaraViz, make_plot_component

from sim.model.campaign import CampaignModel
from sim.runs import compare as comparing
from sim.scenario.schema import Scenario
from sim.ui import i18n, link, state

ACCOUNTS = 20_000
INTERVAL = 150
"""Milliseconds between two steps; faster than this the pictures queue up."""


def make_model(scenario: Scenario, strategy: str, seed: int) -> CampaignModel:
    """A model of its own for one tab."""
    graph = comparing.grow_graph(scenario, 1)
    played: Any = scenario
    return CampaignModel(played, strategy, rng=seed, graph=graph, materialise=0)


@solara.component
def Live() -> None:
    """One launch with Mesa's play, step and reset."""
    router = solara.use_router()

    def make() -> tuple[CampaignModel, dict[str, Any]]:
        inputs = link.opened(router.search).inputs or state.first_inputs()
        scenario = inputs.scenario.with_accounts(ACCOUNTS)
        names = [name for name, strategy in scenario.strategies.items() if not strategy.silent] or list(
            scenario.strategies
        )
        parameters = {
            "scenario": scenario,
            "strategy": {"type": "Select", "value": names[-1], "values": names, "label": "strategy"},
            "rng": {"type": "InputText", "value": inputs.seed, "label": "seed"},
            "materialise": 0,
        }
        return make_model(scenario, names[-1], inputs.seed), parameters

    model, parameters = solara.use_memo(make, [])
    SolaraViz(
        solara.use_reactive(model),
        components=[
            make_plot_component(["reach", "reads"]),
            make_plot_component(["reposts", "comments"]),
        ],
        model_params=parameters,
        name=i18n.say("mesa_view", "en"),
        play_interval=INTERVAL,
    )
