"""Words, numbers and dates as a reader of one language writes them.

Every template and chart gets one `Words`. Texts live in `messages/<language>.po`, those of a
dashboard in its description; a message may hold `{name}` fields. Asking for a message that is
not there is an error, not a blank.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path
from typing import Protocol

from babel import Locale
from babel.dates import format_date
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from publishing.dashboards import LANGUAGES, Text
from publishing.words.calendars import BESIDE

MESSAGES = Path(__file__).parent / "messages"
MINUS = "\N{MINUS SIGN}"
# language -> the numbering system of CLDR in which it is written here, and its digit nought
_NUMERALS = {"en": ("latn", "0"), "fa": ("arabext", "\u06f0"), "ar": ("arab", "\u0660")}
# Around a name of data in a text that runs the other way, and around a text in a chart, whose
# box always runs from left to right.
_ISOLATE, _FROM_RIGHT, _END = "\u2068", "\u2067", "\u2069"
# Two numbers nearer than this are the same after any rounding that the site does.
_NOTHING = 0.5e-9
# unit -> decimals of a value, and of a change or an interval's end
_PLACES = {"rate": (1, 1), "nps": (0, 1), "points": (0, 1), "per_thousand": (1, 1)}
_ON_SCALE = (2, 2)


class Measured(Protocol):
    """What has an interval, in the unit in which it is shown."""

    @property
    def ci_low(self) -> float | None: ...
    @property
    def ci_high(self) -> float | None: ...
    @property
    def unit_shown(self) -> str: ...


class Words:
    """The language of one site.

    Raises:
        FileNotFoundError: there is no catalogue for the language.
    """

    def __init__(self, language: str) -> None:
        self._messages = _messages(language)
        self.language = language
        self.direction = "rtl" if language in ("fa", "ar") else "ltr"
        self._locale = Locale.parse(language)
        self._beside = BESIDE.get(language)
        system, nought = _NUMERALS[language]
        symbols = self._locale.number_symbols[system]
        self.digits = tuple(chr(ord(nought) + digit) for digit in range(10))
        self.decimal, self.group = symbols["decimal"], symbols["group"]
        # With the marks that keep a sign before its number, whichever way the text around runs.
        self.minus = symbols["minusSign"].replace("-", MINUS)
        self.plus, self.percent = symbols["plusSign"], symbols["percentSign"]
        self._numerals = str.maketrans(
            {str(digit): text for digit, text in enumerate(self.digits)}
            | {".": self.decimal, ",": self.group}
        )
        self._digits = str.maketrans("0123456789", "".join(self.digits))

    @property
    def names(self) -> dict[str, str]:
        """Every language of the site by the name that its readers give it."""
        return {each: str(Locale.parse(each).get_display_name(each)) for each in LANGUAGES}

    def t(self, key: str, **fields: object) -> str:
        """A message with its fields filled in; a whole number in the language's digits.

        Raises:
            KeyError: the catalogue has no such message.
        """
        text = self._messages.gettext(key)
        told = {k: self.number(v) if isinstance(v, int) else v for k, v in fields.items()}
        return text.format(**told) if fields else text

    def counted(self, key: str, count: int) -> str:
        """A message about a number of things, in the form that the number asks for."""
        return self._messages.ngettext(key, key, count).format(n=self.number(count))

    def text(self, text: Text) -> str:
        """A described text in this language."""
        return text[self.language]

    def name_of(self, member: str | None) -> str:
        """A member of a dimension as a reader would write it: `support_ticket`, Support ticket."""
        if member is None or member == "":
            return self.t("unknown")
        known = self._messages.pgettext("member", member)
        if known != member:
            return known
        words = member.replace("_", " ").strip()
        return self.as_it_is(words[:1].upper() + words[1:])

    def as_it_is(self, text: str) -> str:
        """A text of data, kept from mixing with words that run the other way."""
        return f"{_ISOLATE}{text}{_END}" if self.direction == "rtl" and text else text

    def in_chart(self, text: str) -> str:
        """A text that runs its own way in a chart, whose box runs from left to right."""
        return f"{_FROM_RIGHT}{text}{_END}" if self.direction == "rtl" else text

    # ---- numbers ----------------------------------------------------------------------------

    def number(self, value: float, places: int = 0) -> str:
        rounded = round(abs(value) + _NOTHING, places)
        sign = self.minus if value < 0 and rounded > 0 else ""
        return sign + f"{rounded:,.{places}f}".translate(self._numerals)

    def signed(self, value: float, places: int = 1) -> str:
        text = self.number(value, places)
        return f"{self.plus}{text}" if value > 0 and round(value + _NOTHING, places) > 0 else text

    def amount(self, value: float, unit: str, places: int | None = None) -> str:
        """A value in its unit: shares as per cent, times as spans, scores as they are."""
        if unit == "seconds":
            return self.duration(value)
        if unit == "money":
            return self.number(value, 0 if abs(value) >= 100 else 2)
        places = _PLACES.get(unit, _ON_SCALE)[0] if places is None else places
        if unit == "rate":
            return f"{self.number(value * 100, places)}{self.percent}"
        return self.number(value, places)

    def change(self, value: float, unit: str, *, is_signed: bool = True) -> str:
        """A change in points: of per cent for shares, of the score otherwise."""
        points, places = value * 100 if unit == "rate" else value, _PLACES.get(unit, _ON_SCALE)[1]
        return self.signed(points, places) if is_signed else self.number(abs(points), places)

    def interval(self, low: float, high: float, unit: str) -> str:
        places = _PLACES.get(unit, _ON_SCALE)[1]
        scale = 100 if unit == "rate" else 1
        return self.t(
            "interval",
            low=self.number(low * scale, places),
            high=self.number(high * scale, places),
        )

    def interval_of(self, row: Measured) -> str:
        """The interval of a metric's row; empty when it has none."""
        if row.ci_low is None or row.ci_high is None:
            return ""
        return self.interval(row.ci_low, row.ci_high, row.unit_shown)

    def short(self, value: float) -> str:
        """A count in little room: 1.0M, 24.1k, 812."""
        if value >= 999_950:
            return self.t("million", x=self.number(value / 1e6, 1))
        if value >= 9_950:
            return self.t("thousand", x=self.number(value / 1e3, 1))
        return self.number(value)

    def duration(self, seconds: float) -> str:
        """A span of time in its largest fitting unit."""
        for unit, size in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
            if seconds >= 2 * size:
                return self.counted(unit, round(seconds / size))
        return self.counted("seconds", round(seconds))

    # ---- dates ------------------------------------------------------------------------------

    def day(self, moment: date) -> str:
        """A day, in both calendars where the reader lives by another than the Gregorian."""
        return self._both(self._gregorian("day", moment), self.beside(moment))

    def moment(self, moment: datetime) -> str:
        time = f"{moment:%H:%M}".translate(self._digits)
        return self.t("moment", day=self.day(moment), time=time)

    def period(self, start: date, grain: str) -> str:
        """The short name of a period that starts at `start`."""
        if grain == "all":
            return self.t("period.all")
        if grain in ("month", "quarter", "year"):
            return self._gregorian(grain, start)
        return self._gregorian("day", start)

    def period_and_days(self, start: date, end: date, grain: str) -> str:
        """A period by its name, with its days in the reader's own calendar."""
        name, days = self.period(start, grain), self._days_beside(start, end)
        return self.t("period.beside", period=name, beside=days) if days else name

    def span(self, start: date, end: date) -> str:
        """A period by its first and last day; `end` is the first day after it."""
        last = end - timedelta(days=1)
        days = self.t(
            "span", first=self._gregorian("day", start), last=self._gregorian("day", last)
        )
        return self._both(days, self._days_beside(start, end))

    def beside(self, day: date) -> str:
        """A day in the reader's own calendar; empty where that is the Gregorian."""
        if self._beside is None:
            return ""
        own = self._beside(day)
        return self.t("date.own", day=own.day, month=own.month, year=self._year(own.year))

    def _days_beside(self, start: date, end: date) -> str:
        if self._beside is None:
            return ""
        first, last = self._beside(start), self._beside(end - timedelta(days=1))
        if first.year != last.year:
            return self.t(
                "span", first=self.beside(start), last=self.beside(end - timedelta(days=1))
            )
        if first.month != last.month:
            begin = self.t("date.own.short", day=first.day, month=first.month)
        else:
            begin = self.number(first.day)
        return self.t("span", first=begin, last=self.beside(end - timedelta(days=1)))

    def _both(self, gregorian: str, beside: str) -> str:
        return self.t("date.beside", day=gregorian, beside=beside) if beside else gregorian

    def _gregorian(self, form: str, day: date) -> str:
        pattern = self.t(f"date.{form}")
        return str(format_date(day, pattern, locale=self._locale)).translate(self._digits)

    def _year(self, year: int) -> str:
        return str(year).translate(self._digits)


class _Missing(NullTranslations):
    """What is asked when a catalogue has no such message: an error, not a blank.

    Members of dimensions come from data, so for them (`pgettext`) having no message is usual.
    """

    def gettext(self, message: str) -> str:
        raise KeyError(f"no message {message!r} in {MESSAGES.name}/")

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        raise KeyError(f"no message {msgid1!r} ({msgid2!r} for {n}) in {MESSAGES.name}/")


@cache
def _messages(language: str) -> NullTranslations:
    path = MESSAGES / f"{language}.po"
    if not path.exists():
        known = ", ".join(sorted(p.stem for p in MESSAGES.glob("*.po")))
        raise FileNotFoundError(
            f"no message catalogue for {language!r} ({path}); there is: {known}"
        )
    compiled = BytesIO()
    with path.open("rb") as file:
        write_mo(compiled, read_po(file, locale=language))
    compiled.seek(0)
    messages = GNUTranslations(compiled)
    messages.add_fallback(_Missing())
    return messages
