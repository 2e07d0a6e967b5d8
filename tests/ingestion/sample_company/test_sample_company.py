"""The sample company: repeatable, extendable, within the contract, and true to its own answers.

The judge below reads the written CSV as text and applies the contract's own rules, knowing nothing
of how the rows were made.
"""

import json
import time
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from ingestion.contract import IMPLICIT_COLUMNS, Entity, load_contract
from ingestion.sample_company import generate
from ingestion.sample_company.company import ENTITIES, MONTHLY

REASONS = {
    "missing_key", "bad_type", "out_of_scale", "not_on_step", "unknown_scale", "missing_weight",
    "future_time", "ancient_time", "negative_duration", "orphan", "unknown_enum", "malformed_line",
    "response_before_invitation", "negative_amount", "too_long",
}  # fmt: skip
SMALL = {"customers": 300, "months": 4, "seed": 7}


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """A small company as CSV, and its true answers."""
    out = tmp_path_factory.mktemp("company")
    return out, generate(out, **SMALL)


@pytest.fixture(scope="module")
def tables(company: tuple[Path, dict[str, Any]]) -> duckdb.DuckDBPyConnection:
    """Every entity as a table of text, without the lines that do not parse."""
    connection = duckdb.connect()
    for entity in ENTITIES:
        connection.execute(
            f"create table {entity} as from read_csv(?, all_varchar=true, header=true,"
            " quote='\"', escape='\"', delim=',', ignore_errors=true, null_padding=false,"
            " max_line_size=1000000, parallel=false)",
            [pattern(company[0], entity)],
        )
    return connection


def pattern(out: Path, entity: str, file_format: str = "csv") -> str:
    single = f"{entity}.{file_format}"
    return str(out / entity / f"*.{file_format}" if entity in MONTHLY else out / single)


def contents(out: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(out)): path.read_bytes()
        for path in sorted(out.rglob("*"))
        if path.is_file() and path.name != "truth.json"
    }


@pytest.mark.parametrize("file_format", ["csv", "jsonl", "parquet"])
def test_same_arguments_give_same_bytes(file_format: str, tmp_path: Path) -> None:
    first = generate(tmp_path / "a", **SMALL, file_format=file_format)
    second = generate(tmp_path / "b", **SMALL, file_format=file_format)
    assert contents(tmp_path / "a") == contents(tmp_path / "b")
    assert first == second == json.loads((tmp_path / "b" / "truth.json").read_text())


def test_another_seed_gives_another_company(
    company: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    other = generate(tmp_path, **{**SMALL, "seed": 8})
    assert other["metrics"]["nps"] != company[1]["metrics"]["nps"]


@pytest.mark.parametrize("file_format", ["csv", "jsonl"])
@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        (date(2026, 5, 9), date(2026, 5, 10)),
        (date(2026, 4, 30), date(2026, 6, 30)),
        (date(2026, 6, 30), date(2026, 7, 1)),
    ],
)
def test_later_through_only_appends(
    earlier: date, later: date, file_format: str, tmp_path: Path
) -> None:
    generate(tmp_path / "a", **SMALL, file_format=file_format, through=earlier)
    generate(tmp_path / "b", **SMALL, file_format=file_format, through=later)
    before, after = contents(tmp_path / "a"), contents(tmp_path / "b")
    assert before != after
    assert all(after[name].startswith(content) for name, content in before.items())


def test_a_new_month_is_a_new_file(tmp_path: Path) -> None:
    generate(tmp_path / "a", **SMALL)
    generate(tmp_path / "b", **SMALL, through=date(2026, 7, 31))
    new = contents(tmp_path / "b").keys() - contents(tmp_path / "a").keys()
    assert new == {"web_events/2026-07.csv", "interactions/2026-07.csv"}


def test_only_columns_of_the_contract(tables: duckdb.DuckDBPyConnection) -> None:
    contract = load_contract()
    assert set(ENTITIES) == set(contract)
    implicit = {column.name for column in IMPLICIT_COLUMNS}
    for entity in ENTITIES:
        written = set(tables.table(entity).columns)
        assert written <= {*contract[entity].column_names, *implicit}, entity
        assert contract[entity].required <= written, entity


