"""HubSpot's words in the contract's: what is known is mapped, what is not stays for the gate."""

from dbt.contracts.graph.manifest import Manifest
from pytest import TempPathFactory

from tests.dbt_project import connected
from tests.dbt_project.building import Dbt

DIRECTIONS = {
    "EMAIL": "outbound",
    "INCOMING_EMAIL": "inbound",
    "FORWARDED_EMAIL": "inbound",
    "SIDEWAYS": "sideways",
    None: None,
}


def test_direction_of_an_email_is_never_guessed(
    manifest: Manifest, tmp_path_factory: TempPathFactory
) -> None:
    home = tmp_path_factory.mktemp("hubspot")
    dbt = Dbt(manifest, home / "raw.duckdb", home / "warehouse.duckdb", home)
    emails = [
        {"id": str(number), "properties": {"hs_email_direction": told}}
        for number, told in enumerate(DIRECTIONS)
    ]
    connected.stage_company(dbt, "hubspot", {"emails": emails}, ["interactions"])
    found = connected.asked(
        dbt, "select direction from warehouse.staging.stg_hubspot__interactions order by row_key"
    )
    assert [direction for (direction,) in found] == list(DIRECTIONS.values())
