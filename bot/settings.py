"""Settings: every environment variable, read once, typed; a bad one stops the start by name.

`.env` in the working directory fills in what the environment does not set. `NAME_FILE` reads
NAME from a file, for secrets. tests/test_settings.py holds `.env.example` to NAMES.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import cast
from zoneinfo import ZoneInfo

from handlers.door import Rates
from handlers.errors import Refusal
from store.bundle import Editor
from store.model import LANGUAGES, Language, Policy, Schedule

NAMES: tuple[str, ...] = (
    "JIANBAO_DATA",
    "JIANBAO_LANGUAGE",
    "JIANBAO_TIMEZONE",
    "JIANBAO_WEEKLY",
    "JIANBAO_FRESH_HOURS",
    "JIANBAO_LATE_HOURS",
    "JIANBAO_EDITOR",
    "JIANBAO_MODEL_URL",
    "JIANBAO_MODEL_KEY",
    "JIANBAO_MODEL_NAME",
    "JIANBAO_MODEL_BUDGET",
    "JIANBAO_POLICY",
    "JIANBAO_ADMINS",
    "JIANBAO_WEB",
    "JIANBAO_PUBLIC_URL",
    "JIANBAO_FETCH_ALLOW",
    "JIANBAO_LOG",
    "JIANBAO_KEYS",
    "TELEGRAM_BOT_TOKEN",
    "TELEGRAM_API_BASE",
    "TELEGRAM_PAID_BROADCAST",
    "TELEGRAM_RATE",
    "TELEGRAM_RATE_PER_CHAT",
    "TELEGRAM_RATE_PER_GROUP",
    "TELEGRAM_WEBHOOK_URL",
    "TELEGRAM_WEBHOOK_SECRET",
    "SLACK_BOT_TOKEN",
    "SLACK_APP_TOKEN",
    "SLACK_SIGNING_SECRET",
    "SLACK_API_BASE",
    "SLACK_RATE",
    "SLACK_RATE_PER_CHANNEL",
    "SLACK_CLIENT_ID",
    "SLACK_CLIENT_SECRET",
    "SLACK_REDIRECT_URL",
)

SECRETS: tuple[str, ...] = (
    "JIANBAO_MODEL_KEY",
    "TELEGRAM_BOT_TOKEN",
    "TELEGRAM_WEBHOOK_SECRET",
    "SLACK_BOT_TOKEN",
    "SLACK_APP_TOKEN",
    "SLACK_SIGNING_SECRET",
    "SLACK_CLIENT_SECRET",
    "JIANBAO_KEYS",
)

_PLATFORMS = ("telegram:", "slack:", "console:")
WEBHOOK_PATH = "/telegram/webhook"
REDIRECT_PATH = "/slack/oauth_redirect"
_KEY = re.compile(r"[A-Za-z0-9_-]{43}=", re.ASCII)
_WEBHOOK_SECRET = re.compile(r"[A-Za-z0-9_-]{16,256}", re.ASCII)


class SettingsError(Exception):
    """A variable cannot be used. `name` is the variable, the text says why and shows a good one."""

    def __init__(self, name: str, why: str) -> None:
        self.name = name
        super().__init__(f"{name}: {why}")


@dataclass(frozen=True, slots=True)
class Settings:
    """What the program was told. Secrets are plain strings: never print this object's repr."""

    data: Path = Path("data")
    language: Language = "ko"
    schedule: Schedule = field(default_factory=Schedule)
    fresh: timedelta = timedelta(hours=48)
    late: timedelta = timedelta(hours=12)
    editor: Editor = ""
    model_url: str = ""
    model_key: str = field(default="", repr=False)
    model_name: str = ""
    model_budget: tuple[int, int] = (100, 200_000)
    policy: Policy = "at_most_once"
    admins: frozenset[str] = frozenset()
    web: tuple[str, int] | None = None
    public_url: str = ""
    fetch_allow: frozenset[str] = frozenset()
    log: str = "WARNING"
    telegram_token: str = field(default="", repr=False)
    telegram_api_base: str = ""
    telegram_rates: Rates = Rates(30.0, 1.0, 20.0)  # noqa: RUF009 - frozen
    telegram_paid: bool = False
    telegram_webhook_url: str = ""
    telegram_webhook_secret: str = field(default="", repr=False)
    slack_bot_token: str = field(default="", repr=False)
    slack_app_token: str = field(default="", repr=False)
    slack_signing_secret: str = field(default="", repr=False)
    slack_api_base: str = ""
    slack_rates: Rates = Rates(4.0, 1.0)  # noqa: RUF009 - frozen
    slack_client_id: str = ""
    slack_client_secret: str = field(default="", repr=False)
    slack_redirect_url: str = ""
    keys: tuple[str, ...] = field(default=(), repr=False)

    @property
    def telegram(self) -> bool:
        return bool(self.telegram_token)

    @property
    def slack(self) -> bool:
        return bool(self.slack_bot_token or self.slack_client_id)

    @property
    def secrets(self) -> tuple[str, ...]:
        """Every secret that is set, for the log's redaction."""
        every = (
            self.model_key,
            self.telegram_token,
            self.telegram_webhook_secret,
            self.slack_bot_token,
            self.slack_app_token,
            self.slack_signing_secret,
            self.slack_client_secret,
            *self.keys,
        )
        return tuple(s for s in every if s)


