"""Settings are read once, typed, and fail by the name of the variable."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest

from bot.settings import NAMES, SECRETS, SettingsError, from_environment
from store.model import Schedule

NOWHERE = Path("no-such.env")
ROOT = Path(__file__).parents[1]


def test_without_settings_the_language_is_korean_and_monday_nine_in_seoul() -> None:
    settings = from_environment({"LANG": "en_US.UTF-8"}, dotenv=NOWHERE)

    assert settings.language == "ko"
    assert settings.schedule == Schedule(weekday=0, hour=9, minute=0, zone="Asia/Seoul")
    assert settings.fresh == timedelta(hours=48)
    assert not settings.telegram
    assert not settings.slack


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("JIANBAO_LANGUAGE", "fr"),
        ("JIANBAO_TIMEZONE", "Asia/Soul"),
        ("JIANBAO_TIMEZONE", "../etc/passwd"),
        ("JIANBAO_WEEKLY", "mon 25:00"),
        ("JIANBAO_FRESH_HOURS", "soon"),
        ("JIANBAO_LATE_HOURS", "-1"),
        ("JIANBAO_ADMINS", "12345"),
        ("JIANBAO_WEB", "8080"),
        ("JIANBAO_LOG", "LOUD"),
        ("TELEGRAM_BOT_TOKEN", "abc"),
        ("TELEGRAM_API_BASE", "localhost:1"),
        ("TELEGRAM_WEBHOOK_URL", "bot.example/telegram/webhook"),
        ("TELEGRAM_WEBHOOK_URL", "http://bot.example/telegram/webhook"),
        ("TELEGRAM_WEBHOOK_URL", "https://bot.example/elsewhere"),
        ("TELEGRAM_WEBHOOK_SECRET", "a-secret-without-an-address"),
        ("SLACK_BOT_TOKEN", "xapp-1"),
        ("SLACK_APP_TOKEN", "xoxb-1"),
        ("JIANBAO_LANGAUGE", "en"),
        ("JIANBAO_DATA_FILE", "no-such-file"),
    ],
)
def test_a_bad_value_names_its_variable(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=re.escape(name)):
        from_environment({name: value}, dotenv=NOWHERE)


def test_a_secret_can_stand_in_a_file_and_never_shows_in_a_repr(tmp_path: Path) -> None:
    secret = tmp_path / "token"
    secret.write_text("12345:canary-canary-canary\n", encoding="utf-8")

    settings = from_environment({"TELEGRAM_BOT_TOKEN_FILE": str(secret)}, dotenv=NOWHERE)

    assert settings.telegram_token == "12345:canary-canary-canary"
    assert "canary" not in repr(settings)
    assert settings.secrets == ("12345:canary-canary-canary",)


WEBHOOK = {
    "TELEGRAM_WEBHOOK_URL": "https://bot.example/base/telegram/webhook",
    "TELEGRAM_WEBHOOK_SECRET": "canary_canary-canary",
    "JIANBAO_WEB": "127.0.0.1:8080",
}


def test_a_webhook_has_an_address_a_secret_and_a_place_to_come_in() -> None:
    settings = from_environment(WEBHOOK, dotenv=NOWHERE)

    assert settings.telegram_webhook_url == WEBHOOK["TELEGRAM_WEBHOOK_URL"]
    assert settings.telegram_webhook_secret in settings.secrets
    assert "canary" not in repr(settings)


@pytest.mark.parametrize(
    ("name", "value", "named"),
    [
        ("TELEGRAM_WEBHOOK_SECRET", "", "TELEGRAM_WEBHOOK_SECRET"),
        ("TELEGRAM_WEBHOOK_SECRET", "short", "TELEGRAM_WEBHOOK_SECRET"),
        ("TELEGRAM_WEBHOOK_SECRET", "a secret with spaces", "TELEGRAM_WEBHOOK_SECRET"),
        ("TELEGRAM_WEBHOOK_SECRET", "x" * 257, "TELEGRAM_WEBHOOK_SECRET"),
        ("JIANBAO_WEB", "", "TELEGRAM_WEBHOOK_URL"),
    ],
)
def test_half_a_webhook_is_refused_by_name(name: str, value: str, named: str) -> None:
    with pytest.raises(SettingsError, match=named) as refused:
        from_environment({**WEBHOOK, name: value}, dotenv=NOWHERE)
    assert not value or value not in str(refused.value)


OAUTH = {
    "SLACK_CLIENT_ID": "1.2",
    "SLACK_CLIENT_SECRET": "canary-client-secret",
    "SLACK_REDIRECT_URL": "https://bot.example/slack/oauth_redirect",
    "JIANBAO_KEYS": f"{'A' * 43}=, {'B' * 43}=",
    "JIANBAO_WEB": "127.0.0.1:8080",
}


def test_many_workspaces_need_no_token_of_the_settings() -> None:
    settings = from_environment(OAUTH, dotenv=NOWHERE)

    assert settings.slack
    assert settings.keys == (f"{'A' * 43}=", f"{'B' * 43}=")
    assert {settings.slack_client_secret, *settings.keys} <= set(settings.secrets)
    assert not any(secret in repr(settings) for secret in settings.secrets)


@pytest.mark.parametrize(
    ("name", "value", "named"),
    [
        ("SLACK_CLIENT_ID", "", "SLACK_CLIENT_SECRET"),
        ("SLACK_CLIENT_SECRET", "", "SLACK_CLIENT_SECRET"),
        ("SLACK_REDIRECT_URL", "", "SLACK_REDIRECT_URL"),
        ("SLACK_REDIRECT_URL", "http://bot.example/slack/oauth_redirect", "SLACK_REDIRECT_URL"),
        ("SLACK_REDIRECT_URL", "https://bot.example/elsewhere", "SLACK_REDIRECT_URL"),
        ("JIANBAO_WEB", "", "SLACK_REDIRECT_URL"),
        ("JIANBAO_KEYS", "", "JIANBAO_KEYS"),
        ("JIANBAO_KEYS", f"{'A' * 43}=,a-canary", "JIANBAO_KEYS"),
    ],
)
def test_half_of_many_workspaces_is_refused_by_name(name: str, value: str, named: str) -> None:
    with pytest.raises(SettingsError, match=named) as refused:
        from_environment({**OAUTH, name: value}, dotenv=NOWHERE)
    assert "canary" not in str(refused.value)


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    dotenv = tmp_path / ".env"
    dotenv.write_text("JIANBAO_LANGUAGE=zh\nJIANBAO_WEEKLY=fri 18:30\n", encoding="utf-8")

    settings = from_environment({"JIANBAO_LANGUAGE": "en"}, dotenv=dotenv)

    assert settings.language == "en"
    assert (settings.schedule.weekday, settings.schedule.hour, settings.schedule.minute) == (4, 18, 30)


def test_the_example_lists_every_setting_and_nothing_else() -> None:
    text = (ROOT / ".env.example").read_text("utf-8")

    assert set(re.findall(r"^([A-Z_]+)=", text, re.MULTILINE)) == set(NAMES)
    assert set(SECRETS) <= set(NAMES)


def test_the_example_itself_is_a_valid_environment() -> None:
    settings = from_environment({}, dotenv=ROOT / ".env.example")

    assert settings == from_environment({}, dotenv=NOWHERE)
