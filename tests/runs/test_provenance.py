"""What a result folder says about where it came from."""

import json

from sim.runs import provenance


def test_the_manifest_names_versions_inputs_and_what_must_be_equal(tmp_path):
    data = tmp_path / "graph.csv"
    data.write_text("a,b\n")
    found = provenance.manifest("sweep", 7, {"toy": "name = 'toy'", "graph": data}, {"accounts": 1000})
    assert json.loads(json.dumps(found)) == found
    assert found["inputs"]["graph"] == provenance.sha256("a,b\n")
    assert found["identity"]["accounts"] == 1000
    assert found["versions"]["numpy"]
    assert provenance.differences(found) == []


def test_another_version_is_named():
    found = provenance.manifest("sweep", 7, {}, {})
    found["versions"]["numpy"] = "1.0"
    found["identity"]["code"] = "0" * 16
    told = provenance.differences(found)
    assert told[0].startswith("numpy: 1.0 then, ")
    assert "code has changed" in told[1]


def test_the_code_is_named_by_its_text(monkeypatch):
    before = provenance.code()
    assert before == provenance.code()
    monkeypatch.setattr(provenance, "SCIENCE", ("kernels",))
    assert provenance.code() != before
