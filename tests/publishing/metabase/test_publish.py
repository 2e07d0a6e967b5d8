"""Bringing a Metabase in step: what is made, what is left, and nothing written twice."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from publishing.metabase.plan import Options, Server, make_plan
from publishing.metabase.rendering import Connection
from publishing.metabase.state import State, bi_objects
from tests.publishing.metabase.boards import (
    CATALOGUE,
    SUMMARY,
    TABLES,
    wanted,
    with_question,
    without,
)
from tests.publishing.metabase.conftest import Publisher
from tests.publishing.metabase.local_server import Metabase, served

Writes = Callable[[], list[tuple[str, str]]]


def test_a_dry_run_tells_everything_and_sends_gets_alone(
    publisher: Publisher, metabase: Metabase
) -> None:
    told = publisher(dry_run=True).lines()
    assert len([line for line in told if line.startswith("create ")]) == 14
    assert {method for method, _, _ in metabase.log} == {"GET"}
    assert not publisher.state.exists()


def test_the_first_time_makes_all_and_the_second_writes_nothing(
    publisher: Publisher, metabase: Metabase, writes: Writes
) -> None:
    first = publisher()
    assert first.outcome is not None
    assert first.outcome.left == {} and first.outcome.is_synced
    assert len(first.outcome.created) == 14 and writes()
    second = publisher()
    assert second.lines() == []
    assert writes() == []
    # and before it was applied, the plan said the same
    assert publisher(dry_run=True).lines() == []
    assert metabase.settings["enable-embedding-static"] is True


def test_a_dashboard_stands_as_it_was_described(publisher: Publisher, metabase: Metabase) -> None:
    publisher()
    board = metabase.one("dashboards", "Executive summary")
    tabs = {tab["id"]: tab["name"] for tab in board["tabs"]}
    assert list(tabs.values()) == ["Now", "Why"]
    nps = metabase.one("cards", "NPS")
    tiles = {t["visualization_settings"]["cx.key"]: t for t in board["dashcards"]}
    assert tiles["nps"]["card_id"] == nps["id"]
    assert tabs[tiles["nps"]["dashboard_tab_id"]] == "Now"
    assert tabs[tiles["channels"]["dashboard_tab_id"]] == "Why"
    assert tiles["question"]["visualization_settings"]["text"] == SUMMARY.question
    assert all(t["col"] + t["size_x"] <= 24 for t in board["dashcards"])
    assert [p["slug"] for p in board["parameters"]] == ["period", "channel"]
    assert [m["target"] for m in tiles["nps"]["parameter_mappings"]] == [
        ["dimension", ["template-tag", "period"]]
    ]
    assert board["enable_embedding"] and set(board["embedding_params"]) == {"period", "channel"}
    # the filter stands on the column that the sync has found
    tag = nps["dataset_query"]["native"]["template-tags"]["period"]
    columns = {
        f["id"]: f["name"] for t in metabase._tables(nps["database_id"]) for f in t["fields"]
    }
    assert columns[tag["dimension"][1]] == "period_start"


def test_viewers_may_look_and_no_more(publisher: Publisher, metabase: Metabase) -> None:
    publisher()
    (group,) = [str(n) for n, name in metabase.groups.items() if name.endswith("viewers")]
    database = metabase.one("databases", "Customer experience (cx)")["id"]
    assert metabase.data_graph["groups"][group][str(database)] == {
        "view-data": "unrestricted",
        "create-queries": "no",
    }
    ours = {str(n) for n in metabase.collections}
    assert metabase.collection_graph["groups"][group] == dict.fromkeys(ours, "read")
    # nobody else's rights are touched
    assert set(metabase.collection_graph["groups"]["1"].values()) <= {"none"}


def test_mails_go_to_the_recipients(publisher: Publisher, metabase: Metabase) -> None:
    publisher()
    (pulse,) = metabase.pulses.values()
    (channel,) = pulse["channels"]
    assert [r["email"] for r in channel["recipients"]] == ["board@example.com", "ceo@example.com"]
    assert (channel["schedule_type"], channel["schedule_day"]) == ("weekly", "mon")
    assert len(pulse["cards"]) == 4
    (alert,) = metabase.notifications.values()
    assert alert["payload"]["card_id"] == metabase.one("cards", "What got worse")["id"]
    assert alert["payload"]["send_condition"] == "has_result"


@pytest.mark.parametrize(
    ("version", "tags"), [("v0.58.2", "legacy"), ("v1.60.0", "map"), ("v0.65.1", "list")]
)
def test_both_forms_of_a_query_are_read(
    version: str, tags: str, tmp_path: Any, metabase: Metabase
) -> None:
    metabase = Metabase(version=version, tags=tags, tables=TABLES, prefix="/bi/metabase")
    for url in served(metabase):
        publish = Publisher(url, tmp_path / "metabase.json")
        publish()
        before = len(metabase.writes())
        assert publish().lines() == []
        assert len(metabase.writes()) == before
    assert metabase.violations == []
    # the legacy form is what all of them were sent
    sent = [body for method, path, body in metabase.log if (method, path) == ("POST", "/api/card")]
    assert {body["dataset_query"]["type"] for body in sent} == {"native"}


def test_a_change_is_made_in_place(
    publisher: Publisher, metabase: Metabase, writes: Writes
) -> None:
    publisher()
    before = metabase.one("cards", "NPS")["id"]
    board = metabase.one("dashboards", "Executive summary")
    tiles = {t["visualization_settings"]["cx.key"]: t["id"] for t in board["dashcards"]}
    writes()
    changed = with_question(SUMMARY, "nps", title="NPS now", width=8)
    told = publisher(*wanted(changed, CATALOGUE)).lines()
    assert [line.split()[:3] for line in told] == [
        ["change", "card", "summary/nps:"],
        ["change", "dashboard", "summary:"],
    ]
    assert writes() == [("PUT", f"/api/card/{before}"), ("PUT", f"/api/dashboard/{board['id']}")]
    assert metabase.one("cards", "NPS now")["id"] == before
    after = {t["visualization_settings"]["cx.key"]: t["id"] for t in board["dashcards"]}
    assert after == tiles
    assert publisher(*wanted(changed, CATALOGUE)).lines() == []


def test_a_hand_edit_is_told_and_left_and_forced_back(
    publisher: Publisher, metabase: Metabase, writes: Writes
) -> None:
    publisher()
    card = metabase.one("cards", "NPS")
    card["name"] = "Our NPS!"
    metabase.touch(card)
    board = metabase.one("dashboards", "Executive summary")
    (tile,) = [t for t in board["dashcards"] if t["card_id"] == card["id"]]
    tile["size_y"] = 9
    metabase.touch(board)
    writes()
    for _ in range(2):  # it is told each time, not only once
        told = publisher().lines()
        assert [line.split()[:3] for line in told] == [
            ["edited", "card", "summary/nps:"],
            ["edited", "dashboard", "summary:"],
        ]
        assert "(name)" in told[0] and "(tile.nps)" in told[1]
    assert writes() == []
    publisher(force=True)
    assert metabase.one("cards", "NPS")["id"] == card["id"]
    assert {t["size_y"] for t in board["dashcards"] if t["card_id"] == card["id"]} == {4}
    assert publisher().lines() == []


def test_an_edit_survives_a_change_of_something_else(
    publisher: Publisher, metabase: Metabase
) -> None:
    """What is remembered of an edited field is what we sent, however often the rest changes."""
    publisher()
    card = metabase.one("cards", "NPS")
    card["description"] = "Ask Mina."
    card["visualization_settings"]["scalar.color"] = "pink"
    metabase.touch(card)
    for title in ("NPS so far", "NPS now"):
        told = publisher(*wanted(with_question(SUMMARY, "nps", title=title), CATALOGUE)).lines()
        assert any(line.startswith("edited") and "(description)" in line for line in told)
        assert metabase.cards[card["id"]]["name"] == title
    assert card["description"] == "Ask Mina."
    assert card["visualization_settings"]["scalar.color"] == "pink"


def test_cards_that_people_added_stay(publisher: Publisher, metabase: Metabase) -> None:
    publisher()
    board = metabase.one("dashboards", "Executive summary")
    theirs = metabase.add_card_to(board)
    board["tabs"].append({"id": 9001, "dashboard_id": board["id"], "name": "Mina's"})
    on_own_tab = metabase.add_card_to(board, "On a tab of her own")
    on_own_tab["dashboard_tab_id"] = 9001
    assert publisher().lines() == []
    less = without(SUMMARY, "channels", "worse")
    publisher(*wanted(replace(less, sections=SUMMARY.sections[:1]), CATALOGUE))
    kept = {t["id"]: t for t in board["dashcards"]}
    assert kept[theirs["id"]]["card_id"] == theirs["card_id"]
    assert kept[on_own_tab["id"]]["dashboard_tab_id"] == 9001
    assert [tab["name"] for tab in board["tabs"]] == ["Now", "Mina's"]
    assert "channels" not in {t["visualization_settings"].get("cx.key") for t in kept.values()}


def test_a_persons_card_in_the_way_moves_below(publisher: Publisher, metabase: Metabase) -> None:
    publisher(*wanted(without(SUMMARY, "trend"), CATALOGUE))
    board = metabase.one("dashboards", "Executive summary")
    theirs = metabase.add_card_to(board)
    theirs |= {"row": 1, "col": 12}
    publisher()
    (moved,) = [t for t in board["dashcards"] if t["id"] == theirs["id"]]
    ours = [t for t in board["dashcards"] if t["dashboard_tab_id"] == moved["dashboard_tab_id"]]
    assert moved["row"] >= max(t["row"] + t["size_y"] for t in ours if t is not moved)


def test_a_tile_that_a_person_removed_stays_away(
    publisher: Publisher, metabase: Metabase, writes: Writes
) -> None:
    publisher()
    board = metabase.one("dashboards", "Executive summary")
    board["dashcards"] = [
        t for t in board["dashcards"] if t["visualization_settings"].get("cx.key") != "nps"
    ]
    metabase.touch(board)
    writes()
    assert "(tile.nps)" in "".join(publisher().lines())
    assert writes() == []
    publisher(force=True)
    assert "nps" in {t["visualization_settings"].get("cx.key") for t in board["dashcards"]}


def test_without_the_state_all_is_found_by_id_and_mark(
    publisher: Publisher, metabase: Metabase, writes: Writes
) -> None:
    """Cards by entity_id, the rest by its mark; what bears none is taken over if one says so."""
    publisher()
    publisher.state.unlink()
    metabase.one("dashboards", "Executive summary")["name"] = "For the board"
    writes()
    lost = publisher()
    assert lost.outcome is not None
    # a person's edit is told, even if it cannot be known to be one
    assert any(line.startswith("edited") and "dashboard summary" in line for line in lost.lines())
    assert sorted(lost.outcome.left) == [
        "access viewers",
        "alert summary/worse",
        "group viewers",
        "subscription summary",
    ]
    assert writes() == []
    adopted = publisher(adopt=True)
    assert adopted.outcome is not None and adopted.outcome.left == {}
    assert writes() == []
    assert (len(metabase.cards), len(metabase.pulses), len(metabase.notifications)) == (5, 1, 1)


def test_what_was_made_by_hand_is_taken_over_only_when_asked(
    publisher: Publisher, metabase: Metabase
) -> None:
    publisher(*wanted(SUMMARY))
    hand_made = metabase._card(
        {
            "name": "All metrics",
            "display": "bar",
            "dataset_query": {"type": "query", "database": 1, "query": {"source-table": 5}},
            "visualization_settings": {},
            "collection_id": metabase.one("collections", "Questions")["id"],
        }
    )
    only_card = [w for w in wanted() if w.kind != "dashboard"]
    plan = publisher(*only_card, dry_run=True).lines()
    assert any(line.startswith("create  card catalogue/all") for line in plan)
    publisher(adopt=True)
    assert metabase.one("cards", "All metrics")["id"] == hand_made["id"]
    assert hand_made["display"] == "table" and "[cx:" in hand_made["description"]
    assert publisher().lines() == []


def test_a_namesake_blocks_what_must_not_be_there_twice(
    publisher: Publisher, metabase: Metabase
) -> None:
    metabase.groups[77] = "Customer experience viewers"
    first = publisher()
    assert first.outcome is not None
    assert "--adopt" in first.outcome.left["group viewers"]
    assert "needs group:viewers" in first.outcome.left["access viewers"]
    assert "access viewers" not in first.outcome.created
    assert publisher(adopt=True).outcome.left == {}  # type: ignore[union-attr]
    assert list(metabase.groups.values()).count("Customer experience viewers") == 1


def test_only_prune_archives_and_only_ours(
    publisher: Publisher, metabase: Metabase, writes: Writes
) -> None:
    publisher()
    less = wanted(without(SUMMARY, "worse"), CATALOGUE)
    card = metabase.one("cards", "What got worse")
    told = publisher(*less).lines()
    assert any("unwanted card summary/worse" in line and "--prune" in line for line in told)
    assert not card["archived"]
    writes()
    pruned = publisher(*less, prune=True)
    assert pruned.outcome is not None
    assert pruned.outcome.archived == ["alert summary/worse", "card summary/worse"]
    assert card["archived"] and not next(iter(metabase.notifications.values()))["active"]
    assert publisher(*less, prune=True).lines() == []


def test_what_we_archived_comes_back_when_it_is_wanted_again(
    publisher: Publisher, metabase: Metabase
) -> None:
    """It is no person's edit: nobody but us has put it aside."""
    publisher()
    card = metabase.one("cards", "What got worse")
    publisher(*wanted(without(SUMMARY, "worse"), CATALOGUE), prune=True)
    assert card["archived"]
    publisher()
    assert not card["archived"] and next(iter(metabase.notifications.values()))["active"]
    assert publisher().lines() == []
    assert len(metabase.cards) == 5


