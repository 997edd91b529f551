"""Own widgets: Vue templates for what is read and filled in, anywidgets for what is drawn."""
