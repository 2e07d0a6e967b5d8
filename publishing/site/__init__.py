"""The dashboards site: the descriptions in `publishing/dashboards`, rendered to plain HTML."""

from publishing.site.build import SiteError, SiteReport, build
from publishing.site.facts import OutdatedSnapshot

__all__ = ["OutdatedSnapshot", "SiteError", "SiteReport", "build"]
