"""docs/mesa.md: every block of Python on the page is run, in order, as its reader would."""

import linecache
import re
from pathlib import Path

import pytest

PAGE = Path(__file__).resolve().parents[2] / "docs" / "mesa.md"
BLOCKS = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def read():
    """The names that the page has defined once all but the last block are run."""
    names = {"__name__": "page"}
    for number in range(len(BLOCKS) - 1):
        run(number, names)
    return names


def run(number, names):
    """Run block NUMBER; its lines are made known, so that tracebacks and Solara's check of hooks can show them."""
    text, where = BLOCKS[number], f"docs/mesa.md, block {number + 1}"
    linecache.cache[where] = len(text), None, text.splitlines(keepends=True), where
    exec(compile(text, where, "exec"), names)


def test_the_examples_run_and_something_happens(read):
    assert len(BLOCKS) >= 10
    assert read["model"].reach > 0
    assert read["cautious"].spent > 0
    assert sum(read["staff"].get("posts")) > 0
    assert len(read["rows"]) == 6
    assert 0 < len(read["keen"]) < len(read["everyone"])


def test_the_page_plays_and_resets(read):
    """The last block, in Solara without a browser: step, choose another strategy, reset."""
    pytest.importorskip("altair", reason="SolaraViz needs altair (the extra viz)")
    solara = pytest.importorskip("solara")
    widgets = pytest.importorskip("ipyvuetify")
    models = []

    class Noted(read["CampaignModel"]):
        def __init__(self, scenario, strategy, *, rng=None, stage=None, materialise=0):
            super().__init__(scenario, strategy, rng=rng, stage=stage, materialise=materialise)
            models.append(self)

    names = {**read, "CampaignModel": Noted}
    run(len(BLOCKS) - 1, names)
    _, rendered = solara.render(solara.AppLayout(children=[names["Page"]()]), handle_error=False)
    try:

        def press(label):
            button = next(b for b in rendered.find(widgets.Btn).widgets if label in str(b.children))
            button.click()

        assert len(models) == 1
        press("Step")
        press("Step")
        assert models[0].hour == 2
        choice = rendered.find(widgets.Select).widget
        choice.v_model = "celebrity_seeding"
        press("Reset")
        assert len(models) == 2
        assert (models[1].strategy, models[1].luck, models[1].hour) == ("celebrity_seeding", 1, 0)
        press("Step")
        assert (models[0].hour, models[1].hour) == (2, 1)
    finally:
        rendered.close()
