"""The evidence as a page: distributions laid over each other, and the table of targets.

One self-contained HTML file: the charts are inline SVG with system fonts.
"""

import io
from collections.abc import Mapping
from typing import Any

import jinja2
import matplotlib as mpl
import matplotlib.figure
import numpy as np
import numpy.typing as npt
from matplotlib import ticker

from sim.fit import distributions
from sim.fit.shape import Shapes

OBSERVED, SIMULATED, GRID = "#1b3a57", "#d9822b", "#d8dee4"
POPULATION_NAMES = {"all": "All roots", "rumour": "Rumour roots", "nonrumour": "Non-rumour roots"}
POPULATION_NOTES = {
    "all": "What counts.",
    "rumour": "A covariate of the replay; no brand's audience.",
    "nonrumour": "What campaigns resemble.",
}

_TEMPLATE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Dandelion: simulated against real cascades</title>
<style>
:root { color-scheme: light dark; --ink: #1f2933; --soft: #52606d; --paper: #ffffff; --line: #d8dee4;
  --good: #1a7f4b; --bad: #b42318; --card: #f6f8fa; }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e9ee; --soft: #a3b0bd; --paper: #14191f; --line: #36414c;
  --good: #57c78a; --bad: #ff8a7a; --card: #1c232b; } }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); margin: 0 auto;
  max-width: 68rem; padding: 1.5rem; }
h1 { font-size: 1.7rem; margin: 0 0 .3rem; } h2 { font-size: 1.2rem; margin: 2.2rem 0 .6rem; }
p { max-width: 48rem; } .soft { color: var(--soft); }
.score { display: flex; flex-wrap: wrap; gap: 1rem; margin: 1.2rem 0; padding: 0; }
.score div { background: var(--card); border-radius: .5rem; padding: .7rem 1rem; min-width: 9rem; }
.score b { display: block; font-size: 1.5rem; font-variant-numeric: tabular-nums; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(20rem, 1fr)); gap: 1rem; }
figure { margin: 0; background: #ffffff; color: #1f2933; border: 1px solid var(--line); border-radius: .5rem;
  padding: .6rem; }
