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
from typing import TYPE_CHECKING

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from publishing.dashboards import Text

if TYPE_CHECKING:
    from publishing.site.facts import MetricRow

MESSAGES = Path(__file__).parent / "messages"
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
MINUS = "\N{MINUS SIGN}"
# Two numbers nearer than this are the same after any rounding that the site does.
_NOTHING = 0.5e-9


class Words:
    """The language of one site.

    Raises:
        FileNotFoundError: there is no catalogue for the language.
    """

    def __init__(self, language: str) -> None:
        self.language = language
        self.direction = "rtl" if language in ("fa", "ar") else "ltr"
        self._messages = _messages(language)

    def t(self, key: str, **fields: object) -> str:
        """A message with its fields filled in.

        Raises:
            KeyError: the catalogue has no such message.
        """
        text = self._messages.gettext(key)
        return text.format(**fields) if fields else text

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
        return words[:1].upper() + words[1:]

    # ---- numbers ----------------------------------------------------------------------------

    def number(self, value: float, places: int = 0) -> str:
        rounded = round(abs(value) + _NOTHING, places)
        sign = MINUS if value < 0 and rounded > 0 else ""
        return f"{sign}{rounded:,.{places}f}"

    def signed(self, value: float, places: int = 1) -> str:
        text = self.number(value, places)
        return f"+{text}" if value > 0 and round(value + _NOTHING, places) > 0 else text

    def amount(self, value: float, unit: str, places: int | None = None) -> str:
        """A metric's value: shares as per cent, scores as they are."""
        if unit == "rate":
            return f"{self.number(value * 100, 1 if places is None else places)}%"
        return self.number(value, (0 if unit == "nps" else 2) if places is None else places)

    def change(self, value: float, unit: str) -> str:
        """A change in points: of per cent for shares, of the score otherwise."""
        if unit == "rate":
            return self.signed(value * 100, 1)
        return self.signed(value, 1 if unit == "nps" else 2)

    def interval(self, low: float, high: float, unit: str) -> str:
        places = 1 if unit in ("rate", "nps") else 2
        scale = 100 if unit == "rate" else 1
        return self.t(
            "interval",
            low=self.number(low * scale, places),
            high=self.number(high * scale, places),
        )

    def interval_of(self, row: MetricRow) -> str:
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
                return self.t(unit, x=self.number(seconds / size))
        return self.t("seconds", x=self.number(seconds))

    # ---- dates ------------------------------------------------------------------------------

    def day(self, moment: date) -> str:
        return f"{moment.day} {_MONTHS[moment.month - 1]} {moment.year}"

    def moment(self, moment: datetime) -> str:
        return f"{self.day(moment)}, {moment:%H:%M} UTC"

    def period(self, start: date, grain: str) -> str:
        """The name of a period that starts at `start`."""
        if grain == "all":
            return self.t("period.all")
        if grain == "year":
            return str(start.year)
        if grain == "quarter":
            return self.t("period.quarter", q=(start.month - 1) // 3 + 1, y=start.year)
        if grain == "month":
            return f"{_MONTHS[start.month - 1]} {start.year}"
        return self.day(start)

    def span(self, start: date, end: date) -> str:
        """A period by its first and last day; `end` is the first day after it."""
        return f"{self.day(start)} \N{EN DASH} {self.day(end - timedelta(days=1))}"


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
