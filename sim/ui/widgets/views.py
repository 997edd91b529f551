"""The Vue templates as components. Every text reaches them as data and is escaped by Vue."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import solara

STYLE = Path(__file__).parent / "style.css"
"""The look of all of them."""

Row = dict[str, Any]
Rows = list[dict[str, Any]]
Event = Callable[[Any], None]


@solara.component_vue("bar.vue")
def Bar(tabs: Rows, tab: str, language: str, dark: bool, address: str, words: Row, event_tab: Event,
        event_language: Event, event_dark: Event) -> None:  # fmt: skip
    """The top bar: pages, language, theme; it keeps the tab's ADDRESS so that a reload finds what was there."""


@solara.component_vue("controls.vue")
def Controls(fields: Rows, event_change: Event, columns: int = 2, legend: str = "", remove: str = "",
             event_remove: Event | None = None) -> None:  # fmt: skip
    """A form made from declarations; `change` gives {name, value}."""


@solara.component_vue("choose.vue")
def Choose(value: str, options: Rows, label: str, event_choose: Event, hidden: bool = False) -> None:
    """One labelled select; HIDDEN keeps the label for screen readers only."""


@solara.component_vue("source.vue")
def Source(value: str, options: Rows, about: str, limit: int, words: Row, event_choose: Event, event_file: Event,
           event_too_large: Event) -> None:  # fmt: skip
    """Which scenario: a preset or a file of one's own."""


@solara.component_vue("strategies.vue")
def Strategies(cards: Rows, opened: str, words: Row, event_open: Event, event_act: Event,
               children: list[Any] | None = None) -> None:  # fmt: skip
    """The strategies as cards; the open one holds CHILDREN, its form. `act` gives {act, key}."""


@solara.component_vue("launcher.vue")
def Launcher(state: Row, words: Row, event_run: Event, event_stop: Event) -> None:
    """Run, stop, progress, time left."""


@solara.component_vue("headline.vue")
def Headline(head: Row, flags: Row, words: Row) -> None:
    """The answer as a sentence, with both certainties."""


@solara.component_vue("cards.vue")
def Cards(cards: Rows) -> None:
    """Metrics with intervals."""


@solara.component_vue("differences.vue")
def Differences(found: Row, words: Row) -> None:
    """Intervals of paired differences around zero."""


@solara.component_vue("chances.vue")
def Chances(rows: Rows, words: Row) -> None:
    """P(best) by both certainties."""


@solara.component_vue("money.vue")
def Money(rows: Rows) -> None:
    """Spend against the budget."""


@solara.component_vue("table.vue")
def Table(columns: Rows, rows: Rows, words: Row, caption: str, event_add: Event | None = None) -> None:
    """A sortable table. words: head, and where rows can be added short and add; `add` gives the row's key."""


@solara.component_vue("segments.vue")
def Segments(value: str, options: Rows, label: str, event_choose: Event) -> None:
    """A row of choices of which one holds."""


@solara.component_vue("takeaway.vue")
def TakeAway(items: Rows, file: Row, words: Row, query: str, command: str, event_ask: Event) -> None:
    """Downloads, the link and the command. A click asks, the file comes back in FILE."""


@solara.component_vue("welcome.vue")
def Welcome(title: str, steps: list[str], about: str) -> None:
    """What to do before the first run."""


@solara.component_vue("stage.vue")
def Stage(text: str) -> None:
    """The empty stage of the film."""


@solara.component_vue("notice.vue")
def Notice(text: str, kind: str = "note", title: str = "") -> None:
    """A line that is announced to screen readers. kind: note, changed, problem."""


@solara.component_vue("heading.vue")
def Heading(text: str, note: str = "", level: int = 2) -> None:
    """A section's heading with a line below it."""


@solara.component_vue("choice.vue")
def Choice(text: str, options: Rows, event_choose: Event) -> None:
    """A select that acts and falls back to its prompt TEXT."""


@solara.component_vue("link.vue")
def Link(text: str, event_click: Event, label: str = "", strong: bool = False) -> None:
    """A quiet button; STRONG: a bordered one."""


@solara.component_vue("line.vue")
def Line(text: str) -> None:
    """One quiet line."""


@solara.component_vue("fold.vue")
def Fold(title: str, children: list[Any] | None = None, opened: bool = False) -> None:
    """A part that unfolds."""


@solara.component_vue("matrix.vue")
def Matrix(titles: list[str], cells: list[Rows], caption: str) -> None:
    """Shares between pairs, as shaded cells."""


@solara.component_vue("heat.vue")
def Heat(columns: list[str], rows: list[str], cells: list[Rows], labels: list[str], caption: str, evens: list[str],
         even: str) -> None:  # fmt: skip
    """A heat map of settings; a line between cells where the winner flips, and where exactly (EVENS, headed EVEN)."""


@solara.component_vue("tornado.vue")
def Tornado(rows: Rows) -> None:
    """How far each knob moves the answer."""


@solara.component_vue("parameters.vue")
def Parameters(rows: Rows, words: Row) -> None:
    """Every parameter, searchable."""


@solara.component_vue("listing.vue")
def Listing(columns: list[str], rows: list[list[str]], caption: str, tall: bool = False, text: bool = False) -> None:
    """A plain table. TALL: it scrolls in its own frame; TEXT: its cells are words and begin at the left."""


@solara.component_vue("points.vue")
def Points(points: list[str]) -> None:
    """A list of statements."""


@solara.component_vue("picture.vue")
def Picture(text: str, picture: Row, event_ask: Event) -> None:
    """A button that saves a chart, drawn on the server as SVG, as PNG."""


@solara.component_vue("anchor.vue")
def Anchor(text: str, to: str) -> None:
    """A link to another route of this app, in a tab of its own."""


@solara.component_vue("panels.vue")
def Panels(panels: Rows, lines: Rows) -> None:
    """Small charts of the same lines; places are per cent of a panel."""
