"""Where settings come from, and what is said about those that cannot be used."""

import stat
from pathlib import Path
from zoneinfo import available_timezones

import duckdb
import pytest
from babel import Locale

from dagster_project.settings import (
    WEEK_STARTS,
    SettingsError,
    begin_config,
    hash_key,
    load_settings,
    remember_inputs,
    unknown_variables,
)
from ingestion.pipelines import ensure_raw
from publishing.dashboards import LANGUAGES


@pytest.fixture(autouse=True)
def _no_settings_around_us(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "TIMEZONE",
        "BRAND",
        "CURRENCY",
        "AS_OF",
        "MIN_CELL",
        "LOCALE",
        "WEEK_START",
        "HASH_KEY",
    ):
        monkeypatch.delenv(f"CX_{name}", raising=False)


def test_environment_wins_over_file_over_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "cx.toml").write_text('[settings]\ncurrency = "CHF"\nmin_cell = 9\n')
    monkeypatch.setenv("CX_CURRENCY", "SEK")
    settings = load_settings(tmp_path)
    assert (settings.currency, settings.min_cell, settings.timezone) == ("SEK", 9, "UTC")


def test_home_comes_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CX_HOME", str(tmp_path / "here"))
    assert load_settings().home == tmp_path / "here"
    assert load_settings(tmp_path / "there").home == tmp_path / "there"


@pytest.mark.parametrize(
    ("name", "value", "cure"),
    [
        ("CX_TIMEZONE", "Mars/Base", "IANA time zone"),
        ("CX_TIMEZONE", "../../etc/passwd", "IANA time zone"),
        ("CX_TIMEZONE", "right/UTC", "IANA time zone"),
        ("CX_CURRENCY", "euro", "ISO 4217"),
        ("CX_AS_OF", "yesterday", "2025-06-30"),
        ("CX_CALENDAR", "sat to wed", "sat_to_wed"),
        ("CX_WEEK_START", "0", "6 for Saturday"),
        ("CX_AS_OF", "0001-01-01", "between 1990 and 2200"),
        ("CX_AS_OF", "0001-01-01T00:00+14:00", "between 1990 and 2200"),
        ("CX_AS_OF", "9999-12-31T23:59-10:00", "between 1990 and 2200"),
        ("CX_HASH_KEY", "short", "16 characters"),
        ("CX_MIN_CELL", "0", "at least 1"),
        ("CX_MIN_CELL", "five", "at least 1"),
        ("CX_QUARANTINE_SHARE", "5", "between 0 and 1"),
        ("CX_QUARANTINE_SHARE", "nan", "between 0 and 1"),
        ("CX_QUARANTINE_ROWS", "-1", "at least 0"),
        ("CX_LOCALE", "de", "en, fa, ar"),
    ],
)
def test_unusable_value_names_setting_origin_and_cure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str, cure: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as caught:
        load_settings(tmp_path)
    message = str(caught.value)
    assert name in message
    assert name == "CX_HASH_KEY" or "environment" in message
    assert cure in message
    assert "\n" not in message


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("timezone = 'UTC'\n", "unknown part 'timezone'"),
        ("[settings]\ntime_zone = 'UTC'\n", "unknown setting [settings] time_zone"),
        ("[settings]\nhash_key = 'x'\n", "CX_HASH_KEY"),
        ("[settings\n", "not valid TOML"),
        ("[sources]\ninputs = 'one'\n", "list of folder names"),
        ("[settings]\nmin_cell = 0\n", "CX_MIN_CELL"),
    ],
)
def test_unusable_file_is_named(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "cx.toml").write_text(text)
    with pytest.raises(SettingsError) as caught:
        load_settings(tmp_path)
    assert said in str(caught.value)
    assert "cx.toml" in str(caught.value)


@pytest.mark.parametrize(
    ("given", "understood"),
    [
        ("2025-06-30", "2025-06-30 00:00:00"),
        ("2025-06-30T12:00:00+02:00", "2025-06-30 10:00:00"),
        ("2025-06-30T12:00:00Z", "2025-06-30 12:00:00"),
    ],
)
def test_as_of_is_understood_in_utc(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: str, understood: str
) -> None:
    monkeypatch.setenv("CX_AS_OF", given)
    assert load_settings(tmp_path).as_of == understood


def test_hash_key_is_made_once_and_private(tmp_path: Path) -> None:
    settings = load_settings(tmp_path / "home")
    first = hash_key(settings)
    assert len(first) == 64
    assert hash_key(settings) == first
    assert stat.S_IMODE((settings.home / "hash.key").stat().st_mode) == 0o600
    assert [path.name for path in settings.home.iterdir()] == ["hash.key"]