def test_a_deleted_question_comes_back_on_its_dashboard(
    publisher: Publisher, metabase: Metabase
) -> None:
    publisher()
    number = metabase.one("cards", "All metrics")["id"]
    del metabase.cards[number]
    board = metabase.one("dashboards", "Metric catalogue")
    board["dashcards"] = [tile for tile in board["dashcards"] if tile["card_id"] != number]
    publisher()
    made = metabase.one("cards", "All metrics")["id"]
    board = metabase.one("dashboards", "Metric catalogue")
    assert made in [tile["card_id"] for tile in board["dashcards"]]
    assert publisher().lines() == []


def test_embedding_that_is_no_longer_wanted_is_told_once(publisher: Publisher) -> None:
    publisher()
    no_longer = wanted(is_embedded=False)
    assert any("enable-embedding-static" in line for line in publisher(*no_longer).lines())
    assert publisher(*no_longer).lines() == []


def test_what_lost_its_mark_is_not_archived(publisher: Publisher, metabase: Metabase) -> None:
    publisher()
    board = metabase.one("dashboards", "Metric catalogue")
    board["description"] = "Mina's now."
    told = publisher(*wanted(SUMMARY), prune=True).lines()
    assert any(
        "dashboard catalogue" in line and "no longer bears our mark" in line for line in told
    )
    assert not board["archived"]


