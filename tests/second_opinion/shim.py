"""Between a real client and an emulator: says things as the emulator understands them, and loses
answers on demand.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, Self
from urllib.parse import urlencode

import aiohttp
from aiohttp import web

_HOP = {"host", "content-length", "transfer-encoding", "connection", "content-encoding"}


class Shim:
    """A proxy on loopback. `lose` methods: the next call is done, and its answer lost. `stand_in` are
    answers for methods that the emulator has not; `added` are headers for every request.

    A GET, or a query, becomes a POST of a form where `as_form`: emulators written for the JavaScript
    client know no other.
    """

    def __init__(
        self,
        target: str,
        *,
        as_form: bool = False,
        stand_in: Mapping[str, Any] | None = None,
        added: Mapping[str, str] | None = None,
    ) -> None:
        self.target = target
        self.calls: Counter[str] = Counter()
        self.lose: set[str] = set()
        self._as_form = as_form
        self._stand_in = stand_in or {}
        self._added = added or {}

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=32 << 20)
        app.router.add_route("*", "/{path:.*}", self._pass)
        self._session = aiohttp.ClientSession(auto_decompress=True)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.base = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()
        await self._session.close()

    async def _pass(self, request: web.Request) -> web.StreamResponse:
        method = request.path.rpartition("/")[2]
        self.calls[method] += 1
        if method in self._stand_in:
            return web.json_response(self._stand_in[method])
        headers = {n: v for n, v in request.headers.items() if n.lower() not in _HOP} | dict(self._added)
        verb, body, query = request.method, await request.read(), request.query_string
        if self._as_form and "/api/" in request.path and (query or verb == "GET") and not body:
            verb, body, query = "POST", urlencode(list(request.query.items())).encode(), ""
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        address = f"{self.target}{request.path}{'?' + query if query else ''}"
        async with self._session.request(
            verb, address, data=body, headers=headers, allow_redirects=False
        ) as answer:
            data = await answer.read()
            if method in self.lose:
                self.lose.discard(method)
                assert request.transport is not None
                request.transport.abort()
            kept = {n: v for n, v in answer.headers.items() if n.lower() not in _HOP}
            return web.Response(body=data, status=answer.status, headers=kept)
