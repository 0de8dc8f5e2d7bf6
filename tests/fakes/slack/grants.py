"""Who may call: codes, tokens, refresh tokens, as OAuth v2 with token rotation hands them out.

An access token ends after twelve hours when rotation is on; a refresh token is good once, and the
old access token stays good until its own end. Uninstalling ends all of a workspace's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from tests.fakes.slack.refusals import Refused
from tests.fakes.slack.world import BOT

Json = dict[str, Any]

CLIENT_ID = "11.22"
CLIENT_SECRET = "canary-client-secret-0123456789"
LIVES = timedelta(hours=12)
_CODE_LIVES = timedelta(minutes=10)


@dataclass
class Grant:
    """One installation's token. `team` "" = of the whole `enterprise`."""

    team: str
    enterprise: str
    user: str
    access: str
    refresh: str = ""
    ends: datetime | None = None
    error: str = ""
    spent: bool = False


@dataclass
class _Code:
    team: str
    enterprise: str
    user: str
    redirect_uri: str
    scopes: str
    ends: datetime


@dataclass
class Grants:
    """Everything one app was granted. `rotation` = tokens end and are renewed."""

    clock: Callable[[], datetime]
    numbers: Iterator[int]
    rotation: bool = True
    redirect_uris: set[str] = field(default_factory=set)
    grants: list[Grant] = field(default_factory=list)
    outside: set[str] = field(default_factory=set)  # workspaces that their organisation's token is kept from
    _codes: dict[str, _Code] = field(default_factory=dict)

    def consent(self, address: str, *, team: str, user: str, enterprise: str = "") -> str:
        """A person looks at the consent page at `address` and allows it; where the browser goes next.
        AssertionError for an address that Slack would not take.
        """
        asked = self.asked(address)
        code = f"code-{next(self.numbers)}"
        ends = self.clock() + _CODE_LIVES
        self._codes[code] = _Code(team, enterprise, user, asked["redirect_uri"], asked["scope"], ends)
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def denied(self, address: str) -> str:
        """The person says no."""
        asked = self.asked(address)
        return f"{asked['redirect_uri']}?{urlencode({'error': 'access_denied', 'state': asked['state']})}"

    def asked(self, address: str) -> Mapping[str, str]:
        split = urlsplit(address)
        assert split.path == "/oauth/v2/authorize", address
        asked = {name: value for name, [value] in parse_qs(split.query).items()}
        assert set(asked) == {"client_id", "scope", "redirect_uri", "state"}, asked
        assert asked["client_id"] == CLIENT_ID
        assert asked["redirect_uri"] in self.redirect_uris, "bad_redirect_uri"
        return asked

    def exchanged(self, args: Mapping[str, str], client: tuple[str, str]) -> Json:
        """oauth.v2.access."""
        if client[0] != CLIENT_ID:
            raise Refused("invalid_client_id")
        if client[1] != CLIENT_SECRET:
            raise Refused("bad_client_secret")
        if args.get("grant_type") == "refresh_token":
            return self._refreshed(str(args.get("refresh_token", "")))
        code = self._codes.pop(str(args.get("code", "")), None)
        if code is None or code.ends < self.clock():
            raise Refused("invalid_code")
        if args.get("redirect_uri") != code.redirect_uri:
            raise Refused("bad_redirect_uri")
        return self._granted(code.team, code.enterprise, code.user, code.scopes)

    def _refreshed(self, refresh: str) -> Json:
        old = next((g for g in self.grants if g.refresh == refresh and refresh), None)
        if old is None or old.spent:
            raise Refused("invalid_refresh_token")
        if old.error:
            raise Refused(old.error)
        old.spent = True
        return self._granted(old.team, old.enterprise, old.user, "")

    def _granted(self, team: str, enterprise: str, user: str, scopes: str) -> Json:
        number = next(self.numbers)
        name = f"canary-{team or enterprise}-{number}"
        access = f"xoxe.xoxb-{name}" if self.rotation else f"xoxb-{name}"
        grant = Grant(team, enterprise, user, access)
        renewed: Json = {}
        if self.rotation:
            grant.refresh, grant.ends = f"xoxe-{name}", self.clock() + LIVES
            renewed = {"refresh_token": grant.refresh, "expires_in": int(LIVES.total_seconds())}
        self.grants.append(grant)
        return {
            "app_id": "A1", "authed_user": {"id": user}, "scope": scopes, "token_type": "bot",
            "access_token": access, "bot_user_id": BOT, "is_enterprise_install": not team,
            "team": {"id": team, "name": "fake"} if team else None,
            "enterprise": {"id": enterprise, "name": "fake"} if enterprise else None,
            **renewed,
        }  # fmt: skip

    def of(self, token: str) -> Grant:
        """Whose token that is, or Refused."""
        grant = next((g for g in self.grants if g.access == token), None)
        if grant is None:
            raise Refused("invalid_auth")
        if grant.error:
            raise Refused(grant.error)
        if grant.ends is not None and grant.ends <= self.clock():
            raise Refused("token_expired")
        return grant

    def uninstall(self, team: str, error: str = "account_inactive") -> None:
        """The app is removed from a workspace (or organisation): its tokens end at once."""
        for grant in self.grants:
            if team in {grant.team, grant.enterprise if not grant.team else ""}:
                grant.error = grant.error or error

    def forget_refreshes(self, team: str) -> None:
        """The refresh tokens of a workspace are void: somebody has used them."""
        for grant in self.grants:
            if grant.team == team:
                grant.spent = True
