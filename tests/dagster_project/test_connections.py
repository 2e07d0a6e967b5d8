"""What `[sources.<name>]` of cx.toml and the secrets file may hold, and what is said else."""

from __future__ import annotations

from pathlib import Path

import pytest

from dagster_project.connections import connections
from dagster_project.settings import SettingsError, load_settings

SECRET = "SOURCES__TYPEFORM__TOKEN"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('url = "http://[::1"', "no address"),
        ('url = "https://a b"', "no address"),
        ('url = "http://typeform.example.com"', "https://"),
        ('schedule = "* * * * * *"', "five parts"),
        ('schedule = "0 0 31 2 *"', "five parts"),
        ('schedule = "hourly"', "five parts"),
        ('start = "0001-01-01"', "from 1990"),
        ('start = "2999-01-01"', "to today"),
        ('start = "soon"', "give a date"),
        ('workspce = "w"', "workspace"),
    ],
)
def test_account_that_is_badly_described_is_told(tmp_path: Path, line: str, said: str) -> None:
    (tmp_path / "cx.toml").write_text(f"[sources.typeform]\n{line}\n", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"sources\.typeform") as caught:
        connections(load_settings(tmp_path))
    assert said in str(caught.value)


@pytest.mark.parametrize("secret", ["one\ntwo", "to\x00ken", "\u06f1\u06f2\u06f3"])
def test_secret_that_no_header_can_bear_is_told_and_not_shown(tmp_path: Path, secret: str) -> None:
    folder = tmp_path / ".dlt"
    folder.mkdir()
    secrets = folder / "secrets.toml"
    escaped = secret.encode("unicode_escape").decode().replace("\\x", "\\u00")
    secrets.write_text(f'[sources.typeform]\ntoken = "{escaped}"\n', encoding="utf-8")
    secrets.chmod(0o600)
    (tmp_path / "cx.toml").write_text("[sources.typeform]\n", encoding="utf-8")
    with pytest.raises(SettingsError, match="token of typeform") as caught:
        connections(load_settings(tmp_path))
    assert secret not in str(caught.value)


def test_blanks_around_a_secret_are_none_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SECRET, " a-token\r\n")
    (tmp_path / "cx.toml").write_text("[sources.typeform]\n", encoding="utf-8")
    [account] = connections(load_settings(tmp_path))
    assert account.secrets == {"token": "a-token"}


@pytest.mark.parametrize(
    "content",
    [b'sources = "x"\n', b'[sources]\ntypeform = "x"\n', 'token = "x"\n'.encode("utf-16")],
    ids=["no table", "no account", "no UTF-8"],
)
def test_secrets_file_of_another_form_is_told(tmp_path: Path, content: bytes) -> None:
    secrets = tmp_path / ".dlt" / "secrets.toml"
    secrets.parent.mkdir()
    secrets.write_bytes(content)
    secrets.chmod(0o600)
    (tmp_path / "cx.toml").write_text("[sources.typeform]\n", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"secrets\.toml"):
        connections(load_settings(tmp_path))
