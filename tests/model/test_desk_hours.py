"""A desk that would open after it closes answers nobody and was paid less than nothing."""

import pytest

from sim.errors import UserError
from sim.model.costs import bill
from sim.scenario import read
from sim.scenario.schema import Scenario

SUPPORT = "desk = { agents = 1, opens = 19.0, closes = 23.0, praise = true }"


def shop(opens, closes):
    text = read.locate("taobao_shop").read_text(encoding="utf-8")
    assert SUPPORT in text
    desk = SUPPORT.replace("19.0", str(opens)).replace("23.0", str(closes))
    return read.parse(text.replace(SUPPORT, desk), Scenario)


@pytest.mark.parametrize(("opens", "closes"), [(190, 23.0), (19.0, 25), (23.0, 19.0), (9.0, 9.0), (-1, 5), (24, 24)])
def test_it_opens_before_it_closes(opens, closes):
    with pytest.raises(UserError, match="desk"):
        shop(opens, closes)


def test_an_hour_costs_an_hour():
    day, hour = bill(shop(0, 24), "support"), bill(shop(22.5, 23.5), "support")
    assert day["service"] == pytest.approx(24 * hour["service"])
    assert hour["service"] > 0