def test_every_reason_occurs(company: tuple[Path, dict[str, Any]]) -> None:
    planted = Counter[str]()
    for rows in company[1]["rows"].values():
        planted.update(rows["quarantined"])
    assert set(planted) == REASONS


@pytest.mark.parametrize(
    ("file_format", "missing"),
    [("jsonl", {"malformed_line"}), ("parquet", {"malformed_line", "bad_type"})],
)
def test_other_formats_lack_only_what_they_cannot_hold(
    file_format: str, missing: set[str], tmp_path: Path
) -> None:
    rows = generate(tmp_path, **SMALL, file_format=file_format)["rows"]
    planted = {reason for account in rows.values() for reason in account["quarantined"]}
    assert planted == REASONS - missing
    for entity in ENTITIES:
        reader = "read_parquet" if file_format == "parquet" else "read_json_auto"
        path = pattern(tmp_path, entity, file_format)
        (count,) = duckdb.execute(f"select count(*) from {reader}(?)", [path]).fetchone()
        assert count == rows[entity]["read"], entity


def test_dirty_share_is_one_to_three_per_cent(tmp_path: Path) -> None:
    rows = generate(tmp_path, customers=4_000, months=6, seed=3)["rows"]
    for entity, account in rows.items():
        if account["read"] > 1_000:
            assert 0.01 < sum(account["quarantined"].values()) / account["read"] < 0.03, entity


def test_rows_read_add_up(
    company: tuple[Path, dict[str, Any]], tables: duckdb.DuckDBPyConnection
) -> None:
    for entity, account in company[1]["rows"].items():
        (parsed,) = tables.execute(f"select count(*) from {entity}").fetchone()
        quarantined = account["quarantined"]
        assert parsed + quarantined.get("malformed_line", 0) == account["read"], entity
        verdicts = account["accepted"] + account["superseded"] + account["withdrawn"]
        assert verdicts + sum(quarantined.values()) == account["read"], entity


def test_contract_refuses_exactly_the_planted_rows(
    company: tuple[Path, dict[str, Any]], tables: duckdb.DuckDBPyConnection
) -> None:
    """Of the contract's general rules: all that is planted is broken, and nothing else."""
    general = {
        "missing_key", "bad_type", "unknown_enum", "ancient_time", "future_time", "too_long"
    }  # fmt: skip
    for entity, definition in load_contract().items():
        found = dict(tables.execute(faults_query(tables, definition)).fetchall())
        planted = company[1]["rows"][entity]["quarantined"]
        assert found == {name: n for name, n in planted.items() if name in general}, entity


def faults_query(tables: duckdb.DuckDBPyConnection, entity: Entity) -> str:
    """Counts the rows that break a general rule, by the first rule they break."""
    written = tables.table(entity.name).columns
    checks = {name: ["false"] for name in ("too_long", "missing_key", "bad_type", "unknown_enum")}
    checks |= {"ancient_time": ["false"], "future_time": ["false"]}
    for column in entity.columns:
        if column.name not in written:
            continue
        kind = "timestamptz" if column.data_type == "timestamp" else column.data_type
        cast = f"try_cast({column.name} as {kind})"
        limit = 20_000 if column.is_long_text else 1_000
        if kind == "varchar":
            checks["too_long"].append(f"length({column.name}) > {limit}")
        if column.required:
            checks["missing_key"].append(f"{column.name} is null")
        checks["bad_type"].append(f"{column.name} is not null and {cast} is null")
        if column.values:
            values = ", ".join(f"'{value}'" for value in column.values)
            checks["unknown_enum"].append(f"{column.name} not in ({values})")
        if kind == "timestamptz" and not column.may_be_ancient:
            checks["ancient_time"].append(f"{cast} < timestamptz '1990-01-01 00:00:00Z'")
        if kind == "timestamptz" and not column.may_be_future:
            checks["future_time"].append(f"{cast} > timestamptz '2027-01-01 00:00:00Z'")
    cases = " ".join(
        f"when {' or '.join(conditions)} then '{reason}'" for reason, conditions in checks.items()
    )
    return (
        f"select case {cases} end as reason, count(*) from {entity.name}"
        " group by 1 having reason is not null"
    )


