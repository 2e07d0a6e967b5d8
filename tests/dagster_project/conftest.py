"""A tiny dbt project and home, so that the runner is tested without the warehouse's own models."""

from pathlib import Path

import duckdb
import pytest

from dagster_project.settings import Settings

_FILES = {
    "dbt_project.yml": """
name: cx
version: "1.0"
profile: cx
model-paths: [models]
flags: {send_anonymous_usage_stats: false}
models:
  cx: {+schema: marts, +materialized: table}
vars: {as_of: "", sources: [files]}
""",
    "macros/schema.sql": """
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ custom_schema_name or target.schema }}
{%- endmacro %}
""",
    "models/schema.yml": """
sources:
  - name: raw_files
    database: raw
    tables: [{name: orders}]
models:
  - name: fct_orders
    columns:
      - name: order_id
        data_tests: [not_null, unique]
  - name: rpt_orders
unit_tests:
  - name: fct_orders__would_fail
    model: fct_orders
    given:
      - input: source('raw_files', 'orders')
        rows: [{order_id: "1"}]
    expect: {rows: [{order_id: "2"}]}
""",
    "models/fct_orders.sql": """
select order_id, '{{ var('brand') }}' as brand, current_setting('TimeZone') as zone
from {{ source('raw_files', 'orders') }}
""",
    "models/rpt_orders.sql": "select count(*) as orders from {{ ref('fct_orders') }}",
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Two models, two tests, a unit test that would fail, and this project's own profile."""
    folder = tmp_path / "project"
    profile = Path(__file__).parents[2] / "dbt_project" / "profiles.yml"
    for name, text in {**_FILES, "profiles.yml": profile.read_text()}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A home whose raw database holds two orders, in a folder that SQL has to quote."""
    home = tmp_path / "o'brien"
    home.mkdir()
    with duckdb.connect(str(home / "raw.duckdb")) as connection:
        connection.execute("""
            create schema raw_files;
            create table raw_files.orders as select unnest(['a', 'b']) as order_id;
            create schema ops;
            create table ops.loads (load_id integer, source varchar, loaded_at timestamp);
            insert into ops.loads values (1, 'files', '2025-01-01'), (2, 'olist', '2025-01-02');
        """)
    return Settings(home=home, brand="Acme")