def from_environment(environ: Mapping[str, str] | None = None, *, dotenv: Path | None = None) -> Settings:
    """Settings of this process.

    Raises SettingsError for a value that cannot be used and for a JIANBAO_ name nobody knows
    (a misspelt setting that silently does nothing is the worst kind).
    """
    given = dict(_dotenv(dotenv if dotenv is not None else Path(".env")))
    given.update(os.environ if environ is None else environ)
    _refuse_unknown(given)
    return _settings(_Values(given))


def _dotenv(path: Path) -> Mapping[str, str]:
    if not path.is_file():
        return {}
    from dotenv import dotenv_values

    return {name: value for name, value in dotenv_values(path).items() if value is not None}


def _refuse_unknown(given: Mapping[str, str]) -> None:
    known = set(NAMES) | {f"{name}_FILE" for name in NAMES}
    for name in sorted(given):
        if name.startswith("JIANBAO_") and name not in known:
            raise SettingsError(name, "is not a setting; .env.example lists them all")


class _Values:
    """Reads one variable at a time; "" counts as not set."""

    def __init__(self, given: Mapping[str, str]) -> None:
        self._given = given

    def text(self, name: str, default: str = "") -> str:
        value = self._given.get(name, "").strip()
        path = self._given.get(f"{name}_FILE", "").strip()
        if value or not path:
            return value or default
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(f"{name}_FILE", f"{path} cannot be read ({type(error).__name__})") from error

    def hours(self, name: str, default: int) -> timedelta:
        value = self.text(name, str(default))
        try:
            hours = int(value)
        except ValueError:
            hours = -1
        if not 0 <= hours <= 24 * 7:
            raise SettingsError(name, f"{value!r} is not a number of hours from 0 to 168, like 48")
        return timedelta(hours=hours)

    def base(self, name: str) -> str:
        value = self.text(name)
        if value and not value.startswith(("http://", "https://")):
            raise SettingsError(name, f"{value!r} is not an address, like http://127.0.0.1:8081")
        return value.rstrip("/")


