"""The page a client reads: complete, self-contained, and safe with any name."""

import re
from xml.etree import ElementTree as ET

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.results import charts, colours, metrics, report, words

START = "2010-08-17T20:00:00+08:00"


def value(mean, width=10.0):
    if mean is None:
        return {"mean": None, "ci95": None, "p10": None, "p90": None}
    return {"mean": mean, "ci95": [mean - width, mean + width], "p10": mean - 2 * width, "p90": mean + 2 * width}


def comparison(titles=None, **more):
    """A finished comparison in the form that `compare --json` prints."""
    names = {"control": 0.0, "seeding": 52_000.0, "staff": 31_000.0}
    rows = {}
    for name, reach in names.items():
        rows[name] = {metric: value(None) for metric in metrics.METRICS}
        rows[name] |= {"reach": value(reach, 900.0), "cost": value(reach * 2, 0.0)}
        rows[name] |= {"cost_per_thousand_reads": value(120.0 if reach else None)}
    pair = {"metric": "reach", "probability_a_better": 0.01, "probability_under_assumptions": 0.16}
    return {
        "scenario": "toy",
        "title": "A launch",
        "goal": "reach",
        "baseline": "control",
        "budget": 150_000.0,
        "seed": 7,
        "replicates": 16,
        "stopped": "leader",
        "accounts": 100_000,
        "links": 3_000_000,
        "market": 30_000_000,
        "seconds": 1.25,
        "start": START,
        "sentence": "Seeding wins on reach, 99% sure.",
        "verdict": {"ahead": "seeding"},
        "strategies": rows,
        "titles": titles or {name: name.title() for name in names},
        "references": ["control"],
        "spend": {
            name: {"kol_fees": reach, "staff": 1000.0, "total": 0, "remainder": 0} for name, reach in names.items()
        },
        "differences": [
            {"a": "staff", "b": "seeding", "mean": -21_000.0, "ci95": [-23_000.0, -19_000.0], **pair},
            {"a": "control", "b": "seeding", "mean": -52_000.0, "ci95": [-53_000.0, -51_000.0], **pair},
            {"a": "control", "b": "staff", "mean": -31_000.0, "ci95": [-33_000.0, -29_000.0], **pair},
        ],
        "best": {"reach": {"strategy": "seeding", "probability": 0.99}},
        "influential": [{"parameter": "response.repost_rate"}],
        **more,
    }


def hourly(names=("control", "seeding", "staff")) -> pd.DataFrame:
    rows = [
        (name, r, hour, 100.0 * (k + 1) + r) for k, name in enumerate(names) for r in range(11) for hour in range(48)
    ]
    return pd.DataFrame(rows, columns=["strategy", "replicate", "hour", "reach"])


ASSUMED = [
    {
        "name": name,
        "value": 0.02,
        "default": 0.01,
        "set": True,
        "unit": "share",
        "meaning": "chance & <luck>",
        "evidence": "seen",
        "source": "a source",
        "low": 0.01,
        "high": 0.04,
    }
    for name in ("topic.interested", "response.repost_rate")
]


def page(**more) -> str:
    manifest = {"command": ["dandelion", "compare", "toy launch"], "versions": {"dandelion": "0.1.0"}}
    return report.comparison(comparison(**more), report.totals(hourly()), ASSUMED, manifest)


def test_the_page_says_who_wins_by_how_much_how_sure_and_why():
    text = page()
    for words_of in (
        "Seeding wins on reach, 99% sure.",
        "52,000 [51,100, 52,900]",
        "99%",
        "Seeding − Staff",
        "99% / 84%",  # turned round with the pair
        "dandelion compare &#39;toy launch&#39;",
        "0.01 – 0.04",
        "seen in a source: a source",
        "Aug-18",
    ):
        assert words_of in text, words_of
    assert "Control − Staff" not in text  # a reference is compared with the best only
    assert text.index("response.repost_rate") < text.index("topic.interested")  # what the verdict hangs on comes first


def test_the_page_asks_nobody_for_anything():
    text = page()
    assert not re.findall(r"""(?:src|href)=["'](?!#)""", text)
    assert "url(http" not in text
    assert "<script" not in text
    addresses = set(re.findall(r"https?://[^\s\"'<]+", text))
    assert addresses <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}
    assert "default-src 'none'" in text


