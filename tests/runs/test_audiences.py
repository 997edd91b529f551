"""The command `audience` and the numbers of practices, as people reach them."""

import json


def test_audiences_as_a_table_and_as_json(dandelion):
    code, said, _ = dandelion("audience", "taobao_shop", "--accounts", 5_000, "--jobs", 1)
    assert code == 0
    assert "customers" in said
    code, said, _ = dandelion("audience", "celebrity_or_employees", "--accounts", 20_000, "--jobs", 1, "--json")
    found = json.loads(said)
    assert [row["name"] for row in found["roles"]] == ["brand", "kol_1", "kol_2", "employees"]
    assert len(found["overlap"]) == 6
    assert all("segments" not in row for row in found["roles"])


def test_parts_are_shown(dandelion):
    code, said, _ = dandelion("run", "cadence", "--strategy", "three", "--accounts", 5_000, "--jobs", 1)
    assert code == 0
    assert "posts_of_news 4" in said
    code, said, _ = dandelion("compare", "hq_calendar", "--replicates", 2, "--accounts", 5_000, "--jobs", 1, "--json")
    parts = json.loads(said)["parts"]
    assert parts["asked"]["approval_hours"]["mean"] > 0
    assert "approval_hours" not in parts["local"]
    assert parts["local"]["reach_customers"]["mean"] > 0
