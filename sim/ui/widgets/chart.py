"""Curves with bands: a small anywidget around uPlot, which stands beside it with its licence."""

import pkgutil

import anywidget
import traitlets


def text_of(name: str) -> str:
    """A file of this package."""
    return (pkgutil.get_data(__package__ or "sim.ui.widgets", name) or b"").decode()


class Chart(anywidget.AnyWidget):
    """Lines with bands over time.

    data       x (seconds, on the scenario's own clock), series (key, label, colour, dash, mean, low, high, band),
               label, title, locale, file
    dark       whether the page is dark
    save_text  the words on the PNG button
    """

    _esm = text_of("uplot.js") + "\n" + text_of("chart.js")
    _css = text_of("uplot.css")
    data = traitlets.Dict().tag(sync=True)
    dark = traitlets.Bool(False).tag(sync=True)
    height = traitlets.Int(300).tag(sync=True)
    save_text = traitlets.Unicode("PNG").tag(sync=True)
