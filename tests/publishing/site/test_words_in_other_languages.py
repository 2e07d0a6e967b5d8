"""Digits, signs, plural forms and calendars as readers of Persian and Arabic write them."""

# ruff: noqa: RUF001 - digits of other scripts look like Latin letters, and are what is tested

# ruff: noqa: RUF001 - digits of other scripts look like Latin letters, and are what is tested

from datetime import date, datetime

import pytest

from publishing.site.facts import end_of
from publishing.words import MINUS, Words
from publishing.words.calendars import Day, hijri, jalali
from tests.decisions import example

NBSP = "\N{NO-BREAK SPACE}"
LRM, ALM = "\N{LEFT-TO-RIGHT MARK}", "\N{ARABIC LETTER MARK}"
FSI, RLI, PDI = "\u2068", "\u2067", "\u2069"


@pytest.fixture(scope="module")
def fa() -> Words:
    return Words("fa")


@pytest.fixture(scope="module")
def ar() -> Words:
    return Words("ar")


def _spaced(text: str) -> str:
    return text.replace(NBSP, " ")


# ---- numbers ------------------------------------------------------------------------------------


def test_persian_numbers(fa: Words) -> None:
    assert fa.number(1234567.89, 1) == "۱٬۲۳۴٬۵۶۷٫۹"
    assert fa.number(-4.5, 1) == f"{LRM}{MINUS}۴٫۵"
    assert fa.signed(4.5) == f"{LRM}+۴٫۵"
    assert fa.signed(0.04) == "۰٫۰"
    assert fa.amount(0.8244, "rate") == "۸۲٫۴٪"
    assert fa.interval(-0.02, 0.031, "rate") == f"{LRM}{MINUS}۲٫۰ تا ۳٫۱"
    assert fa.short(24_100) == "۲۴٫۱ هزار"


def test_arabic_numbers(ar: Words) -> None:
    assert ar.number(1234567.89, 1) == "١٬٢٣٤٬٥٦٧٫٩"
    assert ar.number(-4.5, 1) == f"{ALM}{MINUS}٤٫٥"
    assert ar.signed(4.5) == f"{ALM}+٤٫٥"
    assert ar.amount(0.8244, "rate") == f"٨٢٫٤٪{ALM}"
    assert ar.interval(0.811, 0.837, "rate") == "٨١٫١ إلى ٨٣٫٧"
    assert ar.short(2_000_000) == "٢٫٠ مليون"


@pytest.mark.parametrize("language", ["fa", "ar"])
def test_whole_numbers_in_messages_are_in_the_language_s_digits(language: str) -> None:
    told = Words(language).t("headline.count", better=0, worse=12, same=3)
    assert not any(digit in told for digit in "0123456789")


def test_change_without_its_sign(fa: Words) -> None:
    assert fa.change(-0.06, "rate") == f"{LRM}{MINUS}۶٫۰"
    assert fa.change(-0.06, "rate", is_signed=False) == "۶٫۰"


# ---- plural forms -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("days", "text"),
    [
        (1, "يوم واحد"),
        (2, "يومان"),
        (3, "٣ أيام"),
        (10, "١٠ أيام"),
        (11, "١١ يوما"),
        (99, "٩٩ يوما"),
        (100, "١٠٠ يوم"),
        (103, "١٠٣ أيام"),
    ],
)
def test_arabic_has_six_forms(ar: Words, days: int, text: str) -> None:
    assert ar.counted("days", days) == text


def test_persian_counts_in_the_singular(fa: Words) -> None:
    assert fa.counted("days", 1) == "۱ روز"
    assert fa.duration(3 * 86_400) == "۳ روز"
    assert fa.counted("quality.failed", 1) == "یک بررسی در آخرین اجرا رد شد."
    assert fa.counted("quality.failed", 7) == "۷ بررسی در آخرین اجرا رد شد."


# ---- calendars ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "own"),
    [
        # Nowruz of five years, among them the leap years 1399 and 1403
        (date(2020, 3, 20), Day(1399, "فروردین", 1)),
        (date(2021, 3, 20), Day(1399, "اسفند", 30)),
        (date(2021, 3, 21), Day(1400, "فروردین", 1)),
        (date(2024, 3, 20), Day(1403, "فروردین", 1)),
        (date(2025, 3, 20), Day(1403, "اسفند", 30)),
        (date(2025, 3, 21), Day(1404, "فروردین", 1)),
        (date(2026, 3, 21), Day(1405, "فروردین", 1)),
        # the first days of months of 31 and of 30 days
        (date(2025, 9, 23), Day(1404, "مهر", 1)),
        (date(2026, 10, 1), Day(1405, "مهر", 9)),
    ],
)
def test_jalali_days(day: date, own: Day) -> None:
    assert jalali(day) == own


