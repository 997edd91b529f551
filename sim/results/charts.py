"""Charts as SVG: text stays text in the reader's own fonts, no request goes out, names are data and never markup."""

import io
import re
import threading
import warnings
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib import dates, ticker
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

_STYLE: Any = {
    "svg.fonttype": "none",
    "svg.hashsalt": "dandelion",
    "text.parse_math": False,  # a title may hold a dollar sign
    "font.family": ["sans-serif"],
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#999999",
    "axes.labelcolor": "#444444",
    "axes.unicode_minus": True,
    "xtick.color": "#444444",
    "ytick.color": "#444444",
    "axes.grid": True,
    "grid.color": "#E6E6E6",
    "grid.linewidth": 0.7,
    "axes.axisbelow": True,
}
_DRAWING = threading.Lock()  # matplotlib's settings belong to the whole process
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def draw(paint: Callable[[Figure], None], width: float, height: float, name: str) -> str:
    """SVG of what PAINT puts on a figure of WIDTH x HEIGHT inches. NAME keeps ids apart on one page."""
    with _DRAWING, mpl.rc_context(_STYLE), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing")  # the reader's fonts draw it, not ours
        figure = Figure(figsize=(width, height), layout="constrained")
        FigureCanvasSVG(figure)
        paint(figure)
        text = io.StringIO()
        nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
        figure.savefig(text, format="svg", metadata=nothing)
    svg = text.getvalue()
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'(\bid="|url\(#|href="#)', rf"\g<1>{name}-", svg)
    # The page's fonts, not those this machine happens to have.
    svg = re.sub(r"font-family: [^;\"]*", "font-family: var(--font, sans-serif)", svg)
    svg = re.sub(r"font: ([^;\"]*?[\d.]+px) [^;\"]*", r"font: \1 var(--font, sans-serif)", svg)
    return re.sub(r'<svg ([^>]*?)width="[^"]*" height="[^"]*"', r'<svg role="img" \1', svg, count=1)


def printable(text: object) -> str:
    """TEXT without characters that no XML may hold."""
    return _UNPRINTABLE.sub("\ufffd", str(text))


