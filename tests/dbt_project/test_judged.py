"""What becomes of a row: the reason for which it is refused, and which version of a record holds.

dbt's own unit tests cannot ask this: the judged models read the contract from dbt's graph, which is
empty there. So these ask a build of the real project.
"""

import json
from datetime import datetime
from typing import Any

import pytest

from tests.dbt_project.building import ACCOUNT, Built, record_number
from tests.dbt_project.judged_cases import JUDGED, VERSIONS, Case, Versions
from tests.decisions import example

# the rows of the example in docs/DECISIONS.md, and the cases that they are
CASES_OF_THE_DECISIONS = {
    "score `11` on 0-10": "beyond the scale",
    "score `9.5` on 0-10": "between two steps",
    "score `eleven`": "score in words",
    "score blank, text given": "text without a score",
    "score `11`, no `response_id`": "beyond the scale and without a key",
}


@pytest.mark.parametrize("case", JUDGED, ids=lambda case: case.name)
def test_verdict_and_reason(built: Built, case: Case) -> None:
    rows = built.stepwise.rows(
        f"select verdict, reason_code from staging.judged_{case.entity} "
        "where load_id = 1 and record_number = ?",
        [record_number(case.name)],
    )
    expected = "quarantined" if case.reason else "accepted"
    assert rows == [(expected, case.reason)]


def test_reasons_of_the_decisions(built: Built) -> None:
    for told, verdict in example("Which reason a bad row gets"):
        [(found,)] = built.stepwise.rows(
            "select coalesce(reason_code, verdict) from staging.judged_survey_responses "
            "where load_id = 1 and record_number = ?",
            [record_number(CASES_OF_THE_DECISIONS[told])],
        )
        assert verdict.replace(",", "").split()[0] == found


@pytest.mark.parametrize("case", [c for c in JUDGED if c.reads_as], ids=lambda case: case.name)
def test_accepted_values(built: Built, case: Case) -> None:
    [values] = built.stepwise.rows(
        f"select {', '.join(case.reads_as)} from staging.judged_{case.entity} "
        "where load_id = 1 and record_number = ?",
        [record_number(case.name)],
    )
    assert dict(zip(case.reads_as, values, strict=True)) == case.reads_as


def test_every_reason_code_of_the_contract_has_a_case() -> None:
    told = {case.reason for case in JUDGED if case.reason}
    contract = {
        "missing_key", "bad_type", "out_of_scale", "not_on_step", "unknown_scale",
        "missing_weight", "future_time", "ancient_time", "negative_duration", "orphan",
        "unknown_enum", "response_before_invitation", "negative_amount", "too_long",
    }  # fmt: skip
    assert told == contract


@pytest.mark.parametrize("versions", VERSIONS, ids=lambda versions: versions.name)
def test_version_that_holds(built: Built, versions: Versions) -> None:
    found = built.stepwise.rows(
        "select load_id, verdict from staging.judged_customers "
        "where trim(customer_id) = ? order by row_key",
        [versions.name],
    )
    assert found == [(load, verdict) for load, _, verdict in versions.readings]
    current = built.stepwise.rows(
        "select city from staging.accepted_customers where customer_id = ?", [versions.name]
    )
    assert current == ([] if versions.city is None else [(versions.city,)])


def test_versions_of_the_decisions(built: Built) -> None:
    """The whole table is one customer of VERSIONS, whom the build above has judged."""
    rows = built.stepwise.rows(
        "select load_id, strftime(updated_at, '%H:%M'), "
        "case when is_deleted then 'deleted' else city end, verdict "
        "from staging.judged_customers where trim(customer_id) = ? order by row_key",
        ["the example of the decisions"],
    )
    told = [
        (int(load.removeprefix("load ")), at, content, verdict.replace(";", "").split()[0])
        for load, at, content, verdict in example("Which version of a row holds")
    ]
    assert rows == told


JUDGED_ANEW = ("survey_responses", "feedback_actions")


def test_account_of_a_load_is_fixed(built: Built) -> None:
    """But for answers whose question changed, and what was done about these."""
    before = {(source, entity): counts for source, entity, *counts in built.first_account}
    after = {(source, entity): counts for source, entity, *counts in built.stepwise.rows(ACCOUNT)}
    assert before.keys() == after.keys()
    assert {key for key in before if before[key] != after[key]} == {
        ("files", entity) for entity in JUDGED_ANEW
    }