def test_current_versions_are_the_accepted_rows(
    company: tuple[Path, dict[str, Any]], tables: duckdb.DuckDBPyConnection
) -> None:
    """One current version per clean key, of which the withdrawn are not accepted."""
    for entity in ("orders", "customers", "survey_invitations", "tickets", "subscriptions"):
        account = company[1]["rows"][entity]
        key = load_contract()[entity].key[0]
        rows = tables.execute(
            f"""
            select count(*) filter (coalesce(is_deleted, '') <> 'true'),
                count(*) filter (is_deleted = 'true')
            from (
                select * from {entity}
                qualify row_number() over (partition by {key} order by updated_at desc) = 1
            )
            """
        ).fetchone()
        assert rows[1] == account["withdrawn"], entity
        # Dirty rows have ids of their own, but for those whose id is what is missing.
        dirty = {k: n for k, n in account["quarantined"].items() if k != "malformed_line"}
        blank = tables.execute(f"select count(*) from {entity} where {key} is null").fetchone()[0]
        assert rows[0] == account["accepted"] + sum(dirty.values()) - max(blank - 1, 0), entity


def test_people_can_be_told_apart_from_the_files(
    company: tuple[Path, dict[str, Any]], tables: duckdb.DuckDBPyConnection
) -> None:
    """Union-find over identifiers of one row, without the shared ones, counts the people."""
    links = identifiers_in_one_row(tables)
    emails_of, ids_of = Counter[str](), Counter[str]()
    for left, right in links:
        ids_of[right] += left.startswith("crm:")
        emails_of[right] += left.startswith("email:")
    nodes = {node for link in links for node in link}
    shared = {
        node
        for node in nodes
        if not node.startswith("crm:")
        and (ids_of[node] > 20 or (node.startswith("phone:") and emails_of[node] > 5))
    }
    parent = {node: node for node in nodes - shared}

    def root(node: str) -> str:
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for left, right in links:
        if left not in shared and right not in shared:
            parent[root(left)] = root(right)
    groups: dict[str, set[str]] = {}
    for node in parent:
        groups.setdefault(root(node), set()).add(node)
    truth = company[1]["people"]
    assert len(shared) == truth["shared_identifiers"]
    assert len(groups) == truth["total"]
    anonymous = [g for g in groups.values() if all(node.startswith("browser:") for node in g)]
    assert len(anonymous) == truth["anonymous"]
    merged = [g for g in groups.values() if sum(node.startswith("crm:") for node in g) == 2]
    assert len(merged) == truth["with_two_records"] > 0
    assert not [g for g in groups.values() if sum(n.startswith("crm:") for n in g) > 2]