def test_more_than_a_third_is_never_archived(publisher: Publisher, writes: Writes) -> None:
    publisher()
    writes()
    kept = [
        w for w in wanted() if w.kind in ("database", "group", "collection", "access", "setting")
    ]
    told = publisher(*kept, prune=True).lines()
    assert all("more than a third" in line for line in told)
    assert len(told) == 9 and writes() == []


def test_what_changed_after_the_plan_is_left(
    publisher: Publisher, metabase: Metabase, writes: Writes
) -> None:
    """There is no ETag: each object is read once more just before it is written."""
    publisher()
    card = metabase.one("cards", "NPS")
    changed = wanted(with_question(SUMMARY, "nps", title="NPS now"), CATALOGUE)
    writes()

    def a_person_is_quicker(name: str) -> None:
        if name == "card summary/nps":
            card["name"] = "Our NPS!"
            metabase.touch(card)

    met = publisher(*changed, on_step=a_person_is_quicker)
    assert met.outcome is not None
    assert "changed it after the plan" in met.outcome.left["card summary/nps"]
    assert card["name"] == "Our NPS!" and writes() == []


def test_a_card_added_after_the_plan_is_kept(publisher: Publisher, metabase: Metabase) -> None:
    publisher()
    board = metabase.one("dashboards", "Executive summary")
    changed = wanted(with_question(SUMMARY, "nps", width=8), CATALOGUE)
    met = publisher(*changed, on_step=lambda _: metabase.add_card_to(board) and None)
    assert met.outcome is not None and met.outcome.left == {}
    assert "A person's own" in {
        metabase.cards[t["card_id"]]["name"] for t in board["dashcards"] if t["card_id"]
    }


