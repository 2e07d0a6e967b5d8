"""What a person does after a refusal: mend the file, take a table away, and go on.

A newcomer met each of these: a reference table blocked every refresh, a mended file stayed
blocked by its first load, and a failed dbt test ended as a failure without a reason.
"""

from pathlib import Path

import pytest

from tests.end_to_end.tenant import REPOSITORY, Tenant

SEEDS = REPOSITORY / "dbt_project" / "seeds"


def _tickets(folder: Path, *, unusable: int) -> None:
    rows = [f"t{i},2025-03-01,{'klosed' if i < unusable else 'closed'}" for i in range(100)]
    text = "\n".join(["ticket_id,created_at,status", *rows, ""])
    (folder / "tickets.csv").write_text(text, encoding="utf-8")


@pytest.fixture(scope="module")
def tenant(tmp_path_factory: pytest.TempPathFactory) -> Tenant:
    base = tmp_path_factory.mktemp("mended")
    tenant = Tenant(base / "home", base / "inputs")
    (tenant.inputs / "reference").mkdir(parents=True)
    answers = [f"r{i},spring,nps,2025-03-{i + 10},{i}" for i in range(11)]
    text = "\n".join(["response_id,survey_id,question_id,responded_at,score", *answers, ""])
    (tenant.inputs / "survey_responses.csv").write_text(text, encoding="utf-8")
    return tenant


@pytest.mark.long
def test_reference_table_is_taken_and_may_go_again(tenant: Tenant) -> None:
    own = tenant.inputs / "reference" / "targets.csv"
    rows = ["metric,scope,target,alert_below,alert_above", "nps,relational,12,,", "npz,all,1,,"]
    own.write_text("\n".join([*rows, ""]), "utf-8")
    assert tenant.refresh().code == 0
    results = tenant.report()["gate_results"]
    (unused,) = [each for each in results if "assert_targets" in each["key"]]
    assert unused["status"] == "warned"
    query = "select distinct target from marts.rpt_metrics where metric = 'nps'"
    assert "12" in tenant.cx("query", query, "--format", "csv").said
    own.unlink()
    assert tenant.refresh().code == 0
    assert "40" in tenant.cx("query", query, "--format", "csv").said


@pytest.mark.long
def test_file_that_was_mended_is_published(tenant: Tenant) -> None:
    _tickets(tenant.inputs, unusable=60)
    refused = tenant.refresh()
    assert refused.code == 1
    assert "marts.quarantine.files.tickets" in refused.said
    _tickets(tenant.inputs, unusable=0)
    assert tenant.refresh().code == 0
    counted = tenant.cx("query", "select count(*) from marts.fct_tickets", "--format", "csv")
    assert "100" in counted.said


def test_five_star_nps_is_refused_with_a_reason(tenant: Tenant) -> None:
    scales = (SEEDS / "scales.csv").read_text(encoding="utf-8")
    own = tenant.inputs / "reference" / "scales.csv"
    own.write_text(scales.replace("\nnps,nps,0,10", "\nnps,nps,1,5"), encoding="utf-8")
    refused = tenant.refresh()
    assert refused.code == 1
    assert "assert_scales_are_usable" in refused.said