def test_every_chart_is_well_formed_and_its_ids_are_its_own():
    text = page()
    drawn = re.findall(r"<svg.*?</svg>", text, flags=re.DOTALL)
    assert len(drawn) == 3
    for svg in drawn:
        ET.fromstring(svg)
    ids = re.findall(r'\bid="([^"]+)"', text)
    assert len(ids) == len(set(ids))
    for used in re.findall(r'(?:url\(#|href="#)([^")]+)', text):
        assert used in ids


@pytest.mark.parametrize(
    "title", ["<script>alert(1)</script>", "$x^2$ & $", "_hidden", "发布", "a\x00\x1fb\ud800", "", "x" * 500]
)
def test_any_title_is_shown_and_never_obeyed(title):
    titles = {"control": "Control", "seeding": title, "staff": "Staff"}
    text = page(titles=titles, title=title, sentence=title)
    assert "<script" not in text
    text.encode()
    for svg in re.findall(r"<svg.*?</svg>", text, flags=re.DOTALL):
        ET.fromstring(svg)


@given(st.text(max_size=30))
def test_labels_survive_xml(title):
    rows = [{"label": title, "mean": 1.0, "low": None, "high": None, "note": title, "colour": "#000000"}]
    ET.fromstring(charts.forest(rows))


def test_undefined_values_and_missing_parts_leave_gaps_not_errors():
    found = comparison()
    for name in found["strategies"]:
        found["strategies"][name]["reach"] = value(None)
    for key in ("titles", "references", "spend", "influential", "best", "verdict", "sentence", "title", "market"):
        del found[key]
    found["differences"] = []
    text = report.comparison(found)
    assert "n/a" in text
    assert "nan" not in text.lower().replace("finance", "")


def test_a_weighted_goal_is_ranked_by_its_points():
    found = comparison(goal={"reach": 2.0, "cost": 0.1}, best={"goal": {"strategy": "seeding", "probability": 0.9}})
    text = report.comparison(found)
    assert f"{2 * 52_000 - 0.1 * 104_000:,.0f}" in text


def test_totals_add_up_and_band_eight_of_ten():
    found = report.totals(hourly())
    last = found[(found["strategy"] == "control") & (found["hour"] == 47)].iloc[0]
    sums = np.array([(100.0 + r) * 48 for r in range(11)])
    assert last["mean"] == pytest.approx(sums.mean())
    assert (last["low"], last["high"]) == pytest.approx((np.quantile(sums, 0.1), np.quantile(sums, 0.9)))
    assert report.totals(hourly()[["strategy", "replicate", "hour"]]).empty


def test_the_same_input_gives_the_same_page():
    assert page() == page()


def test_every_word_stands_in_both_languages():
    for key, (english, chinese) in words.WORDS.items():
        assert english, key
        assert any("\u4e00" <= sign <= "\u9fff" for sign in chinese), key
        assert set(re.findall(r"{\w+}", english)) == set(re.findall(r"{\w+}", chinese)), key
    text = report.comparison(comparison(), language="zh")
    assert "覆盖人数" in text
    assert 'lang="zh-CN"' in text


def test_one_colour_per_strategy_grey_for_references():
    names = [f"s{n}" for n in range(10)]
    ink, lines = colours.of(names, ["s3"]), colours.dashes(names, ["s3"])
    assert ink["s3"] == colours.REFERENCE
    assert len({(ink[name], lines[name]) for name in names}) == 10
    assert ink == colours.of(names, ["s3"])


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.00137542, "0.001375"), (4.04712, "4.047"), (242_741.3, "242,700"), (9_999.9, "10,000"), (2e20, "2e+20"),
     (1_293_558, "1,293,558"), (-51_234.0, "-51,230"), (True, "True"), ("log", "log"), (0.0, "0")],
)  # fmt: skip
def test_levels_of_knobs_as_people_read_them(value, text):
    assert charts.level(value) == text


def test_the_heat_map_shows_its_numbers():
    table = pd.DataFrame([[1.0, 2000.0], [np.nan, 3.5e6]], index=[0.1, 0.2], columns=[1, 2])
    svg = charts.heat(table, ("rate", "posts"), "mean reach")
    assert "2k" in svg
    assert "3.5M" in svg
    ET.fromstring(svg)
    ET.fromstring(charts.heat(table - 1000, ("rate", "posts"), "lead", centre=0.0))
