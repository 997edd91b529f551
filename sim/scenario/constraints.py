"""Constraints: what a plan must keep to besides the budget, whatever it would bring."""

from typing import Annotated

import pydantic

from sim.quantities import Count, Doc, Money, Range
from sim.section import Name, Section

HourOfDay = Annotated[float, Range(0.0, 24.0, "o'clock")]


class Constraints(Section):
    """What `choose` and `optimise` must keep to; what is left out is not limited."""

    kol_budget: Annotated[Money | None, Doc("most that may be spent on fees")] = None
    employee_budget: Annotated[Money | None, Doc("most that may be spent on employees: their time and programme")] = (
        None
    )
    prize_budget: Annotated[Money | None, Doc("most that may be spent on prizes")] = None
    service_budget: Annotated[Money | None, Doc("most that may be spent on the service desk")] = None
    production_budget: Annotated[Money | None, Doc("most that may be spent on the brand's own posts")] = None
    max_kols: Annotated[Count | None, Doc("most KOLs hired")] = None
    must_have: Annotated[tuple[Name, ...], pydantic.Field(description="KOLs who are hired in any case")] = ()
    excluded: Annotated[tuple[Name, ...], pydantic.Field(description="KOLs who are never hired")] = ()
    max_employees: Annotated[Count | None, Doc("most employees who may be asked to take part")] = None
    posts_from: Annotated[HourOfDay, Doc("hour of the day before which nothing is posted")] = 0.0
    posts_until: Annotated[HourOfDay, Doc("hour of the day from which on nothing is posted")] = 24.0

    @pydantic.model_validator(mode="after")
    def _possible(self) -> "Constraints":
        both = sorted(set(self.must_have) & set(self.excluded))
        if both:
            raise ValueError(f"must_have and excluded both name {', '.join(both)}")
        if self.posts_from >= self.posts_until:
            raise ValueError(
                f"posts_from = {self.posts_from:g} is not before posts_until = {self.posts_until:g}: no hour is left"
            )
        if self.max_kols is not None and len(self.must_have) > self.max_kols:
            raise ValueError(f"must_have names {len(self.must_have)} KOLs, max_kols = {self.max_kols}")
        return self
