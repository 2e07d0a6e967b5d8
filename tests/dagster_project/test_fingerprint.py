"""When may a refresh be skipped? Only when nothing that a number depends on has changed."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from dagster_project.fingerprint import code_folders, definitions, fingerprint, folder_digest
from dagster_project.settings import Settings
from ingestion.fetches import note_fetch
from ingestion.pipelines import ensure_raw


@pytest.fixture
def real_home(tmp_path: Path) -> Settings:
    settings = Settings(home=tmp_path)
    ensure_raw(settings.raw, hash_key="a secret of the tests")
    return settings


def change(settings: Settings, statement: str) -> None:
    with duckdb.connect(str(settings.raw)) as connection:
        connection.execute(statement)


def test_same_state_has_the_same_fingerprint(real_home: Settings) -> None:
    assert fingerprint(real_home) == fingerprint(real_home)


@pytest.mark.parametrize(
    "statement",
    [
        "insert into ops.loads (load_id, source, loaded_at) values (1, 'files', '2025-01-01')",
        "insert into reference.scales (scale_id) values ('nps')",
        "update private.hash_key set inner_key = 'other'",
    ],
)
def test_new_rows_reference_tables_and_another_key_count(
    real_home: Settings, statement: str
) -> None:
    before = fingerprint(real_home)
    change(real_home, statement)
    assert fingerprint(real_home) != before


def test_publishing_itself_changes_nothing(real_home: Settings) -> None:
    """Issued keys are remembered after each publication; else no refresh would ever be skipped."""
    before = fingerprint(real_home)
    change(real_home, "insert into identity.issued_keys (node, customer_key) values (1, 1)")
    assert fingerprint(real_home) == before


def test_fetch_that_ends_otherwise_counts_and_its_time_does_not(real_home: Settings) -> None:
    """A system with nothing new costs no build; one that refuses is to show on the pages."""

    def fingerprint_after(hour: int, reason: str | None) -> str:
        note_fetch(
            real_home.raw,
            source="zendesk",
            source_system="desk",
            reasons={"tickets": reason},
            at=datetime(2026, 1, 1, hour, tzinfo=UTC),
        )
        return fingerprint(real_home)

    well, well_later = (fingerprint_after(hour, None) for hour in (1, 2))
    refused, refused_later = (fingerprint_after(hour, "secret_refused") for hour in (3, 4))
    assert well == well_later != refused == refused_later != fingerprint_after(5, "unreachable")


@pytest.mark.parametrize(
    ("name", "value"),
    [("as_of", "2025-01-01 00:00:00"), ("timezone", "Asia/Tehran"), ("min_cell", 9)],
)
def test_settings_that_shape_numbers_count(real_home: Settings, name: str, value: object) -> None:
    assert fingerprint(replace(real_home, **{name: value})) != fingerprint(real_home)


def test_remembered_folders_do_not_count(real_home: Settings) -> None:
    moved = replace(real_home, inputs=(Path("/elsewhere"),))
    assert fingerprint(moved) == fingerprint(real_home)


def test_code_is_told_by_name_and_content_and_not_by_what_tools_leave(tmp_path: Path) -> None:
    (tmp_path / "model.sql").write_text("select 1")
    first = folder_digest(tmp_path)
    (tmp_path / "target").mkdir()
    (tmp_path / "target" / "manifest.json").write_text("{}")
    assert folder_digest(tmp_path) == first
    (tmp_path / "model.sql").rename(tmp_path / "other.sql")
    renamed = folder_digest(tmp_path)
    (tmp_path / "other.sql").write_text("select 2")
    assert len({first, renamed, folder_digest(tmp_path)}) == 3


def test_code_that_counts_is_dbts_and_every_package() -> None:
    names = {path.name for path in code_folders()}
    assert {"dbt_project", "data_quality", "publishing", "dagster_project", "ingestion"} <= names
    assert "tests" not in names


def test_views_are_made_again_for_other_variables_reference_data_or_raw_columns(
    real_home: Settings,
) -> None:
    """A view over a table that has got a column more cannot be read, and says so only then."""
    plain = definitions(real_home, {"min_cell": 5})
    change(real_home, "insert into ops.loads (load_id, source, loaded_at) values (1, 'f', now())")
    assert definitions(real_home, {"min_cell": 5}) == plain
    assert definitions(real_home, {"min_cell": 9}) != plain
    change(real_home, "alter table ops.loads add column noted varchar")
    wider = definitions(real_home, {"min_cell": 5})
    change(real_home, "insert into reference.scales (scale_id) values ('nps')")
    assert len({plain, wider, definitions(real_home, {"min_cell": 5})}) == 3
