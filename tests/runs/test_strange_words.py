"""Words on a command line that look like numbers and are none, or have thousands of digits."""

import pytest

from sim.errors import UserError
from sim.planning import knobs
from sim.runs import design, request
from sim.scenario import read
from sim.scenario.schema import Scenario

STRANGE = ["²", "9" * 5_000, "0", "-1", "①"]


@pytest.fixture(scope="module")
def n8():
    return read.read("nokia_n8", Scenario)


@pytest.mark.parametrize("word", STRANGE)
def test_an_entry_of_a_list_is_named_by_its_number(n8, word):
    assert knobs.find(n8, "strategies.mixed.posts.1.at=0:5").low == 0.0
    with pytest.raises(UserError, match="is not known there"):
        knobs.find(n8, f"strategies.mixed.posts.{word}.at=0:5")
    with pytest.raises(UserError, match="is not known there"):
        design.apply(n8, [(f"strategies.mixed.posts.{word}.at", 1.0)])


@pytest.mark.parametrize("word", STRANGE)
def test_replicates_are_a_number(word):
    assert request.replicates("40") == 40
    with pytest.raises(UserError, match="--replicates"):
        request.replicates(word)
