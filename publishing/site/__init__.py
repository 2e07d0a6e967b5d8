"""The dashboards site: the descriptions in `publishing/dashboards`, rendered to plain HTML."""

from publishing.site.build import SiteError, SiteReport, build

__all__ = ["SiteError", "SiteReport", "build"]
