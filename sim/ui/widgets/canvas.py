"""The repost trees on a canvas: an anywidget that gets its arrays as bytes and plays them by itself."""

import anywidget
import traitlets

from sim.ui.widgets.chart import text_of


class Canvas(anywidget.AnyWidget):
    """Trees that grow with the hours. META is sent last and starts the film; it carries names, totals, texts."""

    _esm = text_of("canvas.js")
    x = traitlets.Bytes(b"").tag(sync=True)
    y = traitlets.Bytes(b"").tag(sync=True)
    size = traitlets.Bytes(b"").tag(sync=True)
    parent = traitlets.Bytes(b"").tag(sync=True)
    second = traitlets.Bytes(b"").tag(sync=True)
    role = traitlets.Bytes(b"").tag(sync=True)
    flags = traitlets.Bytes(b"").tag(sync=True)
    depth = traitlets.Bytes(b"").tag(sync=True)
    account = traitlets.Bytes(b"").tag(sync=True)
    heads = traitlets.Bytes(b"").tag(sync=True)
    words = traitlets.Dict().tag(sync=True)
    dark = traitlets.Bool(False).tag(sync=True)
    meta = traitlets.Dict().tag(sync=True)
