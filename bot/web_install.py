"""The two pages of installing the Slack app: /slack/install sends to Slack, which sends back to
/slack/oauth_redirect.

Nothing of what a visitor sends is shown again. The cookie is this page's own, for ten minutes.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import TYPE_CHECKING, Protocol

from bot.settings import REDIRECT_PATH
from handlers.language import from_tag
from handlers.words import say
from store.model import Language

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

INSTALL_PATH = "/slack/install"
COOKIE = "__Host-jianbao-install"
_MINUTES = 10
_LONGEST = 2_000  # characters of a parameter
_STATUS = {
    "slack.install.done": 200,
    "slack.install.back": 200,
    "slack.install.denied": 200,
    "slack.install.stale": 400,
    "slack.install.refused": 502,
    "slack.install.unreachable": 502,
    "slack.install.not_kept": 503,
}
_DONE = {"slack.install.done", "slack.install.back"}
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_STYLE = "body{font:1.1rem/1.6 system-ui,sans-serif;max-width:36rem;margin:4rem auto;padding:0 1rem}"


class Installable(Protocol):
    """A door that workspaces may let in by themselves."""

    installs: bool

    def begin_install(self) -> tuple[str, str]: ...

    async def finish_install(self, query: Mapping[str, str], cookie: str) -> str: ...


def routes(door: Installable, language: Language) -> list[Route]:
    """The pages; `language` is for a browser that asks for none of ours."""
    from starlette.responses import HTMLResponse, RedirectResponse
    from starlette.routing import Route

    async def begin(_: Request) -> Response:
        address, cookie = door.begin_install()
        answer = RedirectResponse(address, status_code=302, headers=_HEADERS)
        answer.set_cookie(
            COOKIE, cookie, max_age=60 * _MINUTES, path="/", secure=True, httponly=True, samesite="lax"
        )
        return answer

    async def finish(request: Request) -> Response:
        key = await door.finish_install(_query(request), request.cookies.get(COOKIE, "")[:_LONGEST])
        spoken = _language(request.headers.get("accept-language", ""), language)
        answer = HTMLResponse(_page(key, spoken), status_code=_STATUS[key], headers=_HEADERS)
        answer.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="lax")
        return answer

    return [Route(INSTALL_PATH, begin, methods=["GET"]), Route(REDIRECT_PATH, finish, methods=["GET"])]


def _query(request: Request) -> dict[str, str]:
    """Parameters that were given once, and are not too long to be Slack's."""
    given = request.query_params
    once = {name: values[0] for name in set(given) if len(values := given.getlist(name)) == 1}
    return {name: value for name, value in once.items() if len(value) <= _LONGEST}


def _language(accepted: str, default: Language) -> Language:
    """The first of ours in an Accept-Language header, as browsers order it."""
    tags = (part.partition(";")[0].strip() for part in accepted[:200].split(","))
    return next((found for tag in tags if (found := from_tag(tag))), default)


def _page(key: str, language: Language) -> str:
    title, text, again = (say(k, language) for k in ("slack.install.title", key, "slack.install.again"))
    link = "" if key in _DONE else f'<p><a href="install">{escape(again)}</a></p>'
    return (
        f'<!doctype html><html lang="{language}"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style>"
        f"<h1>{escape(title)}</h1><p>{escape(text)}</p>{link}</html>"
    )
