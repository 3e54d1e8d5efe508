"""What the theme leaves out for people who use a keyboard or a screen reader.

The captions of the navigation are headings without a level; they get one. What scrolls sideways
can be reached by keyboard through ``_static/scrolling.js``.
"""

from __future__ import annotations

from typing import Any

from sphinx.application import Sphinx

_AFTER_THE_THEME = 900


def _with_levels(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: object
) -> None:
    tree = context.get("furo_navigation_tree")
    if tree:
        context["furo_navigation_tree"] = tree.replace(
            'role="heading"', 'role="heading" aria-level="2"'
        )


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("html-page-context", _with_levels, priority=_AFTER_THE_THEME)
    app.add_js_file("scrolling.js", loading_method="defer")
    return {"parallel_read_safe": True, "parallel_write_safe": True}
