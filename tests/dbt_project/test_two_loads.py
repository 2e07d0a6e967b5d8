"""A second load changes the past, and a build from nothing gives the same."""

from tests.dbt_project.building import KEYS, Built, Dbt
from tests.decisions import example


def tables(dbt: Dbt, schema: str) -> list[str]:
    found = dbt.rows(
        "select table_name from information_schema.tables "
        "where table_schema = ? and table_type = 'BASE TABLE' order by 1",
        [schema],
    )
    return [name for (name,) in found]


def test_stepwise_and_at_once_give_the_same_marts(built: Built) -> None:
    names = tables(built.at_once, "marts")
    assert "fct_touchpoints" in names
    assert tables(built.stepwise, "marts") == names
    different = [
        name
        for name in names
        if built.stepwise.rows(f"select * from marts.{name} order by all")
        != built.at_once.rows(f"select * from marts.{name} order by all")
    ]
    assert different == []


def test_stepwise_and_at_once_give_the_same_verdicts(built: Built) -> None:
    tables_judged = [name for name in tables(built.at_once, "staging") if name[:7] == "judged_"]
    # what no entity holds has no verdict
    names = [name for name in tables_judged if name != "judged_set_aside"]
    assert len(names) == 23
    verdicts = (
        "select row_key, verdict, reason_code, is_latest, is_current from staging.{} order by 1"
    )
    different = [
        name
        for name in names
        if built.stepwise.rows(verdicts.format(name)) != built.at_once.rows(verdicts.format(name))
    ]
    assert different == []


def test_data_tests_pass(built: Built) -> None:
    built.stepwise.must("test", "--exclude-resource-type", "unit_test")


def test_records_of_one_person_become_one_person(built: Built) -> None:
    """Ana's e-mail in three spellings, Ben's phone in two, one of them in Persian digits."""
    keys = built.first_keys
    assert keys["crm:files:ana"] == keys["email:ana@x.example"]
    assert keys["crm:files:ben"] == keys["phone:+989120000000"]
    buyers = dict(built.stepwise.rows("select order_id, customer_key from marts.fct_orders"))
    assert buyers["o1"] == keys["crm:files:ana"]
    assert buyers["o2"] == keys["crm:files:ben"]


# the rows of the example in docs/DECISIONS.md, and who they are in `company`
IDENTIFIERS_OF_THE_DECISIONS = {
    "CRM C1 `ann@x.org`; CRM C2 `Ann@X.org `": ["crm:files:C1", "crm:files:C2"],
    "browser b7 anonymous in February; b7 with C1 in June": ["anonymous:files:b7", "crm:files:C1"],
    "C3 and C4, e-mails differ, phone `+98 912 000 0001` both": ["crm:files:C3", "crm:files:C4"],
    "ten people with ten e-mails on one office phone": [f"crm:files:T{n}" for n in range(10)],
    "a response without any identifier": [],
}


def test_people_of_the_decisions(built: Built) -> None:
    keys = dict(built.stepwise.rows(KEYS))
    for rows, people in example("Who is one person"):
        found = {keys[name] for name in IDENTIFIERS_OF_THE_DECISIONS[rows]}
        assert people.startswith(str(len(found) or "none")), rows
    nobody = built.stepwise.rows(
        "select customer_key from marts.fct_survey_responses where response_id = 'r4'"
    )
    assert nobody == [(None,)]
    [(visits_in_february,)] = built.stepwise.rows(
        "select count(*) from marts.fct_web_sessions "
        "where customer_key = ? and started_at < '2024-03-01'",
        [keys["crm:files:C1"]],
    )
    assert visits_in_february == 1, "February is Ann's too"


ABOUT = (
    "select coalesce(contacts.source_system, 'none') from marts.fct_survey_responses as answers "
    "left join marts.fct_touchpoints as contacts using (touchpoint_id) where answers.response_id = "
)
ORDERED_IN = (
    "select coalesce(orders.source_system, lines.reason_code, 'none') "
    "from staging.judged_order_items as lines "
    "left join marts.fct_order_items using (source_system, order_id) "
    "left join marts.fct_orders as orders using (order_key) "
    "where lines.source_system = 'erp' and lines.order_id = "
)
SAME_PERSON = (
    "select coalesce(min(crm.source_system), 'none') from intermediate.int_identity_nodes as named "
    "inner join intermediate.int_customer_keys as own using (node) "
    "left join marts.customer_identifiers as crm on own.customer_key = crm.customer_key "
    "and crm.source_system = 'files' where named.id_text = "
)
OWNED_BY = (
    "select staff.source_system from marts.dim_accounts as accounts "
    "left join marts.dim_employees as staff on accounts.owner_employee_key = staff.employee_key "
    "where accounts.account_id = "
)
# the rows of the example in docs/DECISIONS.md, and how to ask `company` which row each names
ROWS_THAT_NAME = {
    "answer of `forms` about ticket t7": f"{ABOUT}'r7'",
    "answer of `chat` about ticket t8": f"{ABOUT}'r8'",
    "answer of `forms` about ticket t8": f"{ABOUT}'r9'",
    "line of `erp` in order o7": f"{ORDERED_IN}'o7'",
    "line of `erp` in order o8": f"{ORDERED_IN}'o8'",
    "line of `erp` in order o9": f"{ORDERED_IN}'o9'",
    "account of `crm`, owned by employee e1": f"{OWNED_BY}'a1'",
    "answer of `forms` by customer ana, no more said": f"{SAME_PERSON}'crm:forms:ana'",
    "order of `shop` by customer ben, with an e-mail": f"{SAME_PERSON}'crm:shop:ben'",
}


