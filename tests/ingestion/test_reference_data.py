"""Reference data: the tables mirror the inputs of the call, and are empty where the seed holds."""

import pytest

from tests.ingestion.raw_home import Home

TARGETS = "select metric, target from reference.targets order by metric"


def test_a_file_overrides_and_its_absence_gives_the_seed_back(home: Home) -> None:
    home.write("customers.csv", "customer_id\n1\n")
    file = home.write("reference/targets.csv", "Metric,target\nnps, 40 \ncsat,0.8\n")
    assert home.ingest().has_changes
    assert home.rows(TARGETS) == [("csat", "0.8"), ("nps", "40")]
    assert not home.ingest().has_changes

    home.write("reference/targets.csv", "metric,target\nnps,50\n")
    assert home.ingest().has_changes
    assert home.rows(TARGETS) == [("nps", "50")]

    file.rename(home.inputs.parent / "targets.csv")
    assert home.ingest().has_changes
    assert home.rows(TARGETS) == []
    assert not home.ingest().has_changes
    assert home.rows("select message from ops.files order by file_id desc limit 1") == [
        ("removed",)
    ]

    home.write("reference/targets.csv", "metric,target\nnps,50\n")
    assert home.ingest().has_changes
    assert home.rows(TARGETS) == [("nps", "50")]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"target\n40\n", "required column `metric`"),
        (b"metric,target\nnps,40\ncsat\n", "line 3: 1 value where the header has 2 columns"),
        (b"metric,target\nnps,40\nz\xe9,1\n", "line 3: the line is not UTF-8"),
        (b'metric,target\nnps,"40\n', "line"),
        (b"", "empty (0 bytes)"),
    ],
)
def test_a_broken_file_is_refused_and_the_earlier_one_stays(
    home: Home, content: bytes, words: str
) -> None:
    home.write("reference/targets.csv", "metric,target\nnps,40\n")
    home.ingest()
    home.write("reference/targets.csv", content)
    (refusal,) = home.ingest().refused
    assert (refusal.entity, refusal.file) == ("reference.targets", "reference/targets.csv")
    assert words in refusal.message
    assert home.rows(TARGETS) == [("nps", "40")]


def test_two_folders_must_not_both_give_a_table(home: Home) -> None:
    home.write("reference/targets.csv", "metric,target\nnps,40\n")
    other = home.inputs.parent / "other"
    (other / "reference").mkdir(parents=True)
    (other / "reference" / "targets.csv").write_text("metric,target\nnps,50\n")
    (refusal,) = home.ingest(home.inputs, other).refused
    assert "two inputs folders" in refusal.message
