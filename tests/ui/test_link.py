"""Links restore what they were made from; damaged, oversized and hostile ones say so."""

import base64
import json
import zlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.ui import edits, link, state


def packed(value: object) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return "s=" + base64.urlsafe_b64encode(zlib.compress(raw, 9)).decode().rstrip("=")


def test_a_link_restores_scenario_seed_and_page():
    first = state.first_inputs()
    edited = edits.rename(first.scenario, "mixed", "员工优先 <b>")
    inputs = replace(first, scenario=edited, seed=77)
    query = link.query(inputs, "watch")
    assert query.startswith("?s=")
    assert len(query) < 3_000
    opened = link.opened(query[1:])
    assert opened.problem == ""
    assert opened.tab == "watch"
    assert opened.inputs is not None
    assert opened.inputs.scenario == edited
    assert opened.inputs.seed == 77
    assert opened.inputs.original == first.original


def test_a_tabs_address_says_only_what_is_not_there_by_itself():
    first = state.first_inputs()
    assert link.address(first, "kols", "zh") == "?page=kols&language=zh"
    mine = replace(first, scenario=edits.rename(first.scenario, "mixed", "Mine"))
    opened = link.opened(link.address(mine, "watch", "en")[1:])
    assert (opened.inputs, opened.tab, opened.language) == (mine, "watch", "en")
    assert link.opened("page=kols&language=fr").language is None


def test_a_bomb_is_not_unfolded():
    bomb = packed(b"0" * 50_000_000)
    assert len(bomb) < 100_000
    text = link.opened(bomb).problem
    assert "characters" in text or "unfolds" in text
    small = packed(b"0" * 1_000_000)
    assert len(small) < link.LONGEST
    assert "unfolds" in link.opened(small).problem


@pytest.mark.parametrize(
    "search",
    [
        "s=!!!!",
        "s=AAAA",
        packed({"v": 2}),
        packed({"v": 1, "name": "x", "seed": True, "tab": "planner", "scenario": ""}),
        packed({"v": 1, "name": "x", "seed": -1, "tab": "planner", "scenario": ""}),
        packed({"v": 1, "name": "x", "seed": 1, "tab": "planner", "scenario": "name = 3"}),
        packed([[[]]]),
        "s=" + "A" * 20_000,
        "&".join(f"a{n}=1" for n in range(50)),
    ],
)
def test_a_bad_link_is_a_problem_told_and_no_scenario(search):
    opened = link.opened(search)
    assert opened.inputs is None
    assert opened.problem


@given(st.text(max_size=200))
def test_no_query_raises(search):
    link.opened(search)


def test_a_page_may_be_named_but_only_one_of_ours():
    assert link.opened("page=sweeps").tab == "sweeps"
    assert link.opened("page=../../etc").tab == "planner"
