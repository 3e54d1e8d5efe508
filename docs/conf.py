"""Settings of the documentation: ``python -m sphinx -W --keep-going -b html docs built-docs``."""

from __future__ import annotations

import sys
from importlib.metadata import version as version_of
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

project = "qkdopt"
author = "The qkdopt developers"
project_copyright = "the qkdopt developers"
release = version = version_of("qkdopt")

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
    "myst_nb",
    "mathml",
    "accessible",
    "generated_pages",
]
exclude_patterns = ["_build", "_generated", "_ext", "**/.ipynb_checkpoints"]
# A page that no list names still appears: the last list of index.md takes what is left.
suppress_warnings = ["toc.multiple_toc_parents"]

myst_enable_extensions = ["dollarmath", "deflist"]
myst_heading_anchors = 4
nb_execution_mode = "off"  # notebooks are stored executed; docs/execute_notebooks.py checks them

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_default_options = {"members": True}
napoleon_google_docstring = False
napoleon_use_rtype = False
napoleon_use_ivar = True

html_math_renderer = "mathml"
html_theme = "furo"
html_title = "qkdopt"
html_static_path = ["_static"]
html_css_files = ["qkdopt.css"]
html_show_sphinx = False
html_copy_source = False
html_show_sourcelink = False
copybutton_exclude = ".linenos, .gp, .go"
