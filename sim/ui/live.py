"""The Mesa model under Mesa's own SolaraViz, for those who expect its controls; at /live.

Mesa's documented `Page = SolaraViz(model)` shares one model between all users;
here every tab makes its own.
"""

import functools
from typing import Any

import solara
import solara.lab
from mesa.visualization import SolaraViz
from mesa.visualization.utils import update_counter

from sim.model.campaign import CampaignModel
from sim.results import colours, metrics
from sim.runs import compare as comparing
from sim.scenario.schema import Scenario
from sim.ui import i18n, link, state
from sim.ui.i18n import Language
from sim.ui.widgets import views
from sim.ui.widgets.chart import Chart

ACCOUNTS = 20_000
SEEDS = 100
"""The slider's end: Mesa gives what is typed as text, of which no model can be made."""
INTERVAL = 150
"""Milliseconds between two steps; faster than this the pictures queue up."""


def make_model(scenario: Scenario, strategy: str, seed: int) -> CampaignModel:
    """A model of its own for one tab."""
    graph = comparing.grow_graph(scenario, 1)
    played: Any = scenario
    return CampaignModel(played, strategy, rng=seed, graph=graph, materialise=0)


def lines(model: CampaignModel, names: tuple[str, ...], language: Language = "en") -> dict[str, Any]:
    """What the model has collected of NAMES so far, hour by hour from nothing, for the chart widget."""
    collected = model.datacollector.get_model_vars_dataframe()
    start = model.stage.start
    offset = start.utcoffset()
    first = start.timestamp() + (offset.total_seconds() if offset else 0.0)
    series: list[dict[str, Any]] = []
    for name, colour in zip(names, colours.OKABE_ITO, strict=False):
        values = [0.0, *map(float, collected[name])]
        label = i18n.label(metrics.METRICS[name], language)
        series.append({"key": name, "label": label, "colour": colour, "dash": [], "mean": values, "low": values,
                       "high": values, "band": False})  # fmt: skip
    return {
        "x": [first + 3600.0 * hour for hour in range(len(collected) + 1)],
        "series": series,
        "label": ", ".join(one["label"] for one in series),
        "title": model.strategy,
        "locale": "zh-CN" if language == "zh" else "en-GB",
        "file": f"live-{'-'.join(names)}",
    }


@solara.component
def Curves(model: CampaignModel, names: tuple[str, ...], language: Language) -> None:
    """NAMES over the hours played. Mesa's own plot draws a picture in the server, a tenth of a second at every step."""
    update_counter.get()
    dark = bool(solara.lab.use_dark_effective())
    with solara.Div(classes=["dl-app dl-live"]):
        Chart.element(data=lines(model, names, language), dark=dark, save_text=i18n.say("save_png", language))


DRAWN = (("reach", "reads"), ("reposts", "comments"))
"""How far the launch reached; what readers did."""


@solara.component
def Live() -> None:
    """One launch with Mesa's play, step and reset, whose own words Mesa has in English only."""
    solara.Style(views.STYLE)
    router = solara.use_router()

    def make() -> tuple[CampaignModel, dict[str, Any], list[Any], Language]:
        wanted = link.opened(router.search)
        language = wanted.language or i18n.preferred(solara.lab.headers.value)
        inputs = wanted.inputs or state.first_inputs()
        scenario = inputs.scenario.with_accounts(ACCOUNTS)
        names = [name for name, strategy in scenario.strategies.items() if not strategy.silent] or list(
            scenario.strategies
        )
        parameters = {
            "scenario": scenario,
            "strategy": {
                "type": "Select", "value": names[-1], "values": names, "label": i18n.say("strategy", language),
            },
            "rng": {
                "type": "SliderInt", "value": inputs.seed, "min": 0, "max": max(SEEDS, inputs.seed),
                "label": i18n.say("seed", language),
            },
            "materialise": 0,
        }  # fmt: skip
        drawn = [functools.partial(Curves, names=pair, language=language) for pair in DRAWN]
        return make_model(scenario, names[-1], inputs.seed), parameters, drawn, language

    model, parameters, drawn, language = solara.use_memo(make, [])
    with solara.Div(classes=["dl-app dl-live"]):
        views.Line(text=i18n.say("mesa_note", language, accounts=f"{ACCOUNTS:,}"))
    SolaraViz(
        solara.use_reactive(model),
        components=drawn,
        model_params=parameters,
        name=i18n.say("mesa_title", language),
        play_interval=INTERVAL,
    )
