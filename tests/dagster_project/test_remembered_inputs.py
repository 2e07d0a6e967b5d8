"""Folders that cx.toml remembers and that cannot be read: they stop nothing but themselves."""

from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from dagster_project.cli.making import exit_code
from dagster_project.console import Silent
from dagster_project.refresh import Run, refresh
from dagster_project.run_report import PUBLISHED
from dagster_project.settings import Settings, load_settings
from ingestion.errors import UnrecognisedLayout

KEY = "CX_HASH_KEY"


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A home that remembers two folders, of which the second brings reference data."""
    monkeypatch.delenv(KEY, raising=False)
    own, fold = tmp_path / "own", tmp_path / "fold"
    for folder, entity in ((own, "customers"), (fold, "leads")):
        folder.mkdir()
        (folder / f"{entity}.csv").write_text(f"{entity.removesuffix('s')}_id\n1\n")
    (fold / "reference").mkdir()
    (fold / "reference" / "targets.csv").write_text("metric\nnps\n")
    return Settings(home=tmp_path / "home", inputs=(own, fold))


def run(settings: Settings, *inputs: Path) -> Run:
    ended = Run(settings=settings, teller=Silent(), inputs=inputs)
    ended.ingest()
    return ended


def test_a_folder_that_is_away_is_refused_alone(settings: Settings) -> None:
    own, fold = settings.inputs
    run(settings)
    fold.rename(fold.with_name("moved"))
    (own / "customers.csv").write_text("customer_id\n1\n2\n")
    ended = run(settings)
    (refusal,) = ended.refusals()
    assert refusal.file == str(fold)
    assert "remembered in cx.toml" in refusal.message
    assert "take it out there or bring it back" in refusal.message
    assert "--inputs" not in refusal.message
    with duckdb.connect(str(settings.raw), read_only=True) as raw:
        assert raw.execute("select count(*) from raw_files.customers").fetchall() == [(3,)]
        # what an absent folder brought has not been withdrawn
        assert raw.execute("select metric from reference.targets").fetchall() == [("nps",)]
    report = replace(ended._report(), status=PUBLISHED)
    assert exit_code(report) == 4


def test_an_empty_mount_point_is_a_folder_that_is_away(settings: Settings) -> None:
    fold = settings.inputs[1]
    fold.rename(fold.with_name("moved"))
    fold.mkdir()
    (refusal,) = run(settings).refusals()
    assert "it holds nothing" in refusal.message
    assert "remembered in cx.toml" in refusal.message


def test_nothing_new_is_said_of_a_folder_that_stays_away(settings: Settings) -> None:
    run(settings)
    fold = settings.inputs[1]
    fold.rename(fold.with_name("moved"))
    assert all(entity.load_id is None for entity in run(settings).read or ())


def test_a_folder_that_was_given_must_be_there(settings: Settings) -> None:
    own, fold = settings.inputs
    fold.rename(fold.with_name("moved"))
    with pytest.raises(UnrecognisedLayout, match="--inputs"):
        refresh(settings, teller=Silent(), inputs=[fold])
    assert run(settings, own).refusals()


def test_with_nothing_to_read_and_nothing_read_before_there_is_no_run(settings: Settings) -> None:
    for folder in settings.inputs:
        folder.rename(folder.with_name(f"moved {folder.name}"))
    with pytest.raises(UnrecognisedLayout, match="remembered in"):
        run(settings)
    assert not settings.raw.exists()
    assert load_settings(settings.home).inputs == ()