# the rows of the example in docs/DECISIONS.md, and what they are in `company`
JUDGED_AGAIN = {
    "4, the question is not known": ("survey_responses", "s1"),
    "4, the question is not known and will hold from June on": ("survey_responses", "s5"),
    "9 on `nps`": ("survey_responses", "s2"),
    "9 on `csat`": ("survey_responses", "s3"),
    "9 on `nps`, read again as 3 in load 2": ("survey_responses", "s4"),
    "call to a person whose answer had no scale": ("feedback_actions", "s1"),
    "call to a person whose answer was on `nps`": ("feedback_actions", "s2"),
}


def test_answers_judged_again_of_the_decisions(built: Built) -> None:
    for row, _, verdict in example("A question that becomes known, or changes"):
        entity, response = JUDGED_AGAIN[row]
        rows = built.stepwise.rows(
            f"select coalesce(reason_code, verdict) from staging.judged_{entity} "
            "where response_id = ? and load_id = 1",
            [response],
        )
        assert rows == [(verdict,)], row


@pytest.mark.parametrize(
    ("entity", "key", "value", "load", "verdict", "reason"),
    [
        # its order came with the second load, too late for the verdict
        ("order_items", "order_id", "too late", 1, "quarantined", "orphan"),
        # its order came with the first load
        ("order_items", "order_id", "o1", 2, "accepted", None),
        ("survey_responses", "response_id", "r3", 1, "accepted", None),
        ("survey_responses", "response_id", "r4", 1, "accepted", None),
    ],
)
def test_other_loads(
    built: Built, entity: str, key: str, value: str, load: int, verdict: str, reason: str | None
) -> None:
    for dbt in (built.stepwise, built.at_once):
        rows = dbt.rows(
            f"select verdict, reason_code from staging.judged_{entity} "
            f"where {key} = ? and load_id = ?",
            [value, load],
        )
        assert rows == [(verdict, reason)]


def test_quarantine_keeps_the_row_and_says_where_it_was_read(built: Built) -> None:
    [(row_id, file, reason, row_json, loaded_at)] = built.stepwise.rows(
        "select row_id, file, reason, row_json, loaded_at from quarantine.rejected_rows "
        "where entity = 'orders' and load_id = 1 and record_number = ?",
        [record_number("amount with a comma")],
    )
    kept: dict[str, Any] = json.loads(row_json)
    assert (row_id, reason) == ("amount with a comma", "amount is no decimal")
    assert kept["amount"] == "12,50"
    assert isinstance(loaded_at, datetime)
    assert file == "orders.csv"


def test_record_is_to_be_mended_as_it_was_read_last(built: Built) -> None:
    """A file that has grown is read whole, and a connected system tells its newest records again:
    their bad rows come back with every load, until they are mended."""
    told = example("A bad row that is sent again")
    for dbt in (built.stepwise, built.at_once):
        found = dbt.rows(
            """
            select
                judged.customer_id, judged.load_id, judged.city, judged.verdict,
                case when not rejected.is_repeated then 'yes' else 'no' end
            from staging.judged_customers as judged
            left join quarantine.rejected_rows as rejected
                on rejected.entity = 'customers' and judged.load_id = rejected.load_id
                and judged.record_number = rejected.record_number
            where list_contains(?, judged.customer_id)
            """,
            [[name for name, *_ in told]],
        )
        assert sorted([list(map(str, row)) for row in found]) == sorted(told)


def test_line_that_could_not_be_read_is_counted(built: Built) -> None:
    lines = built.stepwise.rows(
        "select entity, record_number, reason from quarantine.rejected_rows "
        "where reason_code = 'malformed_line'"
    )
    assert lines == [("orders", 13, "the quote is never closed")]
    [(read, total)] = built.stepwise.rows(
        "select read, accepted + superseded + withdrawn + quarantined "
        "from marts.rpt_source_health where entity = 'orders' and load_id = 1"
    )
    [(judged,)] = built.stepwise.rows(
        "select count(*) from staging.judged_orders where load_id = 1"
    )
    assert read == total == judged + 1


def test_published_quarantine_names_no_person(built: Built) -> None:
    """The key of an identity link is an e-mail address, so it must not become a row_id."""
    row_ids = built.stepwise.rows(
        "select row_id from quarantine.rejected_rows where entity = 'identity_links'"
    )
    assert row_ids
    assert not [row_id for (row_id,) in row_ids if "@" in row_id]
