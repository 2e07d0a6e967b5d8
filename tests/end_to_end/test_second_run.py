"""Running again: nothing new costs nothing, something new costs what it touches, and a rebuild
from raw arrives at the same tables.
"""

import csv
import io
import shutil
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from tests.end_to_end.tenant import Row, Tenant, contents

LATE_ANSWER = {
    "response_id": "late-1",
    "survey_id": "relationship-2025-10",
    "question_id": "nps",
    "responded_at": "2025-10-20 12:00:00Z",
    "score": "10",
}
LATE_VISIT = {
    "event_id": "late-1",
    "occurred_at": "2025-09-15 10:00:00Z",
    "event_name": "product_view",
    "anonymous_id": "an-unseen-browser",
    "session_id": "an-unseen-session",
    "page": "/product/P400",
}
MOVED_TO = "Nowhere-on-Sea"
MONTHS_OF_NPS = """
    select period_start, n, numerator
    from marts.rpt_metrics
    where metric = 'nps' and scope = 'relational' and dimension = 'all' and period_grain = 'month'
        and weighting = 'none'
"""


@pytest.fixture(scope="module")
def repeated(company: Tenant, tmp_path_factory: pytest.TempPathFactory) -> Tenant:
    """A copy of the company that was refreshed once more with the same files."""
    tenant = company.copied_to(tmp_path_factory.mktemp("repeated"))
    ended = tenant.refresh()
    assert ended.code == 0, ended.said
    assert "inputs unchanged" in ended.out, ended.said
    return tenant


def test_a_second_run_is_skipped_and_says_so(company: Tenant, repeated: Tenant) -> None:
    report, first = repeated.report(), company.report()
    assert report["status"] == "skipped"
    assert report["same_as_run"] == first["run_id"]
    assert first["run_id"] in report["message"] and first["finished_at"] in report["message"]
    assert [stage["name"] for stage in report["stages"]] == ["ingest"]
    assert report["published"] == [] and report["gate_results"] == []


def test_a_second_run_leaves_the_published_files_alone(company: Tenant, repeated: Tenant) -> None:
    assert contents(repeated.home) == contents(company.home)
    for name in ("serving.duckdb", "site/index.html"):
        assert (repeated.home / name).read_bytes() == (company.home / name).read_bytes()


@pytest.mark.long
def test_another_home_gets_equal_tables(company: Tenant, tmp_path: Path) -> None:
    """Only when something was loaded differs; nothing depends on the day or on the machine."""
    elsewhere = Tenant(tmp_path / "home", company.inputs)
    ended = elsewhere.refresh()
    assert ended.code == 0, ended.said
    assert contents(elsewhere.home) == contents(company.home)


@pytest.fixture(scope="module")
def grown(company: Tenant, tmp_path_factory: pytest.TempPathFactory) -> Tenant:
    """A copy with a late answer, a late visit and a customer who has moved, refreshed once."""
    tenant = company.copied_to(tmp_path_factory.mktemp("grown"))
    _append(tenant.inputs / "survey_responses.csv", LATE_ANSWER)
    _append(tenant.inputs / "web_events" / "2025-09.csv", LATE_VISIT)
    _move(tenant.inputs / "customers.csv", customer_id=_steady_customer(tenant))
    ended = tenant.refresh()
    assert ended.code == 0, ended.said
    return tenant


def test_only_the_changed_files_are_read_again(company: Tenant, grown: Tenant) -> None:
    (loads_before,) = company.raw_rows("select max(load_id) from ops.loads")
    read = grown.raw_rows(
        f"select file from ops.files where load_id > {loads_before[0]} order by file"
    )
    assert read == [("customers.csv",), ("survey_responses.csv",), ("web_events/2025-09.csv",)]


def test_repeated_rows_of_a_grown_file_are_superseded(company: Tenant, grown: Tenant) -> None:
    """What the file said before, it says again: one row is new, and each row is accounted for."""
    (before,) = company.rows("""
        select read - quarantined, quarantined from marts.rpt_source_health
        where entity = 'survey_responses'
    """)
    read, accepted, superseded, withdrawn, quarantined = grown.one("""
        select read, accepted, superseded, withdrawn, quarantined from marts.rpt_source_health
        where entity = 'survey_responses'
        qualify load_id = max(load_id) over ()
    """)
    assert accepted + superseded + withdrawn == before[0] + 1
    assert quarantined == before[1]
    assert read == sum(before) + 1
    totals = "select count(*) from marts.fct_survey_responses"
    assert grown.one(totals)[0] == company.one(totals)[0] + 1