figcaption { font-size: .86rem; color: #52606d; } figure svg { width: 100%; height: auto; display: block; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; font-variant-numeric: tabular-nums; }
th, td { text-align: right; white-space: nowrap; padding: .3rem .6rem; border-bottom: 1px solid var(--line);
  vertical-align: top; }
th:nth-child(2), td:nth-child(2) { text-align: left; white-space: normal; min-width: 12rem; }
thead th { border-bottom: 2px solid var(--soft); }
.yes { color: var(--good); font-weight: 600; } .no { color: var(--bad); font-weight: 600; }
</style>
</head>
<body>
<h1>Simulated against real cascades</h1>
<p class="soft">{{ roots }} root posts from {{ source }}, replayed on a follower graph of {{ accounts }} accounts;
{{ cascades }} simulated cascades, seed {{ seed }}. No target is met by drawing from the observed distribution
or by tuning a root: one law for all.</p>
<div class="score">
<div><b>{{ passed }} of {{ total }}</b>targets met</div>
{% for name, score in scores.items() %}<div><b>{{ score }}</b>{{ name }}</div>
{% endfor %}<div><b>{{ unplaced }}</b>roots without a cascade of {{ smallest }} to {{ largest }} reposts
in {{ tries }} tries</div>
</div>
<h2>Distributions</h2>
<div class="charts">
{% for title, note, svg in charts %}<figure role="img" aria-label="{{ title }}">
{{ svg|safe }}
<figcaption>{{ note }}</figcaption></figure>
{% endfor %}</div>
{% for population in populations %}<h2>{{ population.name }}: {{ population.score }}</h2>
<p class="soft">{{ population.note }}</p>
<div class="scroll"><table>
<thead><tr><th>#</th><th>Target</th><th>Observed</th><th>Simulated</th><th>Band</th><th>KS</th><th>Met</th></tr></thead>
<tbody>
{% for row in population.rows %}<tr><td>{{ row.id }}</td><td>{{ row.name }}</td>
{% for cell in (row.observed, row.simulated, row.band) %}<td>{% for line in cell %}{{ line }}<br>{% endfor %}</td>
{% endfor %}<td>{{ row.ks }}</td>
<td class="{{ row.met }}">{{ row.met }}</td></tr>
{% endfor %}</tbody></table></div>
{% endfor %}
<h2>How to read it</h2>
<p>Every root is replayed with its own followers, hour and weekday; the message's quality is drawn from one law until
a cascade has {{ smallest }} to {{ largest }} reposts. {{ missing }}% of the simulated reposts are dropped at random,
as the crawler lost them, and both sides are cut {{ days }} days after the root. A target is met when the statistic
lies in the band and, where KS is given, the Kolmogorov-Smirnov distance is at most .10. Timing targets leave out
non-rumour roots posted at 23h.</p>
<p class="soft">Observed: Song, Tu, Yang, Liu, Sun, &ldquo;CED: Credible Early Detection of Social Media
Rumors&rdquo;, arXiv:1811.04175. Targets 20 and 21: the uncapped Weibo posts of Jin et al. 2017.</p>
</body>
</html>
"""


def number(value: float | None) -> str:
    """VALUE in three significant digits, nothing for None."""
    if value is None:
        return ""
    if value == 0 or abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def numbers(value: Any) -> list[str]:
    """A number or a list of them, as lines of a cell."""
    if not isinstance(value, list):
        return [number(value)]
    return ["see the chart"] if len(value) > 6 else [number(part) for part in value]


def bands(value: Any) -> list[str]:
    """A band or a list of them, as lines of a cell."""
    several = value if value and isinstance(value[0], list) else [value]
    return [f"{number(low)} to {number(high)}" for low, high in several]


def distribution(values: npt.NDArray[np.float64], weights: npt.NDArray[np.float64]) -> tuple[Any, Any]:
    """The points of a weighted distribution function: ascending values, share up to each."""
    keep = ~np.isnan(values)
    order = np.argsort(values[keep], kind="stable")
    below = np.cumsum(weights[keep][order])
    return values[keep][order], below / below[-1:]  # nothing of nothing


def svg(figure: matplotlib.figure.Figure) -> str:
    """FIGURE as an inline SVG element whose ids are a function of its content."""
    text = io.StringIO()
    with mpl.rc_context({"svg.hashsalt": "dandelion", "svg.fonttype": "none"}):
        figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
    drawing = text.getvalue()
    return drawing[drawing.index("<svg") :]


def axes(title: str) -> tuple[matplotlib.figure.Figure, Any]:
    """An empty chart in the page's style."""
    figure = matplotlib.figure.Figure(figsize=(5.2, 3.3), layout="constrained")
    plot = figure.subplots()
    plot.set_title(title, loc="left", fontsize=11, fontweight="bold")
    plot.grid(color=GRID, linewidth=0.6)
    plot.set_axisbelow(True)
    for side in ("top", "right"):
        plot.spines[side].set_visible(False)
    plot.tick_params(labelsize=9)
    return figure, plot


def curve_chart(title: str, unit: str, seen: Shapes, made: Shapes, metric: str, scale: str, per: float = 1.0) -> str:
    """Both distribution functions of METRIC over the cascades."""
    figure, plot = axes(title)
    for shapes, colour, name, width in ((seen, OBSERVED, "observed", 2.4), (made, SIMULATED, "simulated", 1.6)):
        values, below = distribution(shapes.frame[metric].to_numpy(float) / per, shapes.frame["weight"].to_numpy(float))
        plot.plot(values, below, color=colour, linewidth=width, label=name)
    everything = np.concatenate([shapes.frame[metric].dropna().to_numpy(float) / per for shapes in (seen, made)])
    if not everything.size:
        plot.text(0.5, 0.5, "no cascade", ha="center", transform=plot.transAxes)
        return svg(figure)
    low, high = np.quantile(everything, [0.002, 0.998])
    if scale == "log":
        low = max(low, np.min(everything[everything > 0]) if (everything > 0).any() else 1e-3)
        plot.set_xscale("log")
        steps = (1.0, 2.0, 5.0) if high / low < 100 else (1.0,)
        plot.xaxis.set_major_locator(ticker.LogLocator(subs=steps))
        plot.xaxis.set_major_formatter(ticker.FuncFormatter(lambda value, _: f"{value:,g}"))
        plot.xaxis.set_minor_formatter(ticker.NullFormatter())
    plot.set_xlim(low, max(high, low * 1.01 + 1e-9))
    plot.set_ylim(0, 1)
    plot.set_xlabel(unit, fontsize=9)
    plot.set_ylabel("share of cascades up to here", fontsize=9)
    plot.legend(frameon=False, fontsize=9, loc="lower right")
    return svg(figure)


def hour_chart(observed: list[float], simulated: list[float]) -> str:
    """The hours of the day of late reposts, in per cent."""
    figure, plot = axes("Hour of day of reposts later than 24 h")
    for values, colour, name, width in (
        (observed, OBSERVED, "observed", 2.4),
        (simulated, SIMULATED, "simulated", 1.6),
    ):
        known = [np.nan if value is None else value for value in values]
        plot.step(range(24), known, where="mid", color=colour, linewidth=width, label=name)
    plot.set_xticks(range(0, 24, 4), [f"{hour}h" for hour in range(0, 24, 4)])
    plot.set_ylim(0, None)
    plot.set_xlabel("China time", fontsize=9)
    plot.set_ylabel("% of late reposts", fontsize=9)
    plot.legend(frameon=False, fontsize=9, loc="lower right")
    return svg(figure)


def charts(seen: Shapes, made: Shapes, hours: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Title, caption and SVG of every chart."""
    clean_seen, clean_made = (part.only(part.frame["clean"].to_numpy(bool)) for part in (seen, made))
    drawn = []
    for title, unit, metric, scale, per, clean, note in distributions.DRAWN:
        left, right = (clean_seen, clean_made) if clean else (seen, made)
        drawn.append((title, note, curve_chart(title, unit, left, right, metric, scale, per)))
    drawn.append(
        ("Hour of day", "Only posts whose hour can be trusted.", hour_chart(hours["observed"], hours["simulated"]))
    )
    return drawn


def render(seen: Shapes, made: Shapes, result: Mapping[str, Any], facts: Mapping[str, Any]) -> str:
    """The page.

    result  what `validate` returns: targets, passed, total, unplaced_roots, populations {name: rows}
    facts   source, accounts, seed, tries, smallest, largest, missing (share), horizon (seconds)
    """
    environment = jinja2.Environment(autoescape=True)
    tables = {"all": result["targets"], **result["populations"]}
    populations = []
    for name, rows in tables.items():
        lines = [
            {
                "id": row["id"],
                "name": row["name"],
                "observed": numbers(row["observed"]),
                "simulated": numbers(row["simulated"]) if row.get("l1") is None else [f"L1 {number(row['l1'])}"],
                "band": bands(row["band"]),
                "ks": number(row["ks"]),
                "met": "yes" if row["pass"] else "no",
            }
            for row in rows
        ]
        score = f"{sum(row['pass'] for row in rows)} of {len(rows)}"
        populations.append(
            {"name": POPULATION_NAMES[name], "note": POPULATION_NOTES[name], "rows": lines, "score": score}
        )
    hours = next(row for row in result["targets"] if row["id"] == 19)
    return environment.from_string(_TEMPLATE).render(
        roots=f"{result['roots']:,}",
        cascades=f"{len(made.frame):,}",
        source=facts["source"],
        accounts=f"{facts['accounts']:,}",
        seed=facts["seed"],
        tries=facts["tries"],
        smallest=facts["smallest"],
        largest=facts["largest"],
        missing=number(facts["missing"] * 100),
        days=number(facts["horizon"] / 86_400),
        passed=result["passed"],
        total=result["total"],
        unplaced=result["unplaced_roots"],
        scores={f"{part['name']}".lower(): part["score"] for part in populations[1:]},
        charts=charts(seen, made, hours),
        populations=populations,
    )