def short(value: float, _place: object = None) -> str:
    """An axis number: 120k, 3.4M."""
    for size, mark in ((1e9, "bn"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= size:
            return f"{value / size:g}{mark}"
    return f"{value:g}"


def level(value: object) -> str:
    """The level of a knob as people read it, to four digits: 0.001375, 4.047, 242,700; whole numbers in full."""
    if isinstance(value, float | np.floating):
        rounded = float(f"{value:.4g}")
        return f"{rounded:,.0f}" if 1e4 <= abs(rounded) < 1e15 else f"{rounded:g}"
    if isinstance(value, int | np.integer) and not isinstance(value, bool):
        return f"{value:,}"
    return printable(value)


def curves(
    frame: pd.DataFrame,
    start: datetime,
    colours: Mapping[str, str],
    dashes: Mapping[str, str],
    titles: Mapping[str, str],
    name: str = "curves",
) -> str:
    """Lines with bands on real dates.

    frame  strategy, hour, mean, low, high; one metric, already added up over time
    """

    def paint(figure: Figure) -> None:
        axes = figure.add_subplot()
        ends = []
        zone = start.tzinfo
        begin = dates.date2num(start)  # type: ignore[no-untyped-call]
        for strategy, rows in frame.groupby("strategy", sort=False, observed=True):
            rows = rows.sort_values("hour")
            at = begin + (rows["hour"].to_numpy(dtype=float) + 1) / 24  # hour h ends at h + 1
            colour = colours[str(strategy)]
            axes.fill_between(at, rows["low"], rows["high"], color=colour, alpha=0.16, linewidth=0)
            axes.plot(at, rows["mean"], color=colour, linewidth=1.8, linestyle=dashes[str(strategy)])
            ends.append((float(rows["mean"].iloc[-1]), colour, printable(titles[str(strategy)])))
        axes.xaxis_date(tz=zone)
        axes.set_ylim(bottom=0)
        axes.margins(x=0)
        locator = dates.AutoDateLocator(tz=zone, minticks=3, maxticks=9)  # type: ignore[no-untyped-call]
        axes.xaxis.set_major_locator(locator)
        axes.xaxis.set_major_formatter(dates.ConciseDateFormatter(locator, tz=zone))  # type: ignore[no-untyped-call]
        axes.yaxis.set_major_formatter(ticker.FuncFormatter(short))
        _end_labels(axes, ends)

    return draw(paint, 7.2, 2.9, name)


def _end_labels(axes: Axes, ends: Sequence[tuple[float, str, str]]) -> None:
    """Names at the ends of the lines, pushed apart so that none covers another."""
    top = axes.get_ylim()[1] or 1.0
    at = -1.0
    for value, colour, text in sorted(ends):
        at = max(value / top, at + 0.065)
        axes.text(1.01, at, text[:40], color=colour, transform=axes.transAxes, va="center", fontsize=8.5)


def forest(rows: Sequence[Mapping[str, Any]], head: str = "", name: str = "differences") -> str:
    """Intervals of differences around zero.

    rows  label, mean, low, high, note (beside the bar; HEAD stands above the notes), colour
    """

    def paint(figure: Figure) -> None:
        axes = figure.add_subplot()
        for place, row in enumerate(reversed(rows)):
            low = row["mean"] if row["low"] is None else row["low"]
            high = row["mean"] if row["high"] is None else row["high"]
            axes.plot([low, high], [place, place], color=row["colour"], linewidth=5, alpha=0.35, solid_capstyle="butt")
            axes.plot([row["mean"]], [place], "o", color=row["colour"], markersize=6)
            note = printable(row["note"])
            axes.text(1.01, place, note, transform=axes.get_yaxis_transform(), va="center", fontsize=8.5)
        axes.text(1.01, 1.0, printable(head), transform=axes.transAxes, va="bottom", fontsize=8, color="#5C5C5C")
        axes.axvline(0, color="#444444", linewidth=1)
        axes.set_yticks(range(len(rows)), [printable(row["label"])[:60] for row in reversed(rows)])
        axes.set_ylim(-0.6, len(rows) - 0.4)
        axes.xaxis.set_major_formatter(ticker.FuncFormatter(short))
        axes.grid(visible=False, axis="y")

    return draw(paint, 7.2, 0.55 + 0.27 * max(len(rows), 1), name)


def stacks(
    parts: Mapping[str, Mapping[str, float]], titles: Mapping[str, str], limit: float, name: str = "money"
) -> str:
    """Spend by strategy and item, and the budget as a line (LIMIT; inf: none)."""
    items = list(dict.fromkeys(item for row in parts.values() for item in row))
    shades = ["#33546D", "#7B9BB3", "#C2A878", "#8C6D46", "#9A9A9A", "#C9C9C9"]

    def paint(figure: Figure) -> None:
        axes = figure.add_subplot()
        names = list(parts)[::-1]
        left = np.zeros(len(names))
        for place, item in enumerate(items):
            values = np.array([parts[strategy].get(item, 0.0) for strategy in names])
            axes.barh(range(len(names)), values, left=left, height=0.62, color=shades[place % len(shades)], label=item)
            left += values
        if np.isfinite(limit):
            axes.axvline(limit, color="#B00020", linewidth=1.2, linestyle="dashed")
        axes.set_yticks(range(len(names)), [printable(titles[strategy])[:40] for strategy in names])
        axes.xaxis.set_major_formatter(ticker.FuncFormatter(short))
        axes.grid(visible=False, axis="y")
        if items:
            axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False, fontsize=8.5)

    return draw(paint, 7.2, 0.6 + 0.27 * max(len(parts), 1), name)


def heat(
    table: pd.DataFrame, labels: tuple[str, str], title: str, centre: float | None = None, name: str = "heat"
) -> str:
    """TABLE (rows: one knob, columns: another) as coloured cells with their numbers; CENTRE: two-sided colours."""

    def paint(figure: Figure) -> None:
        axes = figure.add_subplot()
        values = table.to_numpy(dtype=float)
        finite = values[np.isfinite(values)]
        low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
        if centre is not None:
            reach = max(abs(low - centre), abs(high - centre), 1e-12)
            low, high = centre - reach, centre + reach
        image = axes.imshow(
            values, aspect="auto", origin="lower", cmap="cividis" if centre is None else "PuOr", vmin=low, vmax=high
        )
        axes.set_xticks(range(len(table.columns)), [level(value) for value in table.columns])
        axes.set_yticks(range(len(table.index)), [level(value) for value in table.index])
        axes.set_xlabel(printable(labels[1]))
        axes.set_ylabel(printable(labels[0]))
        axes.set_title(printable(title), fontsize=9.5, loc="left")
        axes.grid(visible=False)
        if values.size <= 150:
            for (row, column), value in np.ndenumerate(values):
                if np.isfinite(value):
                    red, green, blue, _ = image.cmap(image.norm(value))
                    dark = 0.3 * red + 0.6 * green + 0.1 * blue < 0.5
                    ink = "white" if dark else "black"
                    axes.text(
                        column, row, short(float(f"{value:.3g}")), ha="center", va="center", color=ink, fontsize=8
                    )

    return draw(paint, 3.55, 2.8, name)


def matrix(titles: Sequence[str], shares: np.ndarray, title: str, name: str = "matrix") -> str:
    """Shares between pairs, float64[k, k]: the row's with the column, as shaded cells; the diagonal is left blank."""
    names = [printable(one)[:24] for one in titles]

    def paint(figure: Figure) -> None:
        axes = figure.add_subplot()
        values = np.array(shares, dtype=float)
        np.fill_diagonal(values, np.nan)
        axes.imshow(values, aspect="auto", cmap="Blues", vmin=0.0, vmax=1.0)
        axes.set_xticks(range(len(names)), names, rotation=45, ha="left")
        axes.xaxis.tick_top()
        axes.set_yticks(range(len(names)), names)
        axes.set_title(printable(title), fontsize=9.5, loc="left")
        axes.grid(visible=False)
        for (row, column), value in np.ndenumerate(values):
            if np.isfinite(value):
                ink = "white" if value > 0.6 else "black"
                axes.text(column, row, f"{value:.0%}", ha="center", va="center", color=ink, fontsize=8)

    side = 1.6 + 0.46 * len(names)
    return draw(paint, side + 0.8, side, name)


def panels(
    found: Sequence[Mapping[str, Any]], lines: Sequence[tuple[str, str, str, float]], name: str = "panels"
) -> str:
    """Small charts of the same lines on one sheet.

    found  title, unit, across and up (ticks: at in per cent of the panel, text), and per line its [x, y] in per cent
    lines  (key in FOUND, name, colour, width)
    """
    rows = -(-len(found) // 3)

    def paint(figure: Figure) -> None:
        for place, panel in enumerate(found, 1):
            axes = figure.add_subplot(rows, 3, place)
            for key, text, colour, width in lines:
                x, y = np.array(panel[key], dtype=float).T
                axes.plot(x, y, color=colour, linewidth=width, label=printable(text))
            axes.set_xticks([tick["at"] for tick in panel["across"]], [tick["text"] for tick in panel["across"]])
            axes.set_yticks([tick["at"] for tick in panel["up"]], [tick["text"] for tick in panel["up"]])
            axes.set_ylim(0, 100)
            axes.set_title(printable(panel["title"]), fontsize=9.5, loc="left")
            axes.set_xlabel(printable(panel["unit"]), fontsize=8)
            if place == 1:
                axes.legend(frameon=False, fontsize=8)

    return draw(paint, 9.6, 2.3 * rows, name)


def bars(rows: Sequence[Mapping[str, Any]], xlabel: str, name: str = "bars") -> str:
    """Horizontal bars with intervals: a tornado, or sensitivity indices.

    rows  label, mean, low, high (None: no interval), colour; the first on top
    """

    def paint(figure: Figure) -> None:
        axes = figure.add_subplot()
        for place, row in enumerate(reversed(rows)):
            axes.barh([place], [row["mean"]], height=0.6, color=row["colour"])
            if row["low"] is not None:
                axes.plot([row["low"], row["high"]], [place, place], color="#222222", linewidth=1.2)
        axes.axvline(0, color="#444444", linewidth=1)
        axes.set_yticks(range(len(rows)), [printable(row["label"])[:60] for row in reversed(rows)])
        axes.xaxis.set_major_formatter(ticker.FuncFormatter(short))
        axes.set_xlabel(printable(xlabel))
        axes.grid(visible=False, axis="y")

    return draw(paint, 7.2, 0.75 + 0.27 * max(len(rows), 1), name)
