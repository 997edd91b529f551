"""The planner's page: set up on the left, the answer on the right."""

from dataclasses import replace

import solara

from sim.ui import figures, i18n, results, setup, strategies
from sim.ui.i18n import Language
from sim.ui.session import Session
from sim.ui.state import QUICK, Inputs, Progress
from sim.ui.widgets import views


def launcher(progress: Progress | None, inputs: Inputs, again: bool, language: Language) -> dict[str, object]:
    """What the run button shows."""
    if progress is None:
        return {"running": False, "again": again, "text": "", "share": 0, "left": "", "vague": False}
    accounts = int(inputs.scenario.graph.accounts)
    if progress.phase == "waiting":
        text = i18n.say("waiting", language, ahead=progress.ahead) if progress.ahead else i18n.say("starting", language)
    else:
        size = min(QUICK, accounts) if progress.phase == "quick" else accounts
        text = i18n.say(progress.phase, language, accounts=f"{size:,}")
    known = progress.total > 0
    left = ""
    if progress.left is not None and progress.phase != "growing":
        left = i18n.say("left", language, seconds=max(1, round(progress.left)))
    return {
        "running": True,
        "again": again,
        "text": text,
        "share": 100 * progress.done / progress.total if known else 30,
        "left": left,
        "vague": not known,
    }


@solara.component
def Side(session: Session) -> None:
    """Scenario, strategies, market; the run button always in reach."""
    language = session.language.value
    inputs = session.inputs.value
    found = session.found.value

    def take(new: Inputs) -> None:
        session.problem.value = ""
        session.inputs.value = new

    def problem(text: str) -> None:
        session.problem.value = text

    with solara.Div(classes=["dl-side"]):
        setup.SourcePicker(inputs, language, take, problem)
        with solara.Div(classes=["dl-side-head"]):
            views.Heading(text=i18n.say("strategies", language))
        strategies.StrategyCards(
            scenario=inputs.scenario,
            original=inputs.original,
            run=found.inputs.scenario if found is not None else None,
            language=language,
            on_scenario=session.change,
            on_problem=problem,
        )
        with views.Fold(title=i18n.say("settings", language)):
            setup.MarketForm(inputs, language, take, problem)
        with views.Fold(title=i18n.say("mechanisms", language)):
            setup.Mechanisms(inputs, language, take, problem)
        with views.Fold(title=i18n.say("cast", language)):
            setup.TableForm(inputs.scenario, language, lambda new: take(replace(inputs, scenario=new)), problem)
        Dock(session)


@solara.component
def Dock(session: Session) -> None:
    """Run, stop, progress; a component of its own, because it changes several times a second."""
    language = session.language.value
    with solara.Div(classes=["dl-dock"]):
        views.Launcher(
            state=launcher(session.progress.value, session.inputs.value, session.found.value is not None, language),
            words=i18n.words(language, "run", "run_again", "stop"),
            event_run=lambda _: session.run(),
            event_stop=lambda _: session.stop(),
        )


@solara.component
def Sentence(session: Session) -> None:
    """The answer, which says whether its run still goes on."""
    found = session.found.value
    if found is not None:
        results.Answer(found, session.stale, session.progress.value is not None, session.language.value)


@solara.component
def Main(session: Session, dark: bool) -> None:
    """The answer, or what to do to get one."""
    language = session.language.value
    found = session.found.value
    inputs = session.inputs.value
    if session.problem.value:
        views.Notice(text=session.problem.value, kind="problem", title=i18n.say("failed", language))
    if session.notice.value:
        views.Notice(text=i18n.say(session.notice.value, language))
    if found is None:
        views.Welcome(
            title=i18n.say("empty_title", language),
            steps=[i18n.say(f"empty_{number}", language) for number in (1, 2, 3)],
            about=i18n.say("tagline", language),
        )
    else:
        if session.stale:
            views.Notice(text=i18n.say("stale", language), kind="changed")
        Sentence(session)
        results.Numbers(found, language)
        if figures.curve_names(found):
            results.Curves(found, dark, language)
        results.Differences(found, language)
        results.Best(found, language)
        results.AllFigures(found, language)
    results.TakeAway(inputs, found, session.tab.value, language)


@solara.component
def Planner(session: Session, dark: bool) -> None:
    """Set up, run, read, take away."""
    with solara.Div(classes=["dl-body"]):
        Side(session)
        with solara.Div(classes=["dl-main"], attributes={"id": "dl-main", "tabindex": "-1", "role": "main"}):
            Main(session, dark)
