"""What goes wrong on the way to a server: told with its cure, repeated only where that is safe."""

import logging
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from publishing.metabase.client import (
    Account,
    Client,
    Conflict,
    MetabaseError,
    MetabaseMisconfigured,
    Unanswered,
)
from tests.publishing.metabase.boards import RECIPIENTS, TABLES
from tests.publishing.metabase.conftest import Publisher
from tests.publishing.metabase.local_server import (
    API_KEY,
    PASSWORD,
    USER,
    Fault,
    Metabase,
    served,
)

REPOSITORY = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_get_waits_as_long_as_the_server_asks(
    publisher: Publisher, metabase: Metabase, status: int
) -> None:
    metabase.faults = [
        Fault("GET", "/api/collection", status=status, headers={"Retry-After": "7"}, times=2)
    ]
    assert publisher(dry_run=True).lines()
    assert publisher.pauses == [7, 7]


def test_a_server_that_stays_busy_is_given_up(publisher: Publisher, metabase: Metabase) -> None:
    metabase.faults = [Fault("GET", "/api/collection", status=503, times=99)]
    with pytest.raises(MetabaseError, match=r"/api/collection: 503, out of order; run it again"):
        publisher()
    assert publisher.pauses == [0.5, 1, 2, 4]


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_write_is_never_repeated(publisher: Publisher, metabase: Metabase, status: int) -> None:
    metabase.faults = [Fault("POST", "/api/card", status=status, skip=1)]
    with pytest.raises(MetabaseError, match=f"POST .*/api/card: {status}"):
        publisher()
    assert metabase.writes().count(("POST", "/api/card")) == 2
    assert publisher().lines()
    assert len(metabase.cards) == 5
    assert publisher().lines() == []


def test_a_get_without_an_answer_is_repeated(metabase: Metabase, url: str, tmp_path: Path) -> None:
    publisher = Publisher(url, tmp_path / "metabase.json")
    metabase.faults = [
        Fault("GET", "/api/collection", seconds=1.2),
        Fault("GET", "/api/user/current", is_truncated=True),
        Fault("GET", "/api/permissions/group", is_lost=True),
    ]
    assert publisher(dry_run=True, client=publisher.client(timeout=0.5)).lines()
    assert publisher.pauses == [0.5, 0.5, 0.5]


@pytest.mark.parametrize(
    "path", ["/api/database", "/api/permissions/group", "/api/card", "/api/dashboard", "/api/pulse"]
)
@pytest.mark.parametrize("how", [{"seconds": 1.2}, {"is_truncated": True}, {"is_lost": True}])
def test_a_post_without_an_answer_is_found_by_the_next_run(
    metabase: Metabase, url: str, tmp_path: Path, path: str, how: dict[str, Any]
) -> None:
    """It may have been carried out: here it was, and a second one would be one too many."""
    publisher = Publisher(url, tmp_path / "metabase.json")
    metabase.faults = [Fault("POST", path, **how)]
    with pytest.raises(Unanswered, match=r"may have been carried out|is no JSON"):
        publisher(client=publisher.client(timeout=0.5))
    publisher()
    assert publisher().lines() == []
    counts = [
        len(getattr(metabase, kind)) for kind in ("databases", "cards", "dashboards", "pulses")
    ]
    assert counts == [1, 5, 2, 1]
    assert len(metabase.groups) == 3


@pytest.mark.parametrize(
    ("status", "cure"), [(401, "CX_METABASE_API_KEY"), (403, "group Administrators")]
)
def test_who_may_not_is_told_what_to_do(
    publisher: Publisher, metabase: Metabase, status: int, cure: str
) -> None:
    metabase.faults = [Fault("POST", "/api/collection", status=status, body="You don't have.")]
    with pytest.raises(MetabaseMisconfigured, match=cure):
        publisher()
    assert publisher.pauses == []


def test_a_wrong_key_is_refused(publisher: Publisher) -> None:
    client = publisher.client(account=Account(api_key="mb_wrong"))
    with pytest.raises(MetabaseMisconfigured, match="not signed in"):
        publisher(client=client)


def test_an_address_without_a_metabase_is_told_with_its_cure(
    metabase: Metabase, url: str, tmp_path: Path
) -> None:
    with pytest.raises(MetabaseMisconfigured, match=r"no Metabase.*CX_METABASE_URL"):
        Publisher(f"{url}/sub", tmp_path / "metabase.json")()
    assert metabase.violations == ["GET /sub/api/session/properties: not in the contract"]
    metabase.violations.clear()


def test_what_is_gone_is_made_again(publisher: Publisher, metabase: Metabase) -> None:
    publisher()
    (number,) = metabase.pulses
    del metabase.pulses[number]  # the next read of it is a 404
    assert [line[:19] for line in publisher().lines()] == ["create  subscriptio"]
    assert publisher().lines() == []


def test_a_stale_graph_is_left_for_the_next_run(publisher: Publisher, metabase: Metabase) -> None:
    metabase.faults = [Fault("PUT", "/api/collection/graph", status=409, body="someone else")]
    met = publisher()
    assert met.outcome is not None
    assert "somebody has written in the meantime" in met.outcome.left["access viewers"]
    assert publisher().outcome.left == {}  # type: ignore[union-attr]
    assert publisher().lines() == []


