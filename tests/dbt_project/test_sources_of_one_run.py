"""A run reads each source in a load of its own; its rows know of each other all the same."""

from datetime import UTC, datetime
from pathlib import Path

from dbt.contracts.graph.manifest import Manifest

from ingestion.pipelines import ingest
from ingestion.sources.survey import typeform
from tests.contract.landed import account, fetch
from tests.contract.typeform import Typeform, answer, field
from tests.contract.vendor_server import TOKEN, serve
from tests.dbt_project.building import Dbt

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = "2026-01-05T08:00:00Z"
CSAT = field("f1", "rating", ref="csat", steps=5)
ACTIONS = """response_id,acted_at,action
r1,2026-01-06T08:00:00Z,contacted
nobody's,2026-01-06T08:00:00Z,contacted
"""


def test_a_file_s_row_finds_its_parent_in_a_system_that_is_read_after_it(
    manifest: Manifest, tmp_path: Path
) -> None:
    vendor = Typeform()
    vendor.put_form("shop", CSAT, at=DAY)
    vendor.submit("shop", "r1", answer(CSAT, "number", 1), landed=DAY, at=DAY)
    inputs = tmp_path / "inputs"
    inputs.mkdir()
    (inputs / "feedback_actions.csv").write_text(ACTIONS, encoding="utf-8")
    dbt = Dbt(manifest, tmp_path / "raw.duckdb", tmp_path / "warehouse.duckdb", tmp_path)
    with serve(vendor) as url:
        own = account(typeform, url, token=TOKEN)
        assert fetch(typeform, own, tmp_path).refused == ()
    ingest(dbt.raw, inputs=(inputs,), accounts=(own,), hash_key="key", now=NOW)
    dbt.must(
        "build", "--exclude-resource-type", "test", "--exclude-resource-type", "unit_test",
        "--select", "+judged_feedback_actions",
    )  # fmt: skip
    judged = dbt.rows(
        "select response_id, verdict, reason_code from staging.judged_feedback_actions order by 1"
    )
    assert judged == [("nobody's", "quarantined", "orphan"), ("r1", "accepted", None)]