def test_a_secret_is_sent_when_it_changes_and_told_nowhere(
    publisher: Publisher, metabase: Metabase, writes: Writes
) -> None:
    def postgres(password: str, digest: str) -> list[Any]:
        details = {"host": "db", "port": 5432, "dbname": "cx", "user": "bi"}
        return wanted(connection=Connection("postgres", details, {"password": password}, digest))

    publisher(*postgres("first-secret", "a1"))
    (number,) = metabase.databases
    assert metabase.secrets[number] == {"password": "first-secret"}
    writes()
    # masked in every answer, and so never compared
    assert publisher(*postgres("first-secret", "a1")).lines() == []
    assert writes() == []
    told = publisher(*postgres("second-secret", "b2")).lines()
    assert told == ["change  database warehouse: 'Customer experience (cx)' (secrets)"]
    assert metabase.secrets[number] == {"password": "second-secret"}
    assert "secret" not in publisher.state.read_text().replace('"secrets"', "")


def test_a_new_snapshot_makes_metabase_open_the_new_file(
    publisher: Publisher, writes: Writes
) -> None:
    def at(run: str) -> list[Any]:
        details = {"database_file": "/data/serving.duckdb", "init_sql": f"select 'snapshot {run}'"}
        return wanted(connection=Connection("duckdb", details))

    publisher(*at("1"))
    writes()
    assert publisher(*at("2")).lines() == [
        "change  database warehouse: 'Customer experience (cx)' (details.init_sql)"
    ]
    assert len(writes()) == 1


