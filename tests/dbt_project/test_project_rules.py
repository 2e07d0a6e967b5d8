"""Rules of the dbt project that no single model's test can see, asked of dbt's manifest."""

import re
from pathlib import PurePosixPath

import pytest
from dbt.contracts.graph.manifest import Manifest
from dbt.contracts.graph.nodes import GenericTestNode, ModelNode

from tests.dbt_project.building import FOREIGN, SOURCE_ENTITIES

PREFIXES: dict[str, str | tuple[str, ...]] = {
    **{f"staging/{source}": f"stg_{source}__" for source in ["files", *FOREIGN]},
    "staging/reference": "ref_",
    "staging/judged": "judged_",
    "staging/accepted": ("accepted_", "retired_"),
    "intermediate": "int_",
    "marts/core": ("dim_", "fct_", "customer_identifiers", "customer_key_history"),
    "marts/reports": "rpt_",
    "quarantine": "rejected_rows",
}
# What says of rows what became of them must read the verdicts themselves; what is no event yet
# is told by the clock of the load, and a fetch that failed by the ledger alone.
READS_VERDICTS = {
    "rpt_source_health", "rpt_source_records", "rpt_source_fetches", "rejected_rows", "int_as_of",
}  # fmt: skip
# "segment" is also a word of the field
VENDORS = [source if source != "segment" else "(stg|raw)_segment" for source in FOREIGN]


def models_of(manifest: Manifest) -> list[ModelNode]:
    return sorted(
        (node for node in manifest.nodes.values() if isinstance(node, ModelNode)),
        key=lambda model: model.name,
    )


def folder(model: ModelNode) -> str:
    """The layer and its first folder: staging/judged, intermediate, marts/core, quarantine."""
    parts = PurePosixPath(model.original_file_path).parts[1:-1]
    return parts[0] if parts[0] in {"intermediate", "quarantine"} else "/".join(parts[:2])


def is_after_staging(model: ModelNode) -> bool:
    return not folder(model).startswith("staging")


def parents(manifest: Manifest, model: ModelNode) -> list[str]:
    """Names of the models and sources that a model reads itself."""
    nodes = [manifest.expect(unique_id) for unique_id in model.depends_on.nodes]
    return [f"{getattr(node, 'source_name', '')}.{node.name}".lstrip(".") for node in nodes]


def test_project_has_models_of_every_layer(manifest: Manifest) -> None:
    assert {folder(model) for model in models_of(manifest)} == set(PREFIXES)


def test_models_are_named_after_their_layer(manifest: Manifest) -> None:
    misnamed = [
        model.original_file_path
        for model in models_of(manifest)
        if not model.name.startswith(PREFIXES[folder(model)])
    ]
    assert misnamed == []


def test_models_open_with_their_grain(manifest: Manifest) -> None:
    silent = [
        model.original_file_path
        for model in models_of(manifest)
        if is_after_staging(model) and not model.raw_code.startswith("-- Grain: one row")
    ]
    assert silent == []


def test_models_are_described(manifest: Manifest) -> None:
    undescribed = [model.name for model in models_of(manifest) if not model.description.strip()]
    assert undescribed == []


def test_marts_have_a_contract_that_describes_every_column(manifest: Manifest) -> None:
    marts = [model for model in models_of(manifest) if folder(model).startswith("marts")]
    open_marts = [model.name for model in marts if not model.config.contract.enforced]
    undescribed = [
        f"{model.name}.{column.name}"
        for model in marts
        for column in model.columns.values()
        if not column.description.strip() or not column.data_type
    ]
    assert (open_marts, undescribed) == ([], [])


def test_descriptions_of_marts_state_the_grain(manifest: Manifest) -> None:
    vague = [
        model.name
        for model in models_of(manifest)
        if folder(model).startswith("marts") and "one row per" not in model.description.lower()
    ]
    assert vague == []


def test_every_source_says_which_entities_it_brings(manifest: Manifest) -> None:
    """An entity that `source_entities` leaves out would be staged and then read by nobody."""
    staged: dict[str, list[str]] = {}
    for model in models_of(manifest):
        if model.name.startswith("stg_") and folder(model) != "staging/files":
            source, entity = model.name.removeprefix("stg_").split("__")
            staged.setdefault(source, []).append(entity)
    assert staged == {source: sorted(entities) for source, entities in SOURCE_ENTITIES.items()}


def test_reasons_to_set_aside_are_published(manifest: Manifest) -> None:
    """A reason that rpt_source_records does not list would stop the first refresh that meets it."""
    [report] = [model for model in models_of(manifest) if model.name == "rpt_source_records"]
    listed = report.columns["outcome"].description
    unlisted = [
        (model.name, reason)
        for model in models_of(manifest)
        if model.name.endswith("__set_aside")
        for reason in re.findall(
            r"(?:then |else |\")'([a-z_]+)'|'([a-z_]+)' as reason", model.raw_code
        )
        if not re.search(rf"\b{''.join(reason)}\b", listed)
    ]
    assert unlisted == []


@pytest.mark.parametrize("vendor", VENDORS)
def test_vendors_are_known_in_staging_only(manifest: Manifest, vendor: str) -> None:
    knowing = [
        model.original_file_path
        for model in models_of(manifest)
        if is_after_staging(model) and re.search(vendor, model.raw_code, re.IGNORECASE)
    ]
    assert knowing == []


def test_models_after_staging_read_what_was_accepted(manifest: Manifest) -> None:
    allowed_sources = {"identity.issued_keys", "private.hash_key"}
    astray = [
        (model.name, parent)
        for model in models_of(manifest)
        if is_after_staging(model) and model.name not in READS_VERDICTS
        for parent in parents(manifest, model)
        if parent.startswith(("judged_", "stg_"))
        or ("." in parent and parent not in allowed_sources and not parent.startswith("analytics."))
    ]
    assert astray == []


def test_raw_is_read_by_the_staging_of_its_own_source(manifest: Manifest) -> None:
    astray = [
        (model.name, parent)
        for model in models_of(manifest)
        for parent in parents(manifest, model)
        if parent.startswith("raw_") and not parent.startswith("raw_ops.")
        if folder(model) != f"staging/{parent.split('.')[0].removeprefix('raw_')}"
        and not parent.endswith(".rejected_lines")
    ]
    assert astray == []


def test_nothing_mends_a_fan_out_with_distinct(manifest: Manifest) -> None:
    mending = [
        name
        for name, code in [
            *((model.name, model.raw_code) for model in models_of(manifest)),
            *((m.name, m.macro_sql) for m in manifest.macros.values() if m.package_name == "cx"),
        ]
        if re.search(r"select\s+distinct", code, re.IGNORECASE)
    ]
    assert mending == []


def test_marts_have_their_keys_tested(manifest: Manifest) -> None:
    """Every mart has a test that its key is unique, of one column or of several."""
    tested = {
        node.attached_node
        for node in manifest.nodes.values()
        if isinstance(node, GenericTestNode)
        and node.test_metadata.name in {"unique", "unique_combination"}
    }
    untested = [
        model.name
        for model in models_of(manifest)
        if folder(model).startswith("marts") and model.unique_id not in tested
    ]
    assert untested == []


def test_unit_tests_are_named_after_model_and_rule(manifest: Manifest) -> None:
    misnamed = [
        test.name
        for test in manifest.unit_tests.values()
        if not re.fullmatch(rf"{test.model}__[a-z0-9_]+", test.name)
    ]
    assert misnamed == []
    assert len(manifest.unit_tests) >= 30
