"""What is known about every parameter: as JSON schema for a file, as rows for a report."""

from collections.abc import Iterator, Mapping
from typing import Any

import pydantic
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue

from sim.scenario import complaints, sources


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
    be null.  `references` says in full what the short names in the sources stand for.
    """
    schema = model.model_json_schema(schema_generator=_WithEvidence)
    schema["references"] = {key: f"{found.citation} (read: {found.read})" for key, found in sources.SOURCES.items()}
    return schema


def rows(scenario: pydantic.BaseModel) -> list[dict[str, Any]]:
    """Every declared parameter of SCENARIO as it stands, in the order of the file.

    Keys: name (dotted), value, default, set (differs from the default), unit,
    meaning, evidence, source, references (what the source's short names stand
    for), low and high (the declared doubt, or None).
    Where the scenario's table [doubt] names a parameter, that is what counts.
    """
    known = getattr(scenario, "doubt", {})
    found = list(_rows(scenario, ""))
    for row in found:
        if row["name"] in known:
            told = known[row["name"]]
            row.update(low=told.low, high=told.high, set=True)
            if told.source:
                row.update(evidence="calibrated", source=told.source, references=[])
    return found


def _rows(value: Any, path: str) -> Iterator[dict[str, Any]]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _rows(inner, f"{path}{name}.")
    elif isinstance(value, list | tuple):
        for number, inner in enumerate(value):
            name = getattr(inner, "name", None) or number + 1
            yield from _rows(inner, f"{path}{name}.")
    elif isinstance(value, pydantic.BaseModel):
        for name in type(value).model_fields:
            inner = getattr(value, name)
            parameter = complaints.parameter_of(type(value), name)
            if parameter is None or not parameter.doc.meaning:
                yield from _rows(inner, f"{path}{name}.")
            elif inner is not None:
                doubt = parameter.doc.doubt or (None, None)
                yield {
                    "name": path + name,
                    "value": inner,
                    "default": parameter.default,
                    "set": inner != parameter.default,
                    "unit": parameter.range.unit if parameter.range else "",
                    "meaning": parameter.doc.meaning,
                    "evidence": parameter.doc.evidence,
                    "source": parameter.doc.source,
                    "references": sources.references(parameter.doc.source),
                    "low": doubt[0],
                    "high": doubt[1],
                }