def _settings(values: _Values) -> Settings:
    from bot import rate_settings

    webhook_url, webhook_secret = _webhook(values)
    model_url, model_name = _model(values)
    telegram_rates, telegram_paid = rate_settings.telegram(values.text)
    client_id, client_secret, redirect_url = _oauth(values)
    return Settings(
        data=Path(values.text("JIANBAO_DATA", "data")).expanduser(),
        language=_language(values.text("JIANBAO_LANGUAGE", "ko")),
        schedule=_schedule(values),
        fresh=values.hours("JIANBAO_FRESH_HOURS", 48),
        late=values.hours("JIANBAO_LATE_HOURS", 12),
        editor=_editor(values.text("JIANBAO_EDITOR")),
        model_url=model_url,
        model_key=values.text("JIANBAO_MODEL_KEY"),
        model_name=model_name,
        model_budget=_budget(values.text("JIANBAO_MODEL_BUDGET", "100/200000")),
        policy=_policy(values.text("JIANBAO_POLICY", "at_most_once")),
        admins=_admins(values.text("JIANBAO_ADMINS")),
        web=_web(values.text("JIANBAO_WEB")),
        public_url=values.base("JIANBAO_PUBLIC_URL"),
        fetch_allow=_host_ports(values.text("JIANBAO_FETCH_ALLOW")),
        log=_level(values.text("JIANBAO_LOG", "WARNING")),
        telegram_token=_telegram_token(values.text("TELEGRAM_BOT_TOKEN")),
        telegram_api_base=values.base("TELEGRAM_API_BASE"),
        telegram_rates=telegram_rates,
        telegram_paid=telegram_paid,
        slack_bot_token=_prefixed("SLACK_BOT_TOKEN", values, "xoxb-"),
        telegram_webhook_url=webhook_url,
        telegram_webhook_secret=webhook_secret,
        slack_app_token=_prefixed("SLACK_APP_TOKEN", values, "xapp-"),
        slack_signing_secret=values.text("SLACK_SIGNING_SECRET"),
        slack_api_base=values.base("SLACK_API_BASE"),
        slack_rates=rate_settings.slack(values.text),
        slack_client_id=client_id,
        slack_client_secret=client_secret,
        slack_redirect_url=redirect_url,
        keys=_keys(values, needed=bool(client_id)),
    )


def _language(value: str) -> Language:
    if value not in LANGUAGES:
        raise SettingsError("JIANBAO_LANGUAGE", f"{value!r} is not one of {', '.join(LANGUAGES)}")
    return value


def _model(values: _Values) -> tuple[str, str]:
    """The address of a language model and its name; both or neither."""
    url, name = values.base("JIANBAO_MODEL_URL"), values.text("JIANBAO_MODEL_NAME")
    if bool(url) != bool(name):
        missing = "JIANBAO_MODEL_NAME" if url else "JIANBAO_MODEL_URL"
        raise SettingsError(missing, "is needed too: a language model has an address and a name")
    return url, name


def _budget(value: str) -> tuple[int, int]:
    requests, slash, tokens = value.partition("/")
    if not (slash and requests.isdecimal() and tokens.isdecimal() and len(value) < 20):
        raise SettingsError("JIANBAO_MODEL_BUDGET", f"{value!r} is no REQUESTS/TOKENS a day, like 100/200000")
    return int(requests), int(tokens)


def _editor(value: str) -> Editor:
    if value not in ("", "none", "auto"):
        raise SettingsError("JIANBAO_EDITOR", f"{value!r} is not none or auto, or left empty")
    return cast("Editor", value)


def _policy(value: str) -> Policy:
    if value not in {"at_most_once", "at_least_once"}:
        raise SettingsError("JIANBAO_POLICY", f"{value!r} is not at_most_once or at_least_once")
    return cast("Policy", value)


def _schedule(values: _Values) -> Schedule:
    zone = values.text("JIANBAO_TIMEZONE", "Asia/Seoul")
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError) as error:
        raise SettingsError("JIANBAO_TIMEZONE", f"{zone!r} is no IANA zone, like Asia/Seoul") from error
    weekly = values.text("JIANBAO_WEEKLY", "mon 09:00")
    from handlers.schedule import parse_schedule

    try:
        return parse_schedule(weekly, Schedule(zone=zone))
    except Refusal as error:
        raise SettingsError("JIANBAO_WEEKLY", f"{weekly!r} is no weekday and time, like mon 09:00") from error


def _admins(value: str) -> frozenset[str]:
    entries = frozenset(entry.strip() for entry in value.split(",") if entry.strip())
    for entry in entries:
        if not entry.startswith(_PLATFORMS) or entry.endswith((":", "/")):
            raise SettingsError("JIANBAO_ADMINS", f"{entry!r} is not like telegram:1 or slack:T1/U1")
    return entries


def _web(value: str) -> tuple[str, int] | None:
    if not value:
        return None
    host, _, port = value.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise SettingsError("JIANBAO_WEB", f"{value!r} is not host:port, like 127.0.0.1:8080")
    return host.strip("[]"), int(port)


