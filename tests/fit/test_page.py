"""The page: one file, everything in it, nothing in it that a name could break."""

import re

import numpy as np
import pytest

from sim.fit import page, read, shape, targets
from tests.fit import rooms


@pytest.fixture(scope="module")
def html(tmp_path_factory):
    folder = tmp_path_factory.mktemp("page")
    seen = shape.shapes(read.cascades(rooms.write(folder / "a", *rooms.tables(60, seed=1))))
    made = shape.shapes(read.cascades(rooms.write(folder / "b", *rooms.tables(60, seed=2))))
    rows = targets.compare(seen, made)
    result = {
        "targets": rows,
        "passed": sum(row["pass"] for row in rows),
        "total": len(rows),
        "unplaced_roots": 4,
        "populations": {name: targets.compare(seen, made, name) for name in targets.POPULATIONS[1:]},
        "roots": 60,
    }
    facts = {
        "source": "<script>alert(1)</script>",
        "accounts": 300_000,
        "seed": 1,
        "tries": 200,
        "smallest": 100,
        "largest": 999,
        "missing": 0.044,
        "horizon": 60 * 86_400.0,
    }
    return page.render(seen, made, result, facts)


def test_it_is_self_contained(html):
    assert html.startswith("<!doctype html>")
    assert not re.search(r"""(src|href)\s*=\s*["']https?:""", html)
    assert "<link" not in html
    assert html.count("<svg") == html.count("</svg>") == 9
    assert "@font-face" not in html


def test_names_are_escaped(html):
    assert "<script" not in html
    assert "&lt;script&gt;" in html


def test_all_populations_and_targets_are_there(html):
    for name in page.POPULATION_NAMES.values():
        assert f"<h2>{name}" in html
    assert html.count("<tr><td>") == 3 * 19
    assert "roots without a cascade of 100 to 999 reposts" in " ".join(html.split())
    assert "nan" not in re.sub(r"<svg.*?</svg>", "", html, flags=re.DOTALL).lower().replace("dominant", "")


def test_numbers_are_short():
    assert page.numbers(0.63812) == ["0.638"]
    assert page.numbers([0.5, None, 2702.4]) == ["0.5", "", "2,702"]
    assert page.numbers(list(np.arange(24.0))) == ["see the chart"]
    assert page.bands([0.58, 0.7]) == ["0.58 to 0.7"]
    assert page.bands([[2.0, 2.4], [0.38, 0.5]]) == ["2 to 2.4", "0.38 to 0.5"]
