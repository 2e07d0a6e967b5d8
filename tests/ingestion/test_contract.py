"""The contract as Python reads it."""

from pathlib import Path

import pytest

from ingestion.contract import ContractError, load_contract, load_reference


def test_facts_of_the_contract_arrive() -> None:
    contract = load_contract()
    orders = contract["orders"]
    assert orders.key == ("order_id",)
    assert orders.required == {"order_id", "ordered_at"}
    by_name = {column.name: column for column in orders.columns}
    assert "cancelled" in by_name["status"].values
    assert by_name["amount"].data_type == "decimal(18,4)"
    assert by_name["promised_at"].may_be_future and not by_name["delivered_at"].may_be_future
    assert by_name["margin"].may_be_negative
    assert contract["survey_responses"].key == ("response_id", "question_id")
    for entity in contract.values():
        assert entity.column_names.count("updated_at") == 1
        assert entity.column_names.count("is_deleted") == 1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("version: 2\n", "no `models:`"),
        ("models: [{name: judged_x, columns: []}]\n", "judged_x lacks"),
        (
            "models: [{name: x, config: {meta: {entity: x, key: [z]}}, columns: []}]\n",
            "key of x names no column",
        ),
    ],
)
def test_a_malformed_contract_is_an_error(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "contract.yml"
    path.write_text(text)
    with pytest.raises(ContractError, match=words):
        load_contract(path)
    with pytest.raises(ContractError, match="missing"):
        load_contract(tmp_path / "none.yml")


def test_an_empty_seed_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "targets.csv").write_text("")
    with pytest.raises(ContractError, match="empty"):
        load_reference(tmp_path)
