"""Tables of a scenario file, made from declarations.

A `Section` is a frozen table that refuses unknown keys.  `table_of` turns a
kernel's NamedTuple of declared parameters into such a table, so that the file
check, the kernel, the slider and the docs read one declaration.
"""

from collections.abc import Iterable
from typing import Annotated, Any, get_type_hints

import pydantic
import pydantic_core

from sim import quantities

Name = Annotated[str, pydantic.Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
Title = Annotated[str, pydantic.Field(max_length=200)]
Text = Annotated[str, pydantic.Field(max_length=4_000)]


class Section(pydantic.BaseModel):
    """One table of a scenario file: frozen, refusing unknown keys."""

    model_config = pydantic.ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    @pydantic.field_validator("*", mode="before")
    @classmethod
    def _no_truth_for_a_number(cls, found: Any, about: pydantic.ValidationInfo) -> Any:
        """Python and pydantic would take `true` for 1."""
        if isinstance(found, bool):
            declared = quantities.parameters(cls).get(about.field_name or "")
            if declared is not None and declared.range is not None:
                raise pydantic_core.PydanticKnownError("int_type" if declared.range.whole else "float_type")
        return found


def table_of(declaring: type, name: str, module: str) -> type[Section]:
    """A `Section` class called NAME in MODULE (so that it can be pickled) with one key per parameter of DECLARING."""
    hints = get_type_hints(declaring, include_extras=True)
    fields: dict[str, Any] = {
        parameter.name: (hints[parameter.name], parameter.default)
        for parameter in quantities.parameters(declaring).values()
    }
    return pydantic.create_model(name, __base__=Section, __doc__=declaring.__doc__, __module__=module, **fields)


def twice(names: Iterable[str]) -> str | None:
    """The first of NAMES that stands there more than once."""
    seen: set[str] = set()
    for name in names:
        if name in seen:
            return name
        seen.add(name)
    return None
