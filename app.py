"""The planner's app: `solara run app.py`, or `dandelion ui`, which also guards it."""

from sim.ui.page import Page

__all__ = ["Page"]
