"""Cursors never run ahead of raw: whatever becomes of either, all records are in raw in the end."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from dagster_project.connections import connections
from dagster_project.fetch_stage import FetchOrder, fetch_from
from dagster_project.settings import Settings, load_settings
from ingestion.pipelines import ingest
from tests.contract.typeform import Typeform, field
from tests.contract.vendor_server import TOKEN, serve

JANUARY, MARCH = "2026-01-05T08:00:00Z", "2026-03-05T08:00:00Z"
NOW = datetime(2026, 4, 1, tzinfo=UTC)


@pytest.fixture
def vendor() -> Typeform:
    vendor = Typeform()
    vendor.put_form("a", field("q1", "opinion_scale", ref="nps", steps=11), at=JANUARY)
    vendor.submit("a", "january", landed=JANUARY, at=JANUARY)
    return vendor


@pytest.fixture
def settings(
    vendor: Typeform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Settings]:
    monkeypatch.setenv("SOURCES__TYPEFORM__TOKEN", TOKEN)
    with serve(vendor) as url:
        (tmp_path / "cx.toml").write_text(f'[sources.typeform]\nurl = "{url}"\n', encoding="utf-8")
        yield load_settings(tmp_path)


def fetched(settings: Settings) -> int:
    """How many records a fetch brings."""
    [account] = connections(settings)
    found = fetch_from(account, settings, order=FetchOrder(), on_progress=lambda _: None)
    assert found.refused == ()
    return found.records


def ingested(settings: Settings) -> set[str]:
    """The responses that raw holds after what was fetched has been read."""
    accounts = connections(settings)
    ingest(settings.raw, inputs=(), hash_key="key", now=NOW, accounts=accounts)
    with duckdb.connect(str(settings.raw), read_only=True) as raw:
        rows = raw.execute("select record ->> 'token' from raw_typeform.responses").fetchall()
    return {token for (token,) in rows}


def test_lost_raw_is_fetched_again_from_the_start(vendor: Typeform, settings: Settings) -> None:
    fetched(settings)
    ingested(settings)
    vendor.submit("a", "march", landed=MARCH, at=MARCH)
    fetched(settings)
    ingested(settings)
    settings.raw.unlink()
    assert fetched(settings) == 3
    assert ingested(settings) == {"january", "march"}


def test_raw_of_a_backup_gets_what_it_lacks(vendor: Typeform, settings: Settings) -> None:
    fetched(settings)
    ingested(settings)
    backup = shutil.copy(settings.raw, settings.home / "backup.duckdb")
    vendor.submit("a", "march", landed=MARCH, at=MARCH)
    fetched(settings)
    assert ingested(settings) == {"january", "march"}
    shutil.move(backup, settings.raw)
    vendor.submit("a", "april", landed=MARCH, at="2026-04-01T08:00:00Z")
    fetched(settings)
    assert ingested(settings) == {"january", "march", "april"}


def test_first_fetch_that_was_not_read_is_not_made_again(
    vendor: Typeform, settings: Settings
) -> None:
    assert fetched(settings) == 2
    vendor.submit("a", "march", landed=MARCH, at=MARCH)
    # the form has not changed since, and January's response stands within the lag
    assert fetched(settings) == 2
    assert ingested(settings) == {"january", "march"}


def test_another_account_of_the_same_name_is_fetched_from_its_start(settings: Settings) -> None:
    """A sandbox at first, then the real one, whose older responses stand before the cursor."""
    fetched(settings)
    ingested(settings)
    real = Typeform()
    real.put_form("a", field("q1", "opinion_scale", ref="nps", steps=11), at=JANUARY)
    real.submit("a", "older", landed="2025-01-05T08:00:00Z", at="2025-01-05T08:00:00Z")
    with serve(real) as url:
        (settings.home / "cx.toml").write_text(f'[sources.typeform]\nurl = "{url}"\n')
        assert fetched(load_settings(settings.home)) == 2
    assert ingested(settings) == {"january", "older"}


def test_cursors_stand_where_nothing_was_lost(vendor: Typeform, settings: Settings) -> None:
    fetched(settings)
    ingested(settings)
    vendor.submit("a", "march", landed=MARCH, at=MARCH)
    fetched(settings)
    ingested(settings)
    assert fetched(settings) == 1, "March's response alone, which stands within the lag"
