"""The planner's app: `solara run app.py`, or `dandelion ui`, which also guards it."""

from sim.ui.page import Page, routes

__all__ = ["Page", "routes"]
