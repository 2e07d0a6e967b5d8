"""The `sfo_survey` source: San Francisco airport's yearly passenger survey, one wide CSV a year.

Its columns drift from year to year, so a row is kept whole: a JSON object from header to text.
Which column holds which question, a seed says per year; a year without questions is refused.
"""

import csv
import re
from pathlib import Path

from ingestion.contract import SEEDS_FOLDER
from ingestion.errors import Refused
from ingestion.formats.csv_files import read_header
from ingestion.formats.projection import matched
from ingestion.model import Found, InputFile, Table
from ingestion.sources.folder import files_below, leads_out, packing_of, split_format

SOURCE = "sfo_survey"
SCHEMA = "raw_sfo_survey"
RESPONDENT = "respnum"
EXPECTED = "sfo_survey: yearly files `2010.csv`, `2011.csv`, ... with a column RESPNUM"
QUESTIONS = SEEDS_FOLDER / "sfo_survey_questions.csv"
_YEAR = re.compile(r"(?:19|20)[0-9]{2}")


def tables() -> dict[str, Table]:
    """One table of answers for all years."""
    answers = Table(SCHEMA, "answers", ("year", "row_json"), frozenset({RESPONDENT}), is_wide=True)
    return {answers.name: answers}


def matches(folder: Path) -> bool:
    """True when a yearly file has the respondent's number in its header."""
    for file in find(folder).files:
        if leads_out(file.path, file.folder):
            continue
        try:
            header = read_header(file)
        except Refused:
            continue
        if RESPONDENT in {matched(name) for name in header.names}:
            return True
    return False


def find(folder: Path) -> Found:
    """The yearly files; others become warnings."""
    answers = tables()["answers"]
    years = _years_with_questions()
    files: list[InputFile] = []
    warnings: list[str] = []
    for path in files_below(folder, notes=warnings):
        if path.parts[0].lower() == "reference" or path.suffix.lower() in (".md", ".txt"):
            continue
        year, suffix = split_format(path.name)
        is_csv = suffix in (".csv", ".csv.gz")
        if _YEAR.fullmatch(year) and suffix and is_csv and len(path.parts) == 1:
            files.append(
                InputFile(
                    answers,
                    folder,
                    str(path),
                    "csv",
                    packing_of(suffix),
                    constants={"year": year},
                    refusal=None if year in years else _unknown_year(year, known=years),
                )
            )
        else:
            warnings.append(f"{path} was not read: its name is not a year followed by .csv")
    return Found(SOURCE, tuple(files), tuple(warnings))


def _years_with_questions() -> list[str]:
    with QUESTIONS.open(encoding="utf-8", newline="") as seed:
        return sorted({row["survey_year"] for row in csv.DictReader(seed)})


def _unknown_year(year: str, *, known: list[str]) -> str:
    return (
        f"which column holds which question in {year} is not known, only of {', '.join(known)}; "
        f"add the questions of {year} to seeds/{QUESTIONS.name}, or take the file away"
    )
