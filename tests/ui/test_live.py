"""What Mesa's page is drawn from."""

from sim.model.campaign import CampaignModel
from sim.scenario import read
from sim.scenario.schema import Scenario
from sim.ui import live
from tests.browser import visitor


def test_the_curves_are_what_the_model_collected():
    model = live.make_model(read.parse(visitor.SMALL, Scenario), "seeding", 1)
    assert isinstance(model, CampaignModel)
    assert [one["mean"] for one in live.lines(model, ("reach", "reads"))["series"]] == [[0.0], [0.0]]
    for _ in range(3):
        model.step()
    drawn = live.lines(model, ("reach", "reads"))
    collected = model.datacollector.get_model_vars_dataframe()
    assert collected["reach"].iloc[-1] > 0
    assert drawn["x"][1] - drawn["x"][0] == 3600.0
    for one in drawn["series"]:
        assert one["mean"] == [0.0, *collected[one["key"]]]
        assert len(one["mean"]) == len(drawn["x"])
