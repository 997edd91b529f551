"""A fit to a planner's own posts as a page: what is known, what it rests on, and how the model would see these posts.

One self-contained HTML file in the style of `sim.fit.page`.
"""

from typing import Any

import jinja2
import numpy as np
from matplotlib import ticker

from sim.fit import answer, page

FILL = "#f0c48f"
TITLES = {"reposts": "Reposts", "comments": "Comments", "reads": "Reads"}

_TEMPLATE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Dandelion: {{ scenario }} fitted to {{ observed }}</title>
<style>
:root { color-scheme: light dark; --ink: #1f2933; --soft: #52606d; --paper: #ffffff; --line: #d8dee4; --good: #1a7f4b; }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e9ee; --soft: #a3b0bd; --paper: #14191f; --line: #36414c;
  --good: #57c78a; } }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); margin: 0 auto;
  max-width: 68rem; padding: 1.5rem; }
h1 { font-size: 1.7rem; margin: 0 0 .3rem; } h2 { font-size: 1.2rem; margin: 2.2rem 0 .6rem; }
p { max-width: 48rem; } .soft { color: var(--soft); } .grade { font-size: 1.2rem; font-weight: 600; }
figure { margin: 0 0 1rem; background: #ffffff; color: #1f2933; border: 1px solid var(--line); border-radius: .5rem;
  padding: .6rem; } figcaption { font-size: .86rem; color: #52606d; } figure svg { width: 100%; height: auto; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(20rem, 1fr)); gap: 1rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; font-variant-numeric: tabular-nums; }
th, td { text-align: right; padding: .3rem .6rem; border-bottom: 1px solid var(--line); vertical-align: top; }
th:first-child, td:first-child { text-align: left; }
.yes { color: var(--good); font-weight: 600; }
</style>
</head>
<body>
<h1>{{ scenario }} fitted to {{ observed }}</h1>
<p class="grade">{{ grade }}</p>
{% for note in notes %}<p>{{ note }}</p>
{% endfor %}<h2>What the posts say</h2>
<div class="scroll"><table>
<thead><tr><th>Parameter</th><th>Before</th><th>From the posts</th><th>95% interval</th><th>Into the scenario</th></tr>
</thead><tbody>
{% for row in rows %}<tr><td>{{ row.meaning }}<br><span class="soft">{{ row.name }}</span></td>
<td>{{ row.declared }}</td>
<td>{{ row.value }}</td><td>{{ row.low }} to {{ row.high }}</td>
<td class="{{ 'yes' if row.fitted else '' }}">{{ 'yes' if row.fitted else 'no, too wide' }}</td></tr>
{% endfor %}</tbody></table></div>
<h2>The posts as the fitted model expects them</h2>
<div class="charts">
{% for title, note, svg in charts %}<figure role="img" aria-label="{{ title }}">
{{ svg|safe }}
<figcaption>{{ note }}</figcaption></figure>
{% endfor %}</div>
<h2>How to read it</h2>
<p>A parameter goes into the scenario when the posts pin it down: a level when its interval spans at most a factor of
{{ widest }}, any other when the posts take away at least {{ enough }} of the width it had before. What does not go in
stays as it was declared, doubt included. Under assumptions, <i>compare</i> draws fitted parameters from their
intervals (table [doubt] of the written scenario) and holds the general repost rate, because the posts tell only its
product with their worth. Each dot is a post; the bands hold half and nine tenths of what the fitted model would let
happen to it. Counts should be final: take posts at least three days old.</p>
<p class="soft">{{ posts }} posts, {{ trials }} simulated ones on {{ accounts }} accounts, seed {{ seed }}.</p>
</body>
</html>
"""


def band_chart(title: str, found: answer.Predicted, quantity: str) -> str:
    """Each post over the band that the fitted model expects, in order of what is expected."""
    ends, seen = found.quantiles[quantity], found.seen[quantity]
    order = np.argsort(ends[:, 2], kind="stable")
    figure, plot = page.axes(title)
    place = np.arange(1, order.size + 1)
    if order.size == 1:
        place = np.array([0.6, 1.4])
        order = np.repeat(order, 2)
    low, inner, middle, outer, high = (1.0 + ends[order, column] for column in range(5))
    plot.fill_between(place, low, high, color=FILL, alpha=0.45, linewidth=0, label="90%")
    plot.fill_between(place, inner, outer, color=FILL, linewidth=0, label="50%")
    plot.plot(place, middle, color=page.SIMULATED, linewidth=1.4, label="expected")
    plot.plot(place, 1.0 + seen[order], "o", color=page.OBSERVED, markersize=3.5, label="your posts")
    plot.set_yscale("log")
    plot.yaxis.set_major_formatter(ticker.FuncFormatter(lambda value, _: f"{value:,g}"))
    plot.set_xlabel("posts, from the least expected to the most", fontsize=9)
    plot.set_ylabel(f"1 + {quantity}", fontsize=9)
    plot.legend(frameon=False, fontsize=8, loc="upper left", ncols=2)
    return page.svg(figure)


def charts(fit: answer.Fit) -> list[tuple[str, str, str]]:
    """Title, caption and SVG of every chart."""
    drawn = []
    for quantity in fit.predicted.seen:
        inside = fit.predicted.inside(quantity, 90) or 0.0
        note = f"{inside:.0%} of the posts lie within the 90% band."
        drawn.append((TITLES[quantity], note, band_chart(TITLES[quantity], fit.predicted, quantity)))
    return drawn


def render(fit: answer.Fit) -> str:
    """The page of FIT."""
    rows: list[dict[str, Any]] = []
    for part in fit.parameters:
        plain = part.plain()
        numbers = {key: page.number(plain[key]) for key in ("declared", "value", "low", "high")}
        rows.append({**plain, **numbers})
    return (
        jinja2.Environment(autoescape=True)
        .from_string(_TEMPLATE)
        .render(
            scenario=fit.scenario.title or fit.scenario.name,
            observed=fit.observed.source,
            grade=fit.grade,
            notes=fit.notes,
            rows=rows,
            charts=charts(fit),
            widest=f"{answer.WIDEST:g}",
            enough=f"{answer.ENOUGH:.0%}",
            posts=len(fit.observed),
            trials=f"{fit.trials:,}",
            accounts=f"{fit.accounts:,}",
            seed=fit.seed,
        )
    )
