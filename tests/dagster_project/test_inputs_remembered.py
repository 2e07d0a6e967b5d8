"""Folders given with --inputs add up, and that is said."""

from pathlib import Path

import pytest

from dagster_project.console import Lines
from dagster_project.refresh import Run
from dagster_project.settings import load_settings


def test_folder_that_joins_remembered_ones_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = tmp_path / "home"
    for name in ("shop", "surveys"):
        (tmp_path / name).mkdir()
    (tmp_path / "shop" / "orders.csv").write_text("order_id,ordered_at\n1,2025-01-01\n")
    (tmp_path / "surveys" / "reviews.csv").write_text(
        "review_id,posted_at,rating\n1,2025-01-01,5\n"
    )
    for given, is_told in (("shop", False), ("surveys", True), ("surveys", False)):
        Run(load_settings(home), Lines(), inputs=[tmp_path / given]).ingest()
        said = capsys.readouterr().err
        assert ("reads also: " in said) == is_told
        assert not is_told or f"reads also: {tmp_path / 'surveys'} (remembered in cx.toml" in said
    assert load_settings(home).inputs == (tmp_path / "shop", tmp_path / "surveys")
