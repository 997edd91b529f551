"""Watch: one launch hour by hour, as it spreads from account to account."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import solara

from sim.kernels import response
from sim.ui import desk, film, i18n, link, presence, rehearsal, strategies
from sim.ui.film import Film
from sim.ui.i18n import Language
from sim.ui.state import Inputs
from sim.ui.widgets import views
from sim.ui.widgets.canvas import Canvas

LARGEST = 1_000_000
"""Accounts a film is made with at most; more would show the same trees, later."""
ROLES = {
    response.BRAND: "brand",
    response.KOL: "kol",
    response.EMPLOYEE: "employee",
    response.LEADER: "leader",
    film.FOLLOWER: "follower",
}
WORDS = (
    "play", "pause", "speed", "pace", "hour", "zoom_in", "zoom_out", "fit_view", "carried", "carried_note", "account",
    "role", "followers", "posted", "depth", "below", "passed_from", "with_words", "bare", "click_hint", "comments_kind",
    "neutral", "praise", "question", "complaint", "reads", "reposts", "comments", "simulated", "watch_title",
    "follower", "close", "save_png",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Showing:
    """A film asked for: of which strategy of which inputs."""

    inputs: Inputs
    strategy: str
    cancel: threading.Event = field(default_factory=threading.Event)


def take(showing: Showing, tell: Callable[[tuple[int, int]], None]) -> Film:
    """The film of SHOWING, on at most a million accounts."""
    inputs, cancel = showing.inputs, showing.cancel
    scenario = inputs.scenario
    if scenario.graph.accounts > LARGEST:
        scenario = scenario.with_accounts(LARGEST)
    with (
        desk.DESK.seat(cancel, lambda _: None),
        rehearsal.grown_graph(scenario, cancel, lambda _: None) as graph,
    ):
        given = (scenario, showing.strategy, inputs.seed, graph)
        return desk.CREW.play(film.shoot, *given, report=tell, cancel=cancel)


def meta(shot: Film, language: Language) -> dict[str, Any]:
    """What the canvas needs beside its arrays."""
    roles = [{"role": role, "title": i18n.say(key, language)} for role, key in ROLES.items() if role in set(shot.role)]
    note = i18n.say("shown_nodes", language, shown=f"{shot.x.size:,}", all=f"{shot.posts:,}")
    note += "; " + i18n.say("stands_for", language, factor=f"{shot.factor:,.0f}")
    return {
        "nodes": int(shot.x.size),
        "hours": shot.hours,
        "start": shot.start,
        "offset": shot.offset,
        "locale": "zh-CN" if language == "zh" else "en-GB",
        "hourly": shot.hourly,
        "carriers": [{**one, "title": strategies.role_title(one["name"], language)} for one in shot.carriers],
        "names": {str(account): strategies.role_title(name, language) for account, name in shot.names.items()},
        "roles": roles,
        "note": note,
    }


def _shy(inputs: Inputs, strategy: str) -> bool:
    return inputs.scenario.strategies[strategy].reference


@solara.component
def Watch(inputs: Inputs, wanted: str, dark: bool, language: Language) -> None:
    """Pick a strategy, play its launch. WANTED: the strategy shown first."""
    chosen, choose = solara.use_state("")
    showing, show = solara.use_state(Showing(inputs, ""))
    progress = solara.use_reactive((0, 0))
    names = {name: strategies.title_of(inputs.scenario, name, language) for name in inputs.scenario.strategies}
    launched = sorted((n for n, s in inputs.scenario.strategies.items() if not s.silent), key=lambda n: _shy(inputs, n))
    first = wanted if wanted in names else next(iter([*launched, *names]))
    strategy = chosen if chosen in names else first

    def tell(hours: tuple[int, int]) -> None:
        with desk.DRAWING:
            progress.set(hours)

    def work() -> Film | None:
        return take(showing, tell) if showing.strategy else None

    task = presence.use_work(work, [showing], showing.cancel)
    shot = task.latest
    with solara.Div(classes=["dl-page"], attributes={"id": "dl-main", "tabindex": "-1", "role": "main"}):
        views.Heading(text=i18n.say("watch_title", language), note=i18n.say("watch_lead", language), level=1)
        with solara.Div(classes=["dl-tools"]), solara.Div(classes=["dl-row"]):
            views.Choose(
                value=strategy,
                options=[{"value": name, "text": title} for name, title in names.items()],
                label=i18n.say("strategy", language),
                event_choose=lambda name: choose(str(name)),
            )
            views.Link(
                text=i18n.say("watch_run", language),
                event_click=lambda _: show(Showing(inputs, strategy)),
                strong=True,
            )
            views.Anchor(text=i18n.say("mesa_view", language), to="live" + link.address(inputs, "watch", language))
        if task.pending and showing.strategy:
            done, total = progress.value
            views.Notice(text=f"{i18n.say('watching', language)} {done}/{total or inputs.scenario.hours}")
        if task.error:
            views.Notice(text=str(task.exception), kind="problem", title=i18n.say("failed", language))
        if shot is not None and shot.x.size:
            Screen(shot, dark, language)
        elif shot is not None:
            views.Notice(text=i18n.say("nobody", language))
        elif not showing.strategy:
            views.Stage(text=i18n.say("watch_empty", language))


@solara.component
def Screen(shot: Film, dark: bool, language: Language) -> None:
    """The canvas with a film in it."""
    told = solara.use_memo(lambda: meta(shot, language), [shot, language])
    Canvas.element(
        x=shot.x.tobytes(),
        y=shot.y.tobytes(),
        size=shot.size.tobytes(),
        parent=shot.parent.tobytes(),
        second=shot.second.tobytes(),
        role=shot.role.tobytes(),
        flags=shot.words.tobytes(),
        depth=shot.depth.tobytes(),
        account=shot.account.tobytes(),
        heads=shot.heads.tobytes(),
        words=i18n.words(language, *WORDS),
        dark=dark,
        meta=told,
    )
