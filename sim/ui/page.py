"""The page: one session, one bar, five tabs."""

import logging
from urllib.parse import urlsplit

import solara
import solara.lab
import solara.server.settings

from sim.errors import EnvironmentFailure, UserError
from sim.runs.compare import CancelledError
from sim.ui import desk, figures, i18n, link, presence, rehearsal
from sim.ui.crew import WorkFailed
from sim.ui.evidence import Evidence
from sim.ui.kols import Kols
from sim.ui.live import Live
from sim.ui.planner import Planner
from sim.ui.session import Session
from sim.ui.state import TABS, Found, Inputs, Order, Progress
from sim.ui.sweeps import Sweeps
from sim.ui.watch import Watch
from sim.ui.widgets import views

log = logging.getLogger(__name__)

# However the app is started, it tells nobody and fetches nothing.
solara.server.settings.telemetry.mixpanel_enable = False
solara.server.settings.theme.show_banner = False
solara.server.settings.assets.fontawesome_enabled = False


def foreign(headers: dict[str, list[str]] | None) -> bool:
    """Whether the websocket was opened from a page of another site. `solara run` does not check, so the page does."""
    if not headers:
        return False
    origin = (headers.get("origin") or [""])[0]
    host = (headers.get("host") or [""])[0]
    return bool(origin) and urlsplit(origin).netloc.lower() != host.lower()


def use_session() -> Session:
    """The tab's own state, restored from the link it was opened with."""
    solara.use_memo(desk.CREW.ready, [])
    router = solara.use_router()

    def make() -> Session:
        wanted = link.opened(router.search)
        language = wanted.language or i18n.preferred(solara.lab.headers.value)
        session = Session(wanted.inputs, wanted.tab, language)
        if wanted.problem:
            session.problem.value = i18n.say("link_problem", language, reason=wanted.problem)
        return session

    return solara.use_memo(make, [])


@solara.component
def Rehearsal(session: Session) -> None:
    """The run under way, in its own thread; closing the tab stops it."""
    order = session.order.value

    def work() -> None:
        if order is not None:
            _work(session, order)

    presence.use_work(work, [order], None if order is None else order.cancel)


def _work(session: Session, order: Order) -> None:
    def tell(progress: Progress) -> None:
        with desk.DRAWING:
            if not order.cancel.is_set():
                session.progress.value = progress

    def show(found: Found) -> None:
        with desk.DRAWING:
            if not order.cancel.is_set():
                session.found.value = found

    problem = ""
    try:
        rehearsal.rehearse(order, tell, show)
    except CancelledError:
        if session.order.value is order and session.progress.value is not None:
            session.progress.value = None
            session.notice.value = "stopped"
        return
    except (UserError, EnvironmentFailure, WorkFailed) as failure:
        problem = str(failure)
    except Exception as failure:
        log.exception("a run failed")
        problem = f"{type(failure).__name__}: {failure}"
    if not order.cancel.is_set():
        session.problem.value = problem
        session.progress.value = None
        order.cancel.set()


@solara.component
def Page() -> None:
    """Dandelion's app."""
    solara.Style(views.STYLE)
    session = use_session()
    if foreign(solara.lab.headers.value):
        views.Notice(text=i18n.say("refused", "en"), kind="problem")
    else:
        Tabs(session)


@solara.component
def Tabs(session: Session) -> None:
    """The bar and the tab that is open."""
    language, inputs, tab = session.language.value, session.inputs.value, session.tab.value
    dark = bool(solara.lab.use_dark_effective())
    address = solara.use_memo(lambda: link.address(inputs, tab, language), [inputs, tab, language])
    solara.Title("Dandelion")

    def set_dark(wanted: bool) -> None:
        solara.lab.theme.dark = bool(wanted)

    def set_language(wanted: str) -> None:
        session.language.value = "zh" if wanted == "zh" else "en"

    def set_tab(wanted: str) -> None:
        if wanted in TABS:
            session.tab.value = wanted

    with solara.Div(classes=["dl-app"]):
        views.Bar(
            tabs=[{"key": key, "text": i18n.say(key, language)} for key in TABS],
            tab=tab,
            language=language,
            dark=dark,
            address=address,
            words=i18n.words(language, "language", "to_dark", "to_light", "skip", "pages"),
            event_tab=set_tab,
            event_language=set_language,
            event_dark=set_dark,
        )
        Rehearsal(session)
        Open(session, dark, language)


@solara.component
def Open(session: Session, dark: bool, language: i18n.Language) -> None:
    """The tab that is open."""
    inputs = session.inputs.value
    tab = session.tab.value

    def problem(text: str) -> None:
        session.problem.value = text

    def plan(new: Inputs) -> None:
        session.problem.value = ""
        session.inputs.value = new
        session.tab.value = "planner"

    if tab == "watch":
        found = session.found.value
        Watch(inputs, figures.leader(found) if found else "", dark, language)
    elif tab == "kols":
        Kols(inputs, language, session.change, problem, session.problem.value)
    elif tab == "sweeps":
        Sweeps(language, inputs.scenario.name, plan)
    elif tab == "evidence":
        Evidence(inputs.scenario, language)
    else:
        Planner(session, dark)


@solara.component
def Bare(children: list[solara.Element] | None = None) -> None:
    """A route's frame: nothing around it."""
    solara.Column(children=children or [], gap="0")


@solara.component
def Apart(children: list[solara.Element] | None = None) -> None:
    """The frame of Mesa's own page, which has a sidebar."""
    solara.AppLayout(children=children or [], navigation=False)


routes = [
    solara.Route("/", component=Page, label="Dandelion", layout=Bare),
    solara.Route("live", component=Live, label="Live model", layout=Apart),
]
