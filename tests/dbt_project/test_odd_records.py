"""Records of shops and sales systems that lack what every record has, or hold it in another form:
each is a row for the gate to judge or is set aside, and stops nobody else's."""

from typing import Any

import pytest
from dbt.contracts.graph.manifest import Manifest

from ingestion.systems import SYSTEMS
from tests.dbt_project import connected
from tests.dbt_project.building import SOURCE_ENTITIES, Dbt

pytestmark = pytest.mark.long

# Fields in which the systems hold objects and lists.
NESTED = (
    *("customer", "line_items", "fulfillments", "refunds", "note_attributes", "total_price_set"),
    *("payment_gateway_names", "default_address", "properties", "from", "to", "stages", "data"),
    *("named", "custom_fields", "emails", "phones", "postal_address", "address"),
)
ODD: list[Any] = [
    {},
    {"id": None, "updated_at": None, "updatedAt": None, "update_time": None},
    {"id": 1, **dict.fromkeys(NESTED)},
    {"id": 2, **{name: [] for name in NESTED}},
    {"id": 3, **{name: {} for name in NESTED}},
    {"id": 4, **{name: [None] for name in NESTED}},
    {"id": 5, **dict.fromkeys(NESTED, "text")},
    {
        "id": 6,
        "line_items": [{}, {"properties": ""}, {"properties": [{"name": None, "value": 1}]}],
        "refunds": [{"refund_line_items": "", "transactions": {}}],
        "note_attributes": "",
    },
    {"id": {"of": "another form"}, "updated_at": 5, "type": "call", "item": "person"},
]


@pytest.mark.parametrize("source", ["shopify", "hubspot", "pipedrive"])
def test_records_of_any_form_are_read(
    source: str, manifest: Manifest, tmp_path_factory: pytest.TempPathFactory
) -> None:
    home = tmp_path_factory.mktemp(source)
    dbt = Dbt(manifest, home / "raw.duckdb", home / "warehouse.duckdb", home)
    records = dict.fromkeys(SYSTEMS[source].tables(), ODD)
    connected.stage_company(dbt, source, records, SOURCE_ENTITIES[source])
    for entity in SOURCE_ENTITIES[source]:
        connected.asked(dbt, f"select * from warehouse.staging.stg_{source}__{entity}")
    assert connected.unexplained(dbt, SYSTEMS[source]) == []
