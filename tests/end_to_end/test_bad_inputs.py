"""Bad files: each ends as the input contract says, with a message a person can act on, and what
was published before is still there.
"""

import shutil
from pathlib import Path

import pytest

from tests.end_to_end.tenant import Ended, Tenant, contents

DAYS = range(10, 28)
SOUND = {
    "customers.csv": ["customer_id,email,created_at"]
    + [f"c{day},person{day}@mail.example,2025-01-{day}" for day in DAYS],
    "orders.csv": ["order_id,ordered_at,customer_id,status,amount,promised_at,delivered_at"]
    + [f"o{day},2025-02-{day},c{day},delivered,9.90,2025-03-01,2025-02-{day}" for day in DAYS],
    "survey_responses.csv": ["response_id,survey_id,question_id,responded_at,score,customer_id"]
    + [f"r{day},spring,nps,2025-03-{day},{day % 11},c{day}" for day in DAYS],
    "reviews.csv": ["review_id,posted_at,rating,rating_max,customer_id"]
    + [f"v{day},2025-03-{day},4,5,c{day}" for day in DAYS],
    "tickets.csv": ["ticket_id,created_at,customer_id,status"]
    + [f"t{day},2025-03-{day},c{day},open" for day in DAYS],
    "interactions.csv": ["interaction_id,occurred_at,channel,touchpoint,customer_id"]
    + [f"i{day},2025-03-{day},phone,support_call,c{day}" for day in DAYS],
}
COUNTS = """
    select
        (select count(*) from marts.dim_customers) as people,
        (select count(*) from marts.fct_orders) as orders,
        (select count(*) from marts.fct_survey_responses) as answers,
        (select count(*) from marts.fct_reviews) as reviews,
        (select count(*) from marts.fct_tickets) as tickets
"""