def test_hash_key_of_the_environment_leaves_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CX_HASH_KEY", "a secret of the tests")
    settings = load_settings(tmp_path)
    assert hash_key(settings) == "a secret of the tests"
    assert not (tmp_path / "hash.key").exists()
    monkeypatch.setenv("CX_HASH_KEY", "short")
    with pytest.raises(SettingsError, match="CX_HASH_KEY"):
        hash_key(settings)


def test_damaged_hash_key_is_not_replaced(tmp_path: Path) -> None:
    """A new key would give every customer a new key; only a person may decide that."""
    (tmp_path / "hash.key").write_text("")
    with pytest.raises(SettingsError, match="backup"):
        hash_key(load_settings(tmp_path))


def test_lost_hash_key_is_not_replaced_either(tmp_path: Path) -> None:
    settings = load_settings(tmp_path)
    ensure_raw(settings.raw, hash_key=hash_key(settings))
    (tmp_path / "hash.key").unlink()
    with pytest.raises(SettingsError) as caught:
        hash_key(settings)
    for word in (str(tmp_path / "hash.key"), "backup", "CX_HASH_KEY", "CX_HOME"):
        assert word in str(caught.value)
    assert not (tmp_path / "hash.key").exists()


def test_hash_key_is_made_beside_a_raw_database_that_has_none(tmp_path: Path) -> None:
    settings = load_settings(tmp_path)
    duckdb.connect(str(settings.raw)).close()
    assert len(hash_key(settings)) == 64


def test_zones_that_people_live_in_are_known_to_both_libraries(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for zone in ("Europe/Berlin", "Asia/Tehran", "America/Argentina/Buenos_Aires", "Etc/GMT+12"):
        assert zone in available_timezones()
        monkeypatch.setenv("CX_TIMEZONE", zone)
        assert load_settings(tmp_path).timezone == zone


def test_variables_that_are_no_setting_are_told_with_the_nearest_one() -> None:
    known = {"CX_HOME", "CX_AS_OF", "CX_HASH_KEY", "CX_RAW", "CX_WAREHOUSE", "CX_DATASETS"}
    found = unknown_variables({*known, "CX_REFERENCE_CASES", "CX_TIMEZON", "CX_Q", "PATH"})
    said = "in the environment is no setting and changes nothing"
    assert found == [f"CX_Q {said}", f"CX_TIMEZON {said} (did you mean `CX_TIMEZONE`?)"]


@pytest.mark.parametrize(
    "before",
    [
        "",
        "# mine\n[settings]\nbrand = 'Acme'\n",
        "[sources]\ninputs = []\n# after\n\n[settings]\nmin_cell = 7\n",
        "[sources]\n# none yet\n[settings]\nmin_cell = 7\n",
        "[sources]\ninputs = [\n]  # none\n",
    ],
)
def test_inputs_are_remembered_beside_what_the_user_wrote(tmp_path: Path, before: str) -> None:
    (tmp_path / "cx.toml").write_text(before)
    own = load_settings(tmp_path)
    folders = [tmp_path / "exports", tmp_path / 'qu"ote']
    remember_inputs(own, folders)
    after = load_settings(tmp_path)
    assert after.inputs == tuple(folders)
    assert after.shaping() == own.shaping()
    assert all(line in (tmp_path / "cx.toml").read_text() for line in before.splitlines()[:1])
    assert remember_inputs(after, [folders[0]]) == tuple(folders)


def test_inputs_that_cannot_be_extended_are_left_to_the_user(tmp_path: Path) -> None:
    text = '[sources]\ninputs = [\n  # Ann\'s folder\n  "/a",\n]\n'
    (tmp_path / "cx.toml").write_text(text)
    settings = load_settings(tmp_path)
    with pytest.raises(SettingsError, match=str(tmp_path)):
        remember_inputs(settings, [tmp_path])
    assert (tmp_path / "cx.toml").read_text() == text


def test_config_is_begun_once_and_then_left_to_its_owner(tmp_path: Path) -> None:
    begin_config(load_settings(tmp_path / "home"), brand='Sim"orgh')
    settings = load_settings(tmp_path / "home")
    assert settings.brand == 'Sim"orgh'
    remember_inputs(settings, [tmp_path])
    begin_config(settings, brand="Other")
    after = load_settings(tmp_path / "home")
    assert (after.brand, after.inputs) == ('Sim"orgh', (tmp_path,))


@pytest.mark.parametrize(("locale", "territory"), [("fa", "IR"), ("ar", "EG")])
def test_week_begins_on_the_day_of_the_locale(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, locale: str, territory: str
) -> None:
    monkeypatch.setenv("CX_LOCALE", locale)
    assert load_settings(tmp_path).week_start == Locale(locale, territory).first_week_day + 1
    monkeypatch.setenv("CX_WEEK_START", "7")
    assert load_settings(tmp_path).week_start == 7


def test_every_language_of_the_dashboards_can_be_set() -> None:
    assert tuple(WEEK_STARTS) == LANGUAGES