def test_records_of_one_server_are_not_anothers(publisher: Publisher) -> None:
    publisher()
    other = Metabase(tables=TABLES)
    for url in served(other):
        made = Publisher(url, publisher.state)()
        assert made.outcome is not None and len(made.outcome.created) == 14
    assert publisher().lines() == []
    rows = bi_objects(publisher.state).to_pylist()
    assert len(rows) == 2 * 15 and len({row["server"] for row in rows}) == 2
    assert {row["status"] for row in rows} == {"applied"}
    assert "example.com" not in str(rows)


def test_another_title_renames_in_place(
    publisher: Publisher, metabase: Metabase, writes: Writes
) -> None:
    publisher()
    top = metabase.one("collections", "Customer experience")["id"]
    metabase.groups = {n: name.replace("viewers", "lookers") for n, name in metabase.groups.items()}
    renamed = wanted(title="Voice of the customer")
    publisher(*renamed, title="Voice of the customer")
    assert metabase.one("collections", "Voice of the customer")["id"] == top
    assert "[cx:voice-of-the-customer:" in metabase.one("cards", "NPS")["description"]
    # a group is known by the name that people gave it
    assert "Customer experience lookers" in metabase.groups.values()
    assert len(metabase.groups) == 3
    writes()
    assert publisher(*renamed, title="Voice of the customer").lines() == []
    assert writes() == []


def test_a_plan_asks_in_proportion(publisher: Publisher, metabase: Metabase) -> None:
    """One GET per object and a few per server: no search of the whole server once all is known."""
    publisher()
    metabase.log.clear()
    with publisher.client() as client:
        client.sign_in()
        server = Server(client, "customer-experience")
        make_plan(server, wanted(), State(publisher.state, client.url), Options())
    asked = [path for _, path, _ in metabase.log]
    assert "/api/card" not in asked and len(asked) <= 15 + 5
