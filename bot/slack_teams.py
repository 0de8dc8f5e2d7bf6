"""The workspaces of an organisation that its installation may act in, asked of Slack."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from bot.slack_send import TROUBLE, judge

if TYPE_CHECKING:
    from slack_sdk.web.async_client import AsyncWebClient

log = logging.getLogger(__name__)

_PAGES, _LIMIT = 20, 1000  # of workspaces; a thousand is the most that Slack gives at once


async def teams_of(client: AsyncWebClient) -> frozenset[str] | None:
    """Their ids; None where Slack does not tell, or not to the end."""
    found: set[str] = set()
    cursor = ""
    try:
        for _ in range(_PAGES):
            answer = await client.auth_teams_list(limit=_LIMIT, cursor=cursor or None)
            found.update(str(team["id"]) for team in answer["teams"])
            cursor = (answer.get("response_metadata") or {}).get("next_cursor", "")
            if not cursor:
                return frozenset(found)
    except TROUBLE as error:
        log.warning("slack: auth.teams.list: %s", judge(error).detail)
    return None