def identifiers_in_one_row(tables: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    """Pairs of identifiers of one clean row; an identifier alone is a pair with itself."""
    kinds = {"customer_id": "crm", "email": "email", "phone": "phone", "anonymous_id": "browser"}
    pairs: set[tuple[str, str]] = set()
    for entity in ENTITIES:
        written = tables.table(entity).columns
        present = [name for name in kinds if name in written]
        if present:
            columns = ", ".join(present)
            # specimens, which are dirty or withdrawn, bear no identifier but a CX id
            rows = tables.execute(f"select distinct {columns} from {entity}").fetchall()
            for row in rows:
                found = [
                    f"{kinds[name]}:{value.replace(' ', '')}"
                    for name, value in zip(present, row, strict=True)
                    if value and not value.startswith("CX")
                ]
                pairs.update((left, right) for left in found for right in found)
    links = tables.execute("select left_type, left_id, right_id from identity_links").fetchall()
    for kind, left, right in links:
        if kind in kinds and right and not right.startswith("CX"):
            pairs.add((f"{kinds[kind]}:{left}", f"crm:{right}"))
    return sorted(pairs)


def test_metrics_follow_from_the_files(
    company: tuple[Path, dict[str, Any]], tables: duckdb.DuckDBPyConnection
) -> None:
    """On-time delivery, response rate and CSAT, by three short queries over the current rows."""
    metrics, as_of = company[1]["metrics"], company[1]["as_of"]
    current = """
        select * from {entity} where {key} not like '%X900%'
        qualify row_number() over (partition by {key} order by updated_at desc) = 1
    """
    orders = current.format(entity="orders", key="order_id")
    assert tables.execute(
        f"""
        select count(*) filter (delivered_at <= promised_at), count(*)
        from ({orders})
        where promised_at <= '{as_of.replace("T", " ")}'
            and coalesce(cancelled_by, '') <> 'customer'
        """
    ).fetchone() == counts(metrics["on_time_delivery_rate_everyone"])
    invitations = current.format(entity="survey_invitations", key="invitation_id")
    assert tables.execute(
        f"""
        select count(completed_at), count(*) from ({invitations})
        where bounced_at is null and not is_reminder::boolean and sent_at is not null
        """
    ).fetchone() == counts(metrics["response_rate"])
    responses = """
        select * from survey_responses where response_id not like '%X900%'
        qualify row_number() over (
            partition by response_id, question_id order by updated_at desc
        ) = 1
    """
    assert tables.execute(
        f"""
        select count(*) filter (score::double >= 4), count(*) from ({responses})
        where question_id = 'csat' and coalesce(order_id, ticket_id) is not null
        """
    ).fetchone() == counts(metrics["csat"])


def counts(ratio: dict[str, Any]) -> tuple[int, int]:
    return ratio["numerator"], ratio["denominator"]


def test_as_of_is_the_latest_event(
    company: tuple[Path, dict[str, Any]], tables: duckdb.DuckDBPyConnection
) -> None:
    (latest,) = tables.execute(
        "select max(occurred_at) from web_events where occurred_at < '2027'"
    ).fetchone()
    assert latest == "2026-06-30 23:59:59Z"
    assert company[1]["as_of"] == "2026-06-30T23:59:59Z"


def test_planted_effects_show(tmp_path: Path) -> None:
    effects = generate(tmp_path, customers=4_000, months=12, seed=5)["effects"]

    def value(name: str) -> float:
        return float(effects[name]["value"])

    assert value("csat_late") < value("csat_on_time") - 0.3
    assert value("ces_mobile") < value("ces_desktop") - 0.1
    assert value("churn_detractors") > value("churn_promoters") + 0.05
    assert value("referral_promoters") > value("referral_detractors") + 0.05


def test_small_company_is_quick(tmp_path: Path) -> None:
    """Rows must never pass through Python one by one: this takes some three seconds."""
    started = time.process_time()
    rows = generate(tmp_path, customers=1_000, months=24, seed=2)["rows"]
    assert rows["web_events"]["read"] > 40_000
    assert time.process_time() - started < 15


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"customers": 99}, "customers"),
        ({"months": 0}, "months"),
        ({"seed": -1}, "seed"),
        ({"file_format": "xml"}, "format"),
        ({"through": date(2026, 2, 28)}, "through"),
    ],
)
def test_wrong_arguments_are_named(changed: dict[str, Any], named: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=named):
        generate(tmp_path, **{**SMALL, **changed})


def test_smallest_company_on_its_first_day(tmp_path: Path) -> None:
    """Whatever dirty rows refer to is there from the first day, even in the smallest company."""
    truth = generate(tmp_path, customers=100, months=1, seed=1, through=date(2026, 6, 1))
    planted = {reason for rows in truth["rows"].values() for reason in rows["quarantined"]}
    assert planted == REASONS
    for entity, column, parent in (
        ("orders", "order_id", "O0"),
        ("tickets", "ticket_id", "T0"),
        ("subscriptions", "subscription_id", "S42"),
        ("survey_responses", "response_id", "Q0"),
        ("survey_invitations", "invitation_id", "IV0"),
    ):
        rows = duckdb.execute(
            f"select count(*) from read_csv(?, all_varchar=true, ignore_errors=true,"
            f" quote='\"', escape='\"', max_line_size=1000000) where {column} = ?",
            [pattern(tmp_path, entity), parent],
        ).fetchone()
        assert rows[0] > 0, entity