def test_a_late_answer_lands_in_its_own_month(company: Tenant, grown: Tenant) -> None:
    before, after = _by_month(company), _by_month(grown)
    changed = {month: after[month] for month in after if after[month] != before.get(month)}
    (october,) = changed
    assert october.startswith("2025-10-01")
    n, numerator = before[october]
    assert changed[october] == (n + 1, numerator + 1)


def test_a_late_visit_becomes_a_session_of_its_day(company: Tenant, grown: Tenant) -> None:
    days = "select started_at::date, count(*) from marts.fct_web_sessions group by all"
    before, after = Counter(dict(company.rows(days))), Counter(dict(grown.rows(days)))
    assert after - before == {date(2025, 9, 15): 1}
    assert before - after == {}
    people = "select count(*) from marts.dim_customers"
    assert grown.one(people)[0] == company.one(people)[0] + 1


def test_a_changed_customer_is_the_same_person(company: Tenant, grown: Tenant) -> None:
    moved = grown.rows(f"select customer_key from marts.dim_customers where city = '{MOVED_TO}'")
    assert len(moved) == 1
    key = f"select customer_key from marts.dim_customers where customer_key = {moved[0][0]}"
    assert company.rows(key) == moved
    lost = "select customer_key from marts.dim_customers"
    assert set(company.rows(lost)) <= set(grown.rows(lost))


def test_a_rebuild_from_raw_arrives_at_the_same_tables(grown: Tenant, tmp_path: Path) -> None:
    """What was built in steps equals what is built at once: no increment loses or doubles rows."""
    rebuilt = grown.copied_to(tmp_path)
    ended = rebuilt.cx("refresh", "--inputs", rebuilt.inputs, "--full")
    assert ended.code == 0, ended.said
    assert rebuilt.report()["status"] == "published"
    assert contents(rebuilt.home) == contents(grown.home)


@pytest.mark.long
def test_a_lost_warehouse_is_rebuilt_from_raw(company: Tenant, tmp_path: Path) -> None:
    """raw.duckdb is the one file that cannot be made again; everything else can be thrown away."""
    tenant = company.copied_to(tmp_path)
    (tenant.home / "warehouse.duckdb").unlink()
    shutil.rmtree(tenant.home / "dbt")
    _append(tenant.inputs / "survey_responses.csv", LATE_ANSWER)
    ended = tenant.refresh()
    assert ended.code == 0, ended.said
    people = "select count(*), count(distinct customer_key) from marts.dim_customers"
    assert tenant.one(people) == company.one(people)


def _by_month(tenant: Tenant) -> dict[str, Row]:
    return {str(month): tuple(row) for month, *row in tenant.rows(MONTHS_OF_NPS)}


def _header(path: Path) -> list[str]:
    with path.open(encoding="utf-8", newline="") as file:
        return next(csv.reader(file))


def _append(path: Path, row: dict[str, str]) -> None:
    header = _header(path)
    with path.open("a", encoding="utf-8", newline="") as file:
        csv.DictWriter(file, header, lineterminator="\n").writerow(row)


def _steady_customer(tenant: Tenant) -> str:
    """A customer whose record was written once and never changed."""
    found = tenant.raw_rows("""
        select min(customer_id) from raw_files.customers
        group by customer_id
        having count(*) = 1 and min(city) is not null and min(is_deleted) is null
            and min(try_cast(customer_id[2:] as bigint)) is not null
            and min(try_cast(created_at as timestamptz)) between '2015-01-01' and '2026-06-30'
        order by 1
        limit 1
    """)
    return str(found[0][0])


def _move(path: Path, *, customer_id: str) -> None:
    """Change one line of a file in place: another city, a newer version."""
    header = _header(path)
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    (at,) = [index for index, line in enumerate(lines) if line.startswith(f"{customer_id},")]
    row = dict(zip(header, next(csv.reader([lines[at]])), strict=True))
    row.update(city=MOVED_TO, updated_at="2026-06-29 12:00:00Z")
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerow(row.values())
    lines[at] = written.getvalue()
    path.write_text("".join(lines), encoding="utf-8", newline="")
