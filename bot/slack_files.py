"""Files that people send to the bot: fetched from Slack alone, and only so large."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from bot.slack_send import TROUBLE, judge

log = logging.getLogger(__name__)

LARGEST = 5 << 20  # bytes of a file that we fetch


@dataclass(frozen=True, slots=True)
class Upload:
    """A file of a message. `url` is private: Slack serves it to our token."""

    name: str
    url: str
    size: int
    content_type: str


def upload_of(event: Mapping[str, Any]) -> Upload | None:
    """The first file of a message event, if it has one that can be fetched."""
    files = event.get("files")
    file = files[0] if isinstance(files, list) and files else None
    if not isinstance(file, Mapping):
        return None
    url = file.get("url_private_download") or file.get("url_private")
    size = file.get("size")
    if not isinstance(url, str) or not isinstance(size, int):
        return None
    return Upload(str(file.get("name") or "file"), url, size, str(file.get("mimetype") or ""))


def slacks_own(url: str, host: str) -> bool:
    """An address that Slack could have made: of its domain, or of `host` (the base that was set)."""
    split = urlsplit(url)
    if host and split.netloc == host:
        return True
    return split.scheme == "https" and (split.hostname or "").endswith((".slack.com", ".slack-gov.com"))


async def fetch(
    session: aiohttp.ClientSession, token: str, upload: Upload, *, host: str, proxy: str | None
) -> bytes | None:
    """The file's bytes; None when it is not Slack's, too large, or not to be had.

    Without the scope files:read Slack redirects to a login page: no redirect is followed.
    """
    if upload.size > LARGEST or not slacks_own(upload.url, host):
        return None
    headers = {"Authorization": f"Bearer {token}"}
    found = bytearray()
    try:
        async with session.get(upload.url, headers=headers, allow_redirects=False, proxy=proxy) as answer:
            if answer.status != 200:
                log.info("slack: a file was not given: HTTP %d", answer.status)
                return None
            async for chunk in answer.content.iter_chunked(65536):
                found += chunk
                if len(found) > LARGEST:
                    return None
    except TROUBLE as error:
        log.info("slack: a file could not be fetched: %s", judge(error).detail)
        return None
    return bytes(found)