@pytest.mark.parametrize(
    ("day", "own"),
    [
        # new years and the first days of Ramadan as the Umm al-Qura calendar printed them
        (date(2023, 7, 19), Day(1445, "محرم", 1)),
        (date(2024, 3, 11), Day(1445, "رمضان", 1)),
        (date(2024, 7, 7), Day(1446, "محرم", 1)),
        (date(2025, 3, 1), Day(1446, "رمضان", 1)),
        (date(2025, 6, 26), Day(1447, "محرم", 1)),
    ],
)
def test_hijri_days(day: date, own: Day) -> None:
    assert hijri(day) == own


def test_periods_stay_gregorian_with_their_days_beside(fa: Words, ar: Words) -> None:
    start, end = date(2026, 5, 1), date(2026, 6, 1)
    assert fa.period(start, "month") == "مهٔ ۲۰۲۶"
    assert ar.period(start, "month") == "مايو ٢٠٢٦"
    assert fa.period(date(2026, 4, 1), "quarter") == "سه‌ماههٔ دوم ۲۰۲۶"
    assert ar.period(date(2026, 4, 1), "quarter") == "الربع الثاني ٢٠٢٦"
    assert fa.period(start, "year") == "۲۰۲۶"
    assert _spaced(fa.period_and_days(start, end, "month")) == (
        "مهٔ ۲۰۲۶ (۱۱ اردیبهشت تا ۱۰ خرداد ۱۴۰۵)"
    )
    assert _spaced(ar.period_and_days(start, end, "month")) == (
        "مايو ٢٠٢٦ (١٤ ذو القعدة إلى ١٤ ذو الحجة ١٤٤٧ هـ)"
    )
    assert Words("en").period_and_days(start, end, "month") == "May 2026"


@pytest.mark.parametrize(("period", "persian", "arabic"), example("Months in Persian and Arabic"))
def test_days_beside_are_those_of_the_page(
    fa: Words, ar: Words, period: str, persian: str, arabic: str
) -> None:
    start = datetime.strptime(period, "%B %Y").date()  # noqa: DTZ007 - a day, not a moment
    for words, days in ((fa, persian), (ar, arabic)):
        told = words.period_and_days(start, end_of(start, "month"), "month")
        assert _spaced(told) == f"{words.period(start, 'month')} ({days})"


def test_days_beside_name_a_month_or_a_year_once(fa: Words) -> None:
    within = fa.period_and_days(date(2026, 4, 1), date(2026, 4, 8), "week")
    assert _spaced(within) == "۱ آوریل ۲۰۲۶ (۱۲ تا ۱۸ فروردین ۱۴۰۵)"
    over_nowruz = fa.period_and_days(date(2026, 3, 1), date(2026, 4, 1), "month")
    assert _spaced(over_nowruz) == "مارس ۲۰۲۶ (۱۰ اسفند ۱۴۰۴ تا ۱۱ فروردین ۱۴۰۵)"


def test_days_are_told_in_both_calendars_the_reader_s_usual_one_first(fa: Words, ar: Words) -> None:
    moment = datetime(2026, 5, 31, 6, 5)  # noqa: DTZ001 - as the database gives it
    assert _spaced(fa.moment(moment)) == "۱۰ خرداد ۱۴۰۵ (۳۱ مهٔ ۲۰۲۶)، ساعت ۰۶:۰۵ UTC"
    assert _spaced(ar.moment(moment)) == "٣١ مايو ٢٠٢٦ (١٤ ذو الحجة ١٤٤٧ هـ)، الساعة ٠٦:٠٥ UTC"
    assert Words("en").moment(moment) == "31 May 2026, 06:05 UTC"


# ---- names from data ----------------------------------------------------------------------------


def test_a_name_of_data_does_not_mix_with_words_that_run_the_other_way(fa: Words) -> None:
    assert fa.name_of("support_ticket") == "تیکت پشتیبانی"
    assert fa.name_of("gate_b (north)") == f"{FSI}Gate b (north){PDI}"
    assert Words("en").name_of("gate_b") == "Gate b"


def test_texts_in_charts_run_their_own_way(fa: Words) -> None:
    assert fa.in_chart("هدف ۴۰") == f"{RLI}هدف ۴۰{PDI}"
    assert Words("en").in_chart("Target 40") == "Target 40"


def test_languages_are_named_by_their_readers(fa: Words) -> None:
    assert fa.names == {"en": "English", "fa": "فارسی", "ar": "العربية"}
