"""A slice of proof 7 (tests/chaos/fuzz.py), and the same by hypothesis: junk is answered with 4xx."""

from __future__ import annotations

from random import Random

from hypothesis import given, settings, strategies as st

from bot.web import PATH, TELEGRAM_HEADER, TELEGRAM_PATH, web_app
from tests.build import NOON
from tests.chaos.fuzz import SECRET, Doors, ask, fuzz, signed

JSON = (b"content-type", b"application/json")
KEY = (TELEGRAM_HEADER.encode(), SECRET.encode())

header = st.tuples(
    st.sampled_from([TELEGRAM_HEADER, "x-slack-signature", "x-slack-request-timestamp", "content-type"]).map(
        str.encode
    ),
    st.binary(max_size=60),
)


def asked(doors: Doors) -> object:
    return web_app(doors, doors, clock=lambda: NOON)


async def test_three_thousand_spoilt_requests_bring_nothing_down_and_nothing_in() -> None:
    report = await fuzz(3000, seed=11)

    assert report.wrong == []
    assert report.let_in > 0


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from(["GET", "POST", "PUT", "HEAD"]),
    st.one_of(st.sampled_from([PATH, TELEGRAM_PATH, "/healthz"]), st.text(max_size=20).map("/{}".format)),
    st.lists(header, max_size=4),
    st.binary(max_size=200),
)
async def test_no_request_without_a_secret_has_an_effect_or_is_an_error(
    method: str, path: str, given_: list[tuple[bytes, bytes]], body: bytes
) -> None:
    doors = Doors()

    written = path.encode("utf-8", "replace").decode()

    assert await ask(asked(doors), method, written, given_, body, Random(1)) < 500
    assert doors.kept == 0


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200), st.booleans())
async def test_a_verified_body_that_is_none_of_theirs_is_refused(body: bytes, slack: bool) -> None:
    doors = Doors()
    headers = [*signed(body), JSON] if slack else [KEY, JSON]

    status = await ask(asked(doors), "POST", PATH if slack else TELEGRAM_PATH, headers, body, Random(1))

    assert status in {200, 400}
    assert status == 400 or doors.kept == 1


async def test_the_secret_is_checked_before_a_byte_of_the_body_is_read() -> None:
    async def receive() -> dict[str, object]:
        raise AssertionError("the body was asked for")

    statuses: list[object] = []

    async def send(message: dict[str, object]) -> None:
        statuses.append(message.get("status"))

    for given_ in ([], [(KEY[0], b"wrong")], [KEY, KEY], [(KEY[0], SECRET[:-1].encode())]):
        scope = {
            "type": "http",
            "method": "POST",
            "path": TELEGRAM_PATH,
            "raw_path": TELEGRAM_PATH.encode(),
            "query_string": b"",
            "headers": [*given_, JSON],
            "http_version": "1.1",
            "scheme": "http",
            "root_path": "",
            "client": ("y", 1),
            "server": ("x", 1),
        }
        await asked(Doors())(scope, receive, send)  # type: ignore[operator]

    assert [status for status in statuses if status] == [401] * 4


async def test_a_body_of_another_type_or_too_large_is_refused() -> None:
    doors = Doors()
    text, large = (b"content-type", b"text/plain"), b"x" * ((1 << 20) + 1)

    assert await ask(asked(doors), "POST", TELEGRAM_PATH, [KEY, text], b"{}", Random(1)) == 415
    assert await ask(asked(doors), "POST", TELEGRAM_PATH, [KEY, JSON], large, Random(1)) == 413
    assert await ask(asked(doors), "POST", TELEGRAM_PATH, [KEY, JSON], b'{"update_id": 1}', Random(1)) == 200
