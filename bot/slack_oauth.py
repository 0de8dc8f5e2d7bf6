"""OAuth v2 of Slack: the address people are sent to, the code that comes back, tokens that are renewed."""

from __future__ import annotations

import hmac
import re
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit, urlunsplit

from bot.settings import REDIRECT_PATH, Settings
from bot.slack_manifest import SCOPES
from store.seal import Seal

if TYPE_CHECKING:
    from slack_sdk.web.async_client import AsyncWebClient

STATE_FOR = timedelta(minutes=10)
_AUTHORIZE = "https://slack.com/oauth/v2/authorize"
_ID = re.compile(r"[A-Z0-9]{1,32}", re.ASCII)
_TOKEN = re.compile(r"xox[a-z][!-~]{4,2000}", re.ASCII)


@dataclass(frozen=True, slots=True)
class OAuth:
    """The app's credentials. `redirect_url` is public and ends in REDIRECT_PATH; `api_base` "" = Slack."""

    client_id: str
    client_secret: str = field(repr=False)
    redirect_url: str
    api_base: str = ""

    @property
    def install_url(self) -> str:
        """Where an installation begins."""
        return self.redirect_url.removesuffix(REDIRECT_PATH) + "/slack/install"

    def authorize_url(self, state: str) -> str:
        """Slack's own page that asks for consent; with another API base that server's."""
        base = _AUTHORIZE
        if self.api_base:
            split = urlsplit(self.api_base)
            base = urlunsplit((split.scheme, split.netloc, "/oauth/v2/authorize", "", ""))
        asked = {
            "client_id": self.client_id,
            "scope": ",".join(SCOPES),
            "redirect_uri": self.redirect_url,
            "state": state,
        }
        return f"{base}?{urlencode(asked)}"


def oauth_of(settings: Settings) -> dict[str, Any]:
    """What of SlackDoor's arguments lets workspaces install the app by themselves; empty when none may."""
    if not settings.slack_client_id:
        return {}
    oauth = OAuth(
        settings.slack_client_id,
        settings.slack_client_secret,
        settings.slack_redirect_url,
        settings.slack_api_base,
    )
    return {"oauth": oauth, "seal": Seal(settings.keys)}


@dataclass(frozen=True, slots=True)
class Granted:
    """What Slack granted. `tenant` is "ENTERPRISE" where a whole organisation installed."""

    tenant: str
    bot: str
    installer: str
    access: str = field(repr=False)
    refresh: str = field(repr=False)
    expires_in: timedelta | None


class NotGrantedError(ValueError):
    """Slack's answer is no grant that we can use."""


async def exchange(client: AsyncWebClient, oauth: OAuth, code: str) -> Granted:
    """The grant behind a code. Raises NotGrantedError, and slack_send.TROUBLE."""
    return granted(
        await client.oauth_v2_access(
            client_id=oauth.client_id,
            client_secret=oauth.client_secret,
            code=code,
            redirect_uri=oauth.redirect_url,
        )
    )


async def renew(client: AsyncWebClient, oauth: OAuth, refresh: str) -> Granted:
    """New tokens for a refresh token, which is spent by this. Raises like exchange()."""
    return granted(
        await client.oauth_v2_access(
            client_id=oauth.client_id,
            client_secret=oauth.client_secret,
            grant_type="refresh_token",
            refresh_token=refresh,
        )
    )


def granted(answer: Any) -> Granted:
    """Read an answer of oauth.v2.access."""
    team, enterprise = _id(answer.get("team")), _id(answer.get("enterprise"))
    if answer.get("is_enterprise_install"):
        tenant = enterprise
    else:
        tenant = f"{enterprise}/{team}" if enterprise and team else team
    access, refresh = answer.get("access_token"), answer.get("refresh_token") or ""
    seconds = answer.get("expires_in")
    if not tenant or answer.get("token_type") != "bot" or not _token(access):
        raise NotGrantedError("no bot token for a workspace")
    if refresh and not _token(refresh):
        raise NotGrantedError("no refresh token")
    ends = isinstance(seconds, int) and not isinstance(seconds, bool) and 0 < seconds < 10**8
    return Granted(
        tenant,
        _named(answer.get("bot_user_id")),
        _id(answer.get("authed_user")),
        access,
        refresh,
        timedelta(seconds=seconds) if ends else None,
    )


def _id(value: object) -> str:
    return _named(value.get("id")) if isinstance(value, Mapping) else ""


def _named(value: object) -> str:
    return value if isinstance(value, str) and _ID.fullmatch(value) else ""


def _token(value: object) -> bool:
    return isinstance(value, str) and bool(_TOKEN.fullmatch(value))


class States:
    """States of installations that were begun: signed, good for ten minutes, and only together with the
    cookie that the same browser was given. That each is taken once is the caller's to see to.
    """

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def make(self, now: datetime) -> tuple[str, str]:
        """A state, and the cookie that it belongs to."""
        cookie = secrets.token_urlsafe(32)
        said = f"{secrets.token_urlsafe(16)}.{int((now + STATE_FOR).timestamp())}"
        return f"{said}.{self._mac(said, cookie)}", cookie

    def name(self, state: str, cookie: str, now: datetime) -> str | None:
        """What names a good state; None for one that we did not make for this browser, or is too old."""
        said, _, mac = state.rpartition(".")
        if not cookie or not hmac.compare_digest(self._mac(said, cookie).encode(), mac.encode()):
            return None
        nonce, _, until = said.partition(".")
        return nonce if now.timestamp() <= int(until) else None

    def _mac(self, said: str, cookie: str) -> str:
        digest = hmac.new(self._secret, f"{said}\n{cookie}".encode(), sha256).digest()
        return urlsafe_b64encode(digest).decode().rstrip("=")
