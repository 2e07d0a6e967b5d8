"""What reading systems costs: a local server's records, and exported event files.

    .venv/bin/python benchmarks/systems.py --contacts 1e5 --events 1e6

Each kind is refreshed into a home of its own, in a process of its own; how to read the figures:
benchmarks/README.md.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import sys
import tempfile
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import duckdb
from refresh import Measured, measured

DAYS = 30
EVENTS_PER_VISIT = 5
_CHANGED = "2026-06-01T08:00:00.000Z"


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options(arguments)
    with tempfile.TemporaryDirectory(prefix="cx-bench-", dir=options.folder) as name:
        folder = Path(name)
        if options.contacts:
            _tell("HubSpot's contacts", _contacts(folder / "hubspot", int(options.contacts)))
        if options.events:
            _tell("GA4's events", _events(folder / "ga4", int(options.events)))
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--contacts", type=float, default=0, help="of a made-up HubSpot")
    parser.add_argument("--events", type=float, default=0, help="of a made-up GA4, as Parquet")
    parser.add_argument("--folder", type=Path, help="where all is written and removed again")
    return parser.parse_args(arguments)


def _contacts(home: Path, contacts: int) -> list[Measured]:
    """Every page of a search, asked for one after the other as HubSpot's limits want it."""
    home.mkdir()
    told, tell = multiprocessing.Pipe(duplex=False)
    server = multiprocessing.Process(target=_serve, args=(contacts, tell), daemon=True)
    server.start()
    account = f'[sources.hubspot]\nurl = "http://127.0.0.1:{told.recv()}"\n'
    (home / "cx.toml").write_text(account, encoding="utf-8")
    os.environ["SOURCES__HUBSPOT__TOKEN"] = "any"  # noqa: S105 - the server asks for none
    try:
        return [measured(run, home) for run in ("first", "repeat")]
    finally:
        server.terminate()


def _serve(contacts: int, tell: Any) -> None:
    handler = type("Handler", (_HubSpot,), {"contacts": contacts})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    tell.send(server.server_port)
    server.serve_forever()


class _HubSpot(BaseHTTPRequestHandler):
    """Contacts by the search; of everything else there is nothing."""

    protocol_version = "HTTP/1.1"
    contacts = 0

    def do_GET(self) -> None:
        self._send([])

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if not self.path.startswith("/crm/v3/objects/contacts/search"):
            return self._send([])
        changed, behind = asked["filterGroups"][0]["filters"][:2]
        if int(changed["value"]) > 1_780_300_800_000:  # later than _CHANGED: a second run
            return self._send([])
        first = int(behind["value"]) + 1
        last = min(first + asked["limit"] - 1, self.contacts)
        return self._send([_contact(number) for number in range(first, last + 1)])

    def _send(self, results: list[dict[str, Any]]) -> None:
        body = json.dumps({"total": self.contacts, "results": results}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Thousands of requests are no news."""


def _contact(number: int) -> dict[str, Any]:
    properties = {
        "email": f"person{number}@example.com",
        "phone": f"+98912{number:07}",
        "country": "IR",
        "hs_language": "fa",
        "createdate": "2026-01-01T08:00:00.000Z",
        "lastmodifieddate": _CHANGED,
        "hs_object_id": str(number),
    }
    return {
        "id": str(number),
        "properties": properties,
        "createdAt": "2026-01-01T08:00:00.000Z",
        "updatedAt": _CHANGED,
        "archived": False,
    }


def _events(folder: Path, events: int) -> list[Measured]:
    """A month of page views, a file a day as BigQuery exports a table."""
    inputs, home = folder / "inputs", folder / "home"
    inputs.mkdir(parents=True)
    with duckdb.connect() as connection:
        for day in range(1, DAYS + 1):
            connection.execute(_DAY, {"day": day, "events": events // DAYS} | _PARTS).fetchall()
            connection.execute(f"copy day to '{inputs / f'events_202606{day:02}.parquet'}'")
    return [measured(run, home, inputs) for run in ("first", "repeat")]


_PARTS = {"per_visit": EVENTS_PER_VISIT}
_DAY = """
    create or replace table day as
    with
    counted as (
        select range as number, range // $per_visit as visit,
            make_timestamp(2026, 6, $day, 0, 0, 0) + to_seconds(range * 86000.0 / $events) as moment
        from range($events)
    )
    select
        strftime(moment, '%Y%m%d') as event_date,
        epoch_us(moment) as event_timestamp,
        'page_view' as event_name,
        [
            {
                'key': 'ga_session_id',
                'value': {'string_value': null::varchar, 'int_value': visit, 'double_value': null::double}
            },
            {
                'key': 'page_location',
                'value': {
                    'string_value': 'https://shop.example/p/' || number % 500,
                    'int_value': null::bigint, 'double_value': null::double
                }
            }
        ] as event_params,
        'b' || $day || '.' || visit as user_pseudo_id,
        {'category': 'mobile', 'language': 'fa-ir'} as device,
        {'country': 'Iran'} as geo,
        '1000001' as stream_id,
        'WEB' as platform,
        number as event_bundle_sequence_id
    from counted
"""  # noqa: E501 - a struct of GA4 on one line


def _tell(what: str, runs: Sequence[Measured]) -> None:
    for run in runs:
        stages = {stage["name"]: stage["seconds"] for stage in run.stages}
        print(
            f"{what}, {run.run}: {run.rows_read:,} rows read; ingest {stages['ingest']:.1f} s "
            f"({run.rows_read / stages['ingest']:,.0f} rows/s); all {run.process.seconds:.1f} s, "
            f"{run.process.cpu_seconds:.1f} CPU s, "
            f"{run.process.peak_rss_bytes / 1e9:.2f} GB at most",
            flush=True,
        )


if __name__ == "__main__":
    sys.exit(main())
