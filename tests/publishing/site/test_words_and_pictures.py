"""Numbers, dates and small pictures as a reader gets them; colours that can be told apart."""

from datetime import date

import pytest

from publishing.site import pictures, tokens
from publishing.site.facts import end_of
from publishing.site.pictures import Point
from publishing.words import MINUS, Words


@pytest.fixture(scope="module")
def words() -> Words:
    return Words("en")


@pytest.mark.parametrize(
    ("value", "places", "text"),
    [(0, 0, "0"), (-0.04, 1, "0.0"), (-0.06, 1, f"{MINUS}0.1"), (1234.5, 1, "1,234.5")],
)
def test_number(words: Words, value: float, places: int, text: str) -> None:
    assert words.number(value, places) == text


def test_signed_marks_only_what_is_left_after_rounding(words: Words) -> None:
    assert words.signed(0.04) == "0.0"
    assert words.signed(0.06) == "+0.1"
    assert words.signed(-6) == f"{MINUS}6.0"


def test_amounts_of_shares_are_per_cent(words: Words) -> None:
    assert words.amount(0.8244, "rate") == "82.4%"
    assert words.amount(31.2, "nps") == "31"
    assert words.interval(0.811, 0.837, "rate") == "81.1 to 83.7"
    assert words.change(-0.045, "rate") == f"{MINUS}4.5"


@pytest.mark.parametrize(
    ("seconds", "text"), [(90, "90 seconds"), (600, "10 minutes"), (3 * 86400, "3 days")]
)
def test_durations_are_told_in_their_unit(words: Words, seconds: float, text: str) -> None:
    assert words.duration(seconds) == text


@pytest.mark.parametrize(
    ("start", "grain", "end"),
    [
        (date(2026, 12, 1), "month", date(2027, 1, 1)),
        (date(2026, 10, 1), "quarter", date(2027, 1, 1)),
        (date(2026, 1, 1), "year", date(2027, 1, 1)),
        (date(2026, 2, 23), "week", date(2026, 3, 2)),
    ],
)
def test_periods_end_where_the_next_begins(start: date, grain: str, end: date) -> None:
    assert end_of(start, grain) == end


def test_unknown_message_is_an_error(words: Words) -> None:
    with pytest.raises(KeyError):
        words.t("no.such.message")


def test_range_bar_stays_in_its_box() -> None:
    drawn = str(pictures.range_bar(Point(2.0, 1.5, 9.0), domain=(0, 1), target=-3))
    assert 'cx="100.00%"' in drawn
    assert 'x1="0.00%"' in drawn


def test_spark_breaks_at_a_gap_and_dashes_what_is_provisional() -> None:
    points = [Point(v, v - 1, v + 1) if v else Point(None, None, None) for v in (3, 4, 0, 5, 6)]
    drawn = str(pictures.spark(points, is_provisional=True))
    assert drawn.count("sp-band") == 2
    assert drawn.count("dashed") == 1
    assert "hollow" in drawn
    assert str(pictures.spark([Point(1, 0, 2)])) == ""


def _luminance(colour: str) -> float:
    def linear(part: float) -> float:
        return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4

    red, green, blue = (linear(int(colour[i : i + 2], 16) / 255) for i in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, other: str) -> float:
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", [0, 1])
@pytest.mark.parametrize(
    ("text", "ground"),
    [
        ("ink", "surface"),
        ("ink-2", "surface"),
        ("ink-3", "surface"),
        ("ink-3", "bg"),
        ("link", "bg"),
        ("worse", "worse-soft"),
        ("better", "better-soft"),
        ("warn", "warn-soft"),
    ],
)
def test_text_can_be_read_on_its_ground(text: str, ground: str, theme: int) -> None:
    assert _contrast(tokens.COLOURS[text][theme], tokens.COLOURS[ground][theme]) >= 4.5


@pytest.mark.parametrize("theme", [0, 1])
@pytest.mark.parametrize("mark", ["data", "muted", "worse", "better", "rule-strong"])
def test_marks_can_be_seen(mark: str, theme: int) -> None:
    assert _contrast(tokens.COLOURS[mark][theme], tokens.COLOURS["surface"][theme]) >= 3
