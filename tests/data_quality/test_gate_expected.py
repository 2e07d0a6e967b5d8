"""What the raw gate takes from the input contract."""

from __future__ import annotations

from pathlib import Path

from data_quality.expected import LOAD_COLUMNS, ExpectedTable, read_expected


def by_entity() -> dict[str, ExpectedTable]:
    return {table.entity: table for table in read_expected()}


def test_every_entity_of_the_contract_is_expected() -> None:
    tables = by_entity()
    assert len(tables) == 23
    assert all(set(LOAD_COLUMNS) < set(table.columns) for table in tables.values())
    assert all("source_system" in table.columns for table in tables.values())


def test_required_columns_are_watched_and_so_are_identifiers() -> None:
    orders = by_entity()["orders"]
    assert orders.required == ("order_id", "ordered_at")
    assert orders.watched == ("order_id", "ordered_at", "customer_id", "email", "phone")
    assert "score" in by_entity()["survey_responses"].watched


def test_the_time_of_a_row_is_a_required_one_that_cannot_lie_ahead(tmp_path: Path) -> None:
    tables = by_entity()
    assert tables["orders"].time_column == "ordered_at"
    assert tables["web_events"].time_column == "occurred_at"
    assert tables["customers"].time_column is None
    contract = tmp_path / "contract.yml"
    contract.write_text(
        "models:\n"
        "  - name: judged_visits\n"
        "    config: {meta: {entity: visits, key: [visit_id]}}\n"
        "    columns:\n"
        "      - {name: visit_id, data_type: varchar, config: {meta: {required: true}}}\n"
        "      - {name: booked_for, data_type: timestamp,"
        " config: {meta: {required: true, may_be_future: true}}}\n"
        "      - {name: booked_at, data_type: timestamp, config: {meta: {required: true}}}\n"
    )
    (visits,) = read_expected(contract)
    assert visits.time_column == "booked_at"
    assert visits.columns[:3] == ("visit_id", "booked_for", "booked_at")
