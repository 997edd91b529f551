"""The planner's app. Solara is named only here and in app.py."""