def test_a_conflict_is_one(publisher: Publisher, metabase: Metabase) -> None:
    metabase.faults = [Fault("PUT", "/api/setting/x", status=409)]
    with publisher.client() as client, pytest.raises(Conflict, match="run it again"):
        client.put("/api/setting/x", {"value": 1})


def test_a_sync_that_never_ends_is_given_up(publisher: Publisher, metabase: Metabase) -> None:
    metabase.polls_until_synced = None
    with pytest.raises(MetabaseError, match=r"has not found .*marts.rpt_metrics.period_start"):
        publisher(sync_seconds=0.05)
    metabase.polls_until_synced = 0
    publisher()
    assert publisher().lines() == []
    assert len(metabase.databases) == 1


@pytest.mark.parametrize("version", ["v0.57.9", "v1.66.0", "vLOCAL_DEV"])
def test_an_unknown_version_is_refused(version: str, tmp_path: Path) -> None:
    metabase = Metabase(version=version, tables=TABLES)
    for url in served(metabase):
        with pytest.raises(MetabaseMisconfigured, match="publishes to 58 to 65"):
            Publisher(url, tmp_path / "metabase.json")()
    assert metabase.writes() == []


def test_a_session_is_opened_and_closed(publisher: Publisher, metabase: Metabase) -> None:
    publisher(client=publisher.client(account=Account(user=USER, password=PASSWORD)))
    sessions = [method for method, path, _ in metabase.log if path == "/api/session"]
    assert sessions == ["POST", "DELETE"] and metabase.sessions == set()
    with pytest.raises(MetabaseMisconfigured, match="CX_METABASE_PASSWORD") as refused:
        publisher(client=publisher.client(account=Account(user=USER, password=PASSWORD[:-1])))
    assert USER not in str(refused.value)


@pytest.mark.parametrize(
    "url", ["bi.example.com", "ftp://bi.example.com", "https://me:secret@bi.example.com"]
)
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(MetabaseMisconfigured, match="CX_METABASE_URL") as refused:
        Client(url, Account(api_key="k"))
    assert "secret" not in str(refused.value)


def test_a_redirect_is_told_and_not_followed(publisher: Publisher, metabase: Metabase) -> None:
    """requests would follow it, and turn a POST into a GET on its way."""
    moved = {"Location": "https://bi.example.com/api/session/properties"}
    metabase.faults = [Fault("GET", "/api/session/properties", status=301, headers=moved)]
    with pytest.raises(MetabaseMisconfigured, match=r"lives at https://bi\.example\.com"):
        publisher()


def test_a_page_instead_of_json_is_told(publisher: Publisher, metabase: Metabase) -> None:
    metabase.faults = [Fault("GET", "/api/session/properties", status=200, body="<html>")]
    with pytest.raises(MetabaseMisconfigured, match="is no JSON"):
        publisher()


def test_neither_logs_nor_errors_tell_a_secret(
    publisher: Publisher, metabase: Metabase, caplog: pytest.LogCaptureFixture
) -> None:
    said = {"message": f"{API_KEY} of {RECIPIENTS[0]} is not welcome"}
    metabase.faults = [Fault("POST", "/api/pulse", status=400, body=said)]
    with caplog.at_level(logging.DEBUG), pytest.raises(MetabaseError) as refused:
        publisher()
    told = f"{refused.value} {caplog.text}"
    assert "*** of *** is not welcome" in told
    assert API_KEY not in told and "example.com" not in told


PUBLISH = """
import sys
from pathlib import Path
from tests.publishing.metabase.conftest import Publisher
Publisher(sys.argv[1], Path(sys.argv[2]))()
"""


@pytest.mark.parametrize(
    ("method", "path", "skip"),
    [
        ("POST", "/api/database", 0),
        ("PUT", r"/api/database/\d+", 0),
        ("POST", "/api/permissions/group", 0),
        ("POST", "/api/collection", 1),
        ("POST", "/api/card", 3),
        ("POST", "/api/dashboard", 0),
        ("PUT", r"/api/dashboard/\d+", 0),
        ("POST", "/api/pulse", 0),
        ("POST", "/api/notification", 0),
        ("PUT", "/api/permissions/graph", 0),
    ],
)
def test_a_kill_in_the_middle_is_mended_by_the_next_run(
    metabase: Metabase, url: str, tmp_path: Path, method: str, path: str, skip: int
) -> None:
    """Killed when the server has carried the request out and the answer is on its way."""
    state = tmp_path / "metabase.json"
    process = subprocess.Popen([sys.executable, "-c", PUBLISH, url, str(state)], cwd=REPOSITORY)
    kill = lambda: os.kill(process.pid, signal.SIGKILL)  # noqa: E731
    metabase.faults = [Fault(method, path, skip=skip, is_lost=True, on_hit=kill)]
    assert process.wait(timeout=60) == -signal.SIGKILL
    publisher = Publisher(url, state)
    mended = publisher()
    assert mended.outcome is not None and mended.outcome.left == {}
    assert publisher().lines() == []
    found = [
        len(getattr(metabase, kind))
        for kind in ("databases", "collections", "cards", "dashboards", "pulses", "notifications")
    ]
    assert found == [1, 2, 5, 2, 1, 1]
    assert len(metabase.groups) == 3
    board = metabase.one("dashboards", "Executive summary")
    assert len(board["dashcards"]) == 5 and len(board["tabs"]) == 2
