"""Presets are played small in every run of the tests, and at their shipped size with `-m long`."""

import pytest


@pytest.fixture(params=[False, pytest.param(True, marks=pytest.mark.long)], ids=["small", "full"])
def full(request) -> bool:
    return request.param
