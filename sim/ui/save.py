"""Charts as files: a button that saves what the server draws as a PNG."""

from collections.abc import Callable

import solara

from sim.ui import i18n
from sim.ui.i18n import Language
from sim.ui.widgets import views


@solara.component
def SavePicture(draw: Callable[[], str], name: str, language: Language) -> None:
    """A button that saves what DRAW draws (SVG) as a PNG called NAME."""
    picture, give = solara.use_state({"number": 0, "svg": "", "name": ""})
    views.Picture(
        text=i18n.say("save_png", language),
        picture=picture,
        event_ask=lambda number: give({"number": number, "svg": draw(), "name": name}),
    )
