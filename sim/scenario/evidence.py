"""The JSON schema of a scenario file, with unit, meaning and evidence beside every parameter."""

from typing import Any

import pydantic
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue

from sim.scenario import complaints


class _WithEvidence(GenerateJsonSchema):
    """Pydantic's schema, each parameter with what its declaration knows."""

    def model_schema(self, schema: Any) -> JsonSchemaValue:
        return _told(schema["cls"], super().model_schema(schema))


def _told(kind: Any, schema: JsonSchemaValue) -> JsonSchemaValue:
    for name, known in schema.get("properties", {}).items():
        parameter = complaints.parameter_of(kind, name)
        if parameter is None:
            continue
        if parameter.range is not None:
            known["minimum"], known["maximum"] = parameter.range.low, parameter.range.high
            known["unit"] = parameter.range.unit
        doc = parameter.doc
        if doc.meaning:
            known["description"], known["evidence"] = doc.meaning, doc.evidence
            if doc.source:
                known["source"] = doc.source
            if doc.doubt is not None:
                known["doubt"] = list(doc.doubt)
    return schema


def describe(model: type[pydantic.BaseModel]) -> dict[str, Any]:
    """The JSON schema (draft 2020-12) of MODEL.

    Beside the usual keywords each parameter carries `unit`, `evidence` (seen,
    calibrated, assumed), `source` and `doubt` (the range that "under
    assumptions" draws from). Only plain JSON values: an infinite default would
    be null.
    """
    return model.model_json_schema(schema_generator=_WithEvidence)
