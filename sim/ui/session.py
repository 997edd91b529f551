"""The reactives of one browser tab."""

import solara

from sim.scenario.schema import Scenario
from sim.ui.i18n import Language
from sim.ui.state import Found, Inputs, Order, Progress, first_inputs


class Session:
    """The reactives of one tab. Made once in `page.Page`; components get what they need as arguments."""

    def __init__(self, inputs: Inputs | None = None, tab: str = "planner", language: Language = "en") -> None:
        self.tab = solara.reactive(tab)
        self.language: solara.Reactive[Language] = solara.reactive(language)
        self.inputs = solara.reactive(inputs if inputs is not None else first_inputs())
        self.order: solara.Reactive[Order | None] = solara.reactive(None)
        self.progress: solara.Reactive[Progress | None] = solara.reactive(None)
        self.found: solara.Reactive[Found | None] = solara.reactive(None)
        self.notice: solara.Reactive[str] = solara.reactive("")
        self.problem: solara.Reactive[str] = solara.reactive("")

    def run(self) -> None:
        """Order a run of the inputs as they are; one that is under way is stopped."""
        self.stop()
        self.problem.value = ""
        self.notice.value = ""
        self.progress.value = Progress("waiting")
        self.order.value = Order(self.inputs.value)

    def stop(self) -> None:
        """Stop the run under way. What it found so far stays."""
        order = self.order.value
        if order is not None and not order.cancel.is_set():
            order.cancel.set()
            if self.progress.value is not None:
                self.progress.value = None
                self.notice.value = "stopped"

    def change(self, scenario: Scenario) -> None:
        """Take an edited scenario; the results of the old one stay, marked as such."""
        self.problem.value = ""
        self.inputs.value = self.inputs.value.with_scenario(scenario)

    @property
    def stale(self) -> bool:
        """Whether the inputs differ from those of the results shown."""
        found = self.found.value
        return found is not None and found.inputs != self.inputs.value
