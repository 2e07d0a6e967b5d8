"""The names of the graph: asset key = [schema, table] from the raw file to the last report.

All of them come from dbt's manifest, so that no list of names stands in Python.
"""

from collections.abc import Mapping
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings

from dagster_project.manifest import first_comment

OWNERS = ["team:customer-experience"]
# One run at a time may write; `cx refresh` is kept apart by the writer lock instead.
WRITER_POOL = "cx_writer"
INGESTION = "ingestion"
PUBLISHING = "publishing"
ANALYTICS = "analytics"
# What the snapshot is made of.
PUBLISHED_SCHEMAS = ("marts", "quarantine")

Manifest = Mapping[str, Any]


class Translator(DagsterDbtTranslator):
    """How a dbt node becomes an asset."""

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> dg.AssetKey:
        props = dbt_resource_props
        if props["resource_type"] == "source":
            return source_key(props)
        return dg.AssetKey([props["schema"], props["alias"]])

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str:
        return str(dbt_resource_props["schema"])

    def get_owners(self, dbt_resource_props: Mapping[str, Any]) -> list[str]:
        del dbt_resource_props
        return OWNERS

    def get_description(self, dbt_resource_props: Mapping[str, Any]) -> str:
        props = dbt_resource_props
        return str(props.get("description") or first_comment(props.get("raw_code", "")))

    def get_asset_check_spec(
        self, asset_spec: dg.AssetSpec, manifest: Manifest, unique_id: str, project: Any
    ) -> dg.AssetCheckSpec | None:
        spec = super().get_asset_check_spec(asset_spec, manifest, unique_id, project)
        # The marts gate weighs the tests and decides; a test that stopped the run itself would
        # leave no decision behind.
        return None if spec is None else spec._replace(blocking=False)


TRANSLATOR = Translator(
    settings=DagsterDbtTranslatorSettings(
        enable_asset_checks=True, enable_source_tests_as_checks=True
    )
)


def source_key(props: Mapping[str, Any]) -> dg.AssetKey:
    """Raw schemas all begin with raw_ in the graph: `reference` is also where seeds live."""
    schema = str(props["schema"])
    if schema == ANALYTICS:
        return dg.AssetKey([schema, props["name"]])
    return dg.AssetKey([schema if schema.startswith("raw_") else f"raw_{schema}", props["name"]])


def raw_specs(manifest: Manifest) -> list[dg.AssetSpec]:
    """One asset per raw table that dbt reads."""
    return [
        dg.AssetSpec(
            source_key(source),
            description=source["description"] or source["source_description"],
            group_name=INGESTION,
            owners=OWNERS,
            kinds={"duckdb", "python"},
            skippable=True,  # a run with nothing new ends here
        )
        for _, source in sorted(manifest["sources"].items())
        if source["schema"] != ANALYTICS
    ]


def analytics_descriptions(manifest: Manifest) -> dict[str, str]:
    """What each table of the schema `analytics` is, as dbt's models know it."""
    return {
        str(source["name"]): str(source["description"])
        for source in manifest["sources"].values()
        if source["schema"] == ANALYTICS
    }


def published_keys(manifest: Manifest) -> list[dg.AssetKey]:
    """The tables that readers will see."""
    return [
        TRANSLATOR.get_asset_key(node)
        for _, node in sorted(manifest["nodes"].items())
        if node["resource_type"] == "model"
        and node["schema"] in PUBLISHED_SCHEMAS
        and node["config"]["materialized"] != "ephemeral"
    ]


def is_read_by_models(manifest: Manifest, key: dg.AssetKey) -> bool:
    """Whether the graph goes on from this table to another model."""
    return any(
        child.startswith("model.")
        for unique_id, node in manifest["nodes"].items()
        if node["resource_type"] == "model" and TRANSLATOR.get_asset_key(node) == key
        for child in manifest["child_map"][unique_id]
    )
