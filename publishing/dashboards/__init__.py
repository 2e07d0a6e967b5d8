"""What each dashboard shows, described once: the site and Metabase both render it."""

from publishing.dashboards.description import (
    LANGUAGES,
    Column,
    Dashboard,
    DescriptionError,
    Measure,
    Text,
    Tile,
    load_dashboards,
    load_measures,
)

__all__ = [
    "LANGUAGES",
    "Column",
    "Dashboard",
    "DescriptionError",
    "Measure",
    "Text",
    "Tile",
    "load_dashboards",
    "load_measures",
]