def test_rows_named_of_the_decisions(built: Built) -> None:
    for row, _, named in example("Which row an id names"):
        assert built.stepwise.rows(ROWS_THAT_NAME[row]) == [(named.split()[0].strip("`"),)], row


def test_deed_of_another_system_closes_the_case(built: Built) -> None:
    rows = built.stepwise.rows(
        "select contacted_at::varchar from marts.fct_feedback_cases where response_id = 'r7'"
    )
    assert rows == [("2024-03-02 11:00:00",)]


def test_invitation_of_another_system_is_not_answered_before_it_was_sent(built: Built) -> None:
    rows = built.stepwise.rows(
        "select reason_code from staging.judged_survey_responses where response_id = 'r10'"
    )
    assert rows == [("response_before_invitation",)]


def test_visitor_is_stitched_backwards(built: Built) -> None:
    """The first two visits were nobody's known; a login in the second load makes them Ana's."""
    ana = built.first_keys["crm:files:ana"]
    assert built.first_keys["anonymous:files:browser"] != ana
    visits = built.stepwise.rows(
        "select cast(started_at as date)::varchar from marts.fct_web_sessions "
        "where customer_key = ? order by 1",
        [ana],
    )
    assert visits == [("2024-02-10",), ("2024-02-11",), ("2024-06-05",)]
    contacts = built.stepwise.rows(
        "select count(*) from marts.fct_touchpoints "
        "where customer_key = ? and source_entity = 'web_sessions'",
        [ana],
    )
    assert contacts == [(3,)]


def test_key_stays_when_older_data_arrives(built: Built) -> None:
    keys = dict(built.stepwise.rows(KEYS))
    assert keys["crm:files:ana_1999"] == built.first_keys["crm:files:ana"]
    assert keys["crm:files:ana"] == built.first_keys["crm:files:ana"]


def test_key_that_went_in_a_merge_still_resolves(built: Built) -> None:
    """Ben and Benjamin had published keys before a link said that they are one."""
    keys = dict(built.stepwise.rows(KEYS))
    one = {keys["crm:files:ben"], keys["crm:files:benjamin"]}
    before = {built.first_keys["crm:files:ben"], built.first_keys["crm:files:benjamin"]}
    assert len(before) == 2
    assert len(one) == 1
    assert one < before
    history = dict(
        built.stepwise.rows("select old_customer_key, customer_key from marts.customer_key_history")
    )
    assert history[(before - one).pop()] == one.pop()


def test_withdrawn_contacts_leave_the_marts(built: Built) -> None:
    """A call and an order were withdrawn, a ticket became spam, a visitor's only event went."""
    contacts = {
        (entity, source_id)
        for entity, source_id in built.stepwise.rows(
            "select source_entity, source_id from marts.fct_touchpoints"
        )
    }
    assert ("interactions", "i1") in contacts
    assert ("interactions", "i3") in contacts
    assert ("tickets", "t1") in contacts
    assert ("deliveries", "o1") in contacts
    assert ("interactions", "i2") not in contacts
    assert ("orders", "o3") not in contacts
    assert ("tickets", "t2") not in contacts
    sessions = dict(
        built.stepwise.rows(
            "select cast(started_at as date)::varchar, events from marts.fct_web_sessions"
        )
    )
    assert sessions["2024-02-12"] == 1
    assert "2024-02-13" not in sessions


def test_changed_order_is_changed(built: Built) -> None:
    rows = built.stepwise.rows("select amount, status from marts.fct_orders where order_id = 'o1'")
    assert [(float(amount), status) for amount, status in rows] == [(12.0, "delivered")]


def test_answer_about_an_order_belongs_to_the_buyer(built: Built) -> None:
    rows = built.stepwise.rows(
        "select customer_key, scope, touchpoint, category, is_counted "
        "from marts.fct_survey_responses where response_id = 'r1'"
    )
    ana = built.first_keys["crm:files:ana"]
    assert rows == [(ana, "transactional", "delivery", "promoter", True)]


def test_changed_rating_keeps_the_first(built: Built) -> None:
    rows = built.stepwise.rows(
        "select score, first_score, is_good_to_bad, is_bad_to_good "
        "from marts.fct_survey_responses where response_id = 'r6'"
    )
    assert rows == [(1.0, 5.0, True, False)]


def test_test_person_is_kept_and_not_counted(built: Built) -> None:
    rows = built.stepwise.rows(
        "select answers.is_counted, people.is_test from marts.fct_survey_responses as answers "
        "inner join marts.dim_customers as people on answers.customer_key = people.customer_key "
        "where answers.response_id = 'r2'"
    )
    assert rows == [(False, True)]


def test_pages_are_published_without_their_query(built: Built) -> None:
    pages = built.stepwise.rows(
        "select landing_page from marts.fct_web_sessions where landing_page is not null"
    )
    assert pages == [("/a",)]


def test_emails_do_not_stand_in_the_marts(built: Built) -> None:
    hits = []
    for name in tables(built.stepwise, "marts"):
        for row in built.stepwise.rows(f"select * from marts.{name}"):
            hits += [
                name for value in row if isinstance(value, str) and "x.example" in value.lower()
            ]
    assert hits == []
