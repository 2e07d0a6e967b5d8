"""`cx publish`, `cx rollback`, `cx serve`: from the accepted snapshot to a reader's screen."""

from __future__ import annotations

import argparse
import functools
import io
import json
import re
from datetime import UTC, datetime
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from dagster_project.cli.outcome import DONE, UsageError
from dagster_project.lock import writer_lock
from dagster_project.settings import Settings, load_settings
from publishing import serving

if TYPE_CHECKING:
    from publishing.site import SiteReport

# The pages carry their own content-security policy; these hold for every file.
HEADERS = {
    "Cache-Control": "no-cache",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
# What each option belongs to; with another target it would change nothing, and is refused.
OPTIONS = {
    "pdf": ("site",),
    "dry_run": ("metabase",),
    "adopt": ("metabase",),
    "prune": ("metabase",),
    "force": ("metabase", "postgres"),
}
_OWN_NAMES = re.compile(r"(?i)(localhost|127\.0\.0\.1|\[::1\])(:\d+)?")


def publish(arguments: argparse.Namespace) -> int:
    """Publish again from the current snapshot: the site, Metabase's dashboards, or PostgreSQL."""
    for name, targets in OPTIONS.items():
        if getattr(arguments, name) and arguments.target not in targets:
            raise UsageError(
                f"--{name.replace('_', '-')} belongs to `cx publish {' or '.join(targets)}`; "
                "leave it out"
            )
    if arguments.target == "metabase":
        from dagster_project.cli import metabase

        return metabase.publish(arguments)
    if arguments.target == "postgres":
        from dagster_project.cli import postgres

        return postgres.publish(arguments)
    settings = load_settings(arguments.home)
    done = {"site": str(settings.site / "index.html")}
    with writer_lock(settings.lock):
        report = _build_site(settings)
        if arguments.pdf:
            done["pdf"] = str(_print_report(report))
    _tell(arguments, done)
    return DONE


def _print_report(report: SiteReport) -> Path:
    from publishing.site.pdf import PdfError, write_report

    try:
        return write_report(report.folder, report.first_language, out=report.folder / "report.pdf")
    except PdfError as error:
        raise UsageError(str(error)) from error


def rollback(arguments: argparse.Namespace) -> int:
    """Put the snapshot before the current one back, and its dashboards."""
    settings = load_settings(arguments.home)
    with writer_lock(settings.lock):
        try:
            restored = serving.roll_back(
                settings.home, draw=functools.partial(_draw_site, settings)
            )
        except serving.NoSnapshot as error:
            raise UsageError(str(error)) from error
    _tell(arguments, {"run": serving.run_id_of(restored), "site": str(settings.site)})
    return DONE


def serve(arguments: argparse.Namespace) -> int:
    """Serve the site on this machine alone, until interrupted."""
    settings = load_settings(arguments.home)
    if not (settings.site / "index.html").exists():
        raise UsageError(f"there are no dashboards in {settings.site}; run `cx refresh` first")
    with site_server(settings.site, port=arguments.port) as server:
        print(
            f"Dashboards at http://127.0.0.1:{server.server_port}/ (stop with Ctrl-C)", flush=True
        )
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print()
    return DONE


def site_server(site: Path, *, port: int) -> ThreadingHTTPServer:
    """A server of static files bound to the loopback address."""
    handler = functools.partial(_Pages, directory=str(site))
    try:
        return ThreadingHTTPServer(("127.0.0.1", port), handler)
    except OSError as error:
        raise UsageError(f"port {port} cannot be used ({error.strerror}); give --port") from error


class _Pages(SimpleHTTPRequestHandler):
    def send_head(self) -> io.BytesIO | BinaryIO | None:
        """Only by this machine's own names: a foreign one that resolves to the loopback address
        is another site's way to read the pages with its reader's browser."""
        if not _OWN_NAMES.fullmatch(self.headers.get("Host", "")):
            self.send_error(HTTPStatus.MISDIRECTED_REQUEST, "ask for localhost or 127.0.0.1")
            return None
        return super().send_head()

    def end_headers(self) -> None:
        for name, value in HEADERS.items():
            self.send_header(name, value)
        super().end_headers()

    def list_directory(self, path: object) -> None:
        """No listings: what is not a page does not exist."""
        del path
        self.send_error(404)

    def log_message(self, *args: object) -> None:
        """A reader's clicks are nobody's business."""


def _build_site(settings: Settings) -> SiteReport:
    try:
        serving.current_run_id(settings.home)
    except serving.NoSnapshot as error:
        raise UsageError(str(error)) from error
    return _draw_site(settings, settings.serving)


def _draw_site(settings: Settings, snapshot: Path) -> SiteReport:
    from publishing import site

    try:
        return site.build(
            snapshot,
            out=settings.site,
            brand=settings.brand,
            locale=settings.locale,
            now=datetime.now(UTC),
        )
    except site.OutdatedSnapshot as error:
        raise UsageError(f"{error}; nothing was changed") from error


def _tell(arguments: argparse.Namespace, done: dict[str, str]) -> None:
    if arguments.json:
        print(json.dumps(done))
    else:
        print("; ".join(f"{name}: {value}" for name, value in done.items()))