def _host_ports(value: str) -> frozenset[str]:
    return frozenset(entry.strip() for entry in value.split(",") if entry.strip())


def _level(value: str) -> str:
    level = value.upper()
    if level not in ("DEBUG", "INFO", "WARNING", "ERROR"):
        raise SettingsError("JIANBAO_LOG", f"{value!r} is not one of DEBUG, INFO, WARNING, ERROR")
    return level


def _telegram_token(value: str) -> str:
    digits, colon, rest = value.partition(":")
    if value and not (colon and digits.isdecimal() and rest):
        raise SettingsError("TELEGRAM_BOT_TOKEN", "is not a bot token; @BotFather gives one like 123:ABC")
    return value


def _webhook(values: _Values) -> tuple[str, str]:
    """The address that Telegram delivers to and what it sends along; both or neither."""
    url, secret = values.base("TELEGRAM_WEBHOOK_URL"), values.text("TELEGRAM_WEBHOOK_SECRET")
    if not url:
        if secret:
            raise SettingsError("TELEGRAM_WEBHOOK_SECRET", "does nothing without TELEGRAM_WEBHOOK_URL")
        return "", ""
    if not url.startswith("https://") and not values.text("TELEGRAM_API_BASE"):
        raise SettingsError("TELEGRAM_WEBHOOK_URL", f"{url!r} must begin with https://: Telegram asks for it")
    if not url.endswith(WEBHOOK_PATH):
        raise SettingsError("TELEGRAM_WEBHOOK_URL", f"{url!r} does not end in {WEBHOOK_PATH}")
    if not _WEBHOOK_SECRET.fullmatch(secret):
        why = "must be 16 to 256 letters, digits, _ or -, made up at random"
        raise SettingsError("TELEGRAM_WEBHOOK_SECRET", why)
    if not values.text("JIANBAO_WEB"):
        raise SettingsError("TELEGRAM_WEBHOOK_URL", "needs JIANBAO_WEB too, where deliveries come in")
    return url, secret


def _oauth(values: _Values) -> tuple[str, str, str]:
    """The Slack app's id and secret, and where Slack sends people back to; all or none."""
    client_id, secret = values.text("SLACK_CLIENT_ID"), values.text("SLACK_CLIENT_SECRET")
    url = values.base("SLACK_REDIRECT_URL")
    if not client_id:
        for name, value in (("SLACK_CLIENT_SECRET", secret), ("SLACK_REDIRECT_URL", url)):
            if value:
                raise SettingsError(name, "does nothing without SLACK_CLIENT_ID")
        return "", "", ""
    if not secret:
        raise SettingsError(
            "SLACK_CLIENT_SECRET", "is needed with SLACK_CLIENT_ID; Slack shows the two together"
        )
    if not url.startswith("https://") and not values.text("SLACK_API_BASE"):
        raise SettingsError("SLACK_REDIRECT_URL", f"{url!r} must begin with https://: Slack asks for it")
    if not url.endswith(REDIRECT_PATH):
        raise SettingsError("SLACK_REDIRECT_URL", f"{url!r} does not end in {REDIRECT_PATH}")
    if not values.text("JIANBAO_WEB"):
        raise SettingsError("SLACK_REDIRECT_URL", "needs JIANBAO_WEB too, where people come back")
    return client_id, secret, url


def _keys(values: _Values, *, needed: bool) -> tuple[str, ...]:
    """Keys that seal tokens, the one in use first. Their text is never repeated."""
    keys = tuple(key.strip() for key in values.text("JIANBAO_KEYS").split(",") if key.strip())
    if needed and not keys:
        why = "is needed with SLACK_CLIENT_ID, to keep workspaces' tokens; `jianbao keys make` makes one"
        raise SettingsError("JIANBAO_KEYS", why)
    if not all(_KEY.fullmatch(key) for key in keys):
        raise SettingsError("JIANBAO_KEYS", "holds something that `jianbao keys make` did not make")
    return keys


def _prefixed(name: str, values: _Values, prefix: str) -> str:
    value = values.text(name)
    if value and not value.startswith(prefix):
        raise SettingsError(name, f"is not a token that starts with {prefix}")
    return value
