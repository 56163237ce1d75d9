"""How Sphinx builds the documentation."""

import sk_autoencoder

project = "sk_autoencoder"
author = "sk_autoencoder developers"
copyright = f"2026, {author}"
version = release = sk_autoencoder.__version__

extensions = ["numpydoc", "sphinx.ext.autodoc", "sphinx.ext.autosummary"]
exclude_patterns = ["_build"]
templates_path = ["_templates"]
default_role = "literal"  # single backticks in docstrings name parameters

# A class has one page: a table of all methods, then those of this package in full.
autosummary_generate = True
numpydoc_class_members_toctree = False

html_title = project  # the default is too long for the theme's header
html_theme = "pydata_sphinx_theme"
html_theme_options = {"navigation_with_keys": False}
html_show_sourcelink = False