def _write(folder: Path, files: dict[str, list[str]]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, lines in files.items():
        (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")


def _add(folder: Path, name: str, *lines: str) -> None:
    with (folder / name).open("a", encoding="utf-8") as file:
        file.writelines(f"{line}\n" for line in lines)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Tenant:
    """A small shop whose sound files are published; tests change copies of it."""
    folder = tmp_path_factory.mktemp("shop")
    tenant = Tenant(folder / "home", folder / "inputs")
    _write(tenant.inputs, SOUND)
    ended = tenant.refresh()
    assert ended.code == 0, ended.said
    assert tenant.one(COUNTS) == (18, 18, 18, 18, 18)
    return tenant


@pytest.fixture(scope="module")
def spoilt(shop: Tenant, tmp_path_factory: pytest.TempPathFactory) -> tuple[Tenant, Ended]:
    """The same shop after an export in which each file is bad in a way of its own."""
    tenant = shop.copied_to(tmp_path_factory.mktemp("spoilt"))
    folder = tenant.inputs
    _add(folder, "orders.csv", "o90,2025-03-01,c11,delivered", "o91,2025-03-02,c12,paid,5.00,,")
    _add(folder, "survey_responses.csv", "r90,spring,nps,2025-03-28,11,c11")
    (folder / "customers.csv").write_text("email,created_at\nperson10@mail.example,2025-01-10\n")
    (folder / "tickets.csv").write_bytes(b"")
    text = "review_id,posted_at,rating,rating_max,title\nv90,2025-03-28,4,5,schön\n"
    (folder / "reviews.csv").write_bytes(text.encode("utf-16"))
    _add(folder, "interactions.csv", "i90,2025-03-28,phone,support_call,c10")
    with (folder / "interactions.csv").open("ab") as file:
        file.write("i91,2025-03-28,phone,caf\xe9,c10\n".encode("latin-1"))
    return tenant, tenant.refresh()


def test_refused_files_end_with_4_and_the_rest_is_published(spoilt: tuple[Tenant, Ended]) -> None:
    tenant, ended = spoilt
    assert ended.code == 4, ended.said
    report = tenant.report()
    assert report["status"] == "published"
    refused = {(refusal["entity"], refusal["file"]) for refusal in report["refusals"]}
    assert refused == {
        ("customers", "customers.csv"),
        ("tickets", "tickets.csv"),
        ("reviews", "reviews.csv"),
    }


@pytest.mark.parametrize(
    ("entity", "words"),
    [
        ("customers", ["customers.csv", "line 1", "`customer_id`", "missing"]),
        ("tickets", ["tickets.csv", "empty", "export it again"]),
        ("reviews", ["reviews.csv", "line 1", "UTF-16", "UTF-8"]),
    ],
)
def test_a_refusal_names_file_line_and_cure(
    spoilt: tuple[Tenant, Ended], entity: str, words: list[str]
) -> None:
    _, ended = spoilt
    (line,) = [line for line in ended.err.splitlines() if f"(files.{entity})" in line]
    for word in words:
        assert word in line


def test_what_was_loaded_of_refused_files_stays(spoilt: tuple[Tenant, Ended]) -> None:
    tenant, _ = spoilt
    people, orders, answers, reviews, tickets = tenant.one(COUNTS)
    assert (people, reviews, tickets) == (18, 18, 18)
    assert (orders, answers) == (19, 18)


@pytest.mark.parametrize(
    ("entity", "reason", "row_id", "record"),
    [
        ("orders", "malformed_line", None, 20),
        ("survey_responses", "out_of_scale", "r90", 19),
        ("interactions", "malformed_line", None, 21),
    ],
)
def test_a_bad_row_is_quarantined_and_its_neighbours_are_kept(
    spoilt: tuple[Tenant, Ended], entity: str, reason: str, row_id: str | None, record: int
) -> None:
    tenant, _ = spoilt
    found = tenant.rows(f"""
        select reason_code, row_id, file, record_number
        from quarantine.rejected_rows where entity = '{entity}'
    """)
    ((found_reason, found_id, file, number),) = found
    assert (found_reason, file) == (reason, f"{entity}.csv")
    assert (number, row_id is None or row_id in found_id) == (record, True)


def test_a_score_of_11_counts_nowhere(shop: Tenant, spoilt: tuple[Tenant, Ended]) -> None:
    query = """
        select value, n from marts.rpt_metrics
        where metric = 'nps' and dimension = 'all' and period_grain = 'all'
    """
    assert spoilt[0].one(query) == shop.one(query)


def test_row_accounts_add_up_all_the_same(spoilt: tuple[Tenant, Ended]) -> None:
    accounts = spoilt[0].rows("""
        select entity, read, accepted + superseded + withdrawn + quarantined
        from marts.rpt_source_health
    """)
    assert len(accounts) == 6 + 3
    assert [entity for entity, read, parts in accounts if read != parts] == []


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("no/such/folder", ["no/such/folder", "does not exist", "--inputs"]),
        ("customers.csv", ["customers.csv", "is a file", "--inputs"]),
        ("strange", ["strange", "customers", "survey_responses", "olist", "sfo_survey"]),
    ],
)
def test_a_folder_that_cannot_be_read_ends_with_2(
    shop: Tenant, tmp_path: Path, name: str, words: list[str]
) -> None:
    (tmp_path / "customers.csv").write_text("customer_id\n1\n")
    (tmp_path / "strange").mkdir()
    (tmp_path / "strange" / "minutes.docx").write_text("no data")
    before = contents(shop.home)
    ended = shop.cx("refresh", "--inputs", tmp_path / name)
    assert ended.code == 2, ended.said
    for word in words:
        assert word.lower() in ended.err.lower()
    assert "Traceback" not in ended.err
    assert contents(shop.home) == before
    assert str(tmp_path) not in (shop.home / "cx.toml").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def blocked(shop: Tenant, tmp_path_factory: pytest.TempPathFactory) -> tuple[Tenant, Ended]:
    """The shop after an export in which most answers are off the scale."""
    tenant = shop.copied_to(tmp_path_factory.mktemp("blocked"))
    lines = [f"x{number},spring,nps,2025-03-29,99," for number in range(60)]
    _add(tenant.inputs, "survey_responses.csv", *lines)
    return tenant, tenant.refresh()


def test_too_many_bad_rows_end_with_1_and_change_nothing_published(
    shop: Tenant, blocked: tuple[Tenant, Ended]
) -> None:
    tenant, ended = blocked
    assert ended.code == 1, ended.said
    assert "survey_responses" in ended.err and "nothing was published" in ended.err
    assert "cx release --acknowledge" in ended.err
    assert tenant.report()["status"] == "blocked"
    assert contents(tenant.home) == contents(shop.home)
    assert (tenant.home / "site" / "index.html").is_file()


def test_a_block_is_not_forgotten(blocked: tuple[Tenant, Ended]) -> None:
    """The bad load is in raw: running again without mending anything must not let it through."""
    tenant, _ = blocked
    again = tenant.refresh()
    assert again.code == 1, again.said


def test_a_mended_file_is_published(
    shop: Tenant, blocked: tuple[Tenant, Ended], tmp_path: Path
) -> None:
    tenant = blocked[0].copied_to(tmp_path)
    shutil.copy(shop.inputs / "survey_responses.csv", tenant.inputs)
    _add(tenant.inputs, "survey_responses.csv", "r91,spring,nps,2025-03-29,9,c10")
    ended = tenant.refresh()
    assert ended.code == 0, ended.said
    assert tenant.one("select count(*) from marts.fct_survey_responses") == (19,)
