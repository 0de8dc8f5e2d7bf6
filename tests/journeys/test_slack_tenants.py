"""Many workspaces: they come by OAuth, stay with tokens that are renewed, and go without a trace of them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from handlers.errors import Refusal
from handlers.words import say
from store.errors import StoreFull
from store.installation import InstallState
from store.model import SubscriberState
from store.seal import Seal, make_key
from tests.build import a_week
from tests.fakes.slack import BOT, BOT_TOKEN, LIVES, FakeSlack, Fault
from tests.journeys.slack_stage import MONDAY, Time, peopled, said
from tests.journeys.slack_tenants import KEYS, Tenants, tenants


@pytest.fixture
async def many(tmp_path: Path) -> AsyncIterator[Tenants]:
    async with tenants(tmp_path) as made:
        yield made
        assert made.stage.slack.violations == []


def kept_bytes(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def modes(folder: Path) -> set[int]:
    return {path.stat().st_mode & 0o777 for path in folder.rglob("ledger.sqlite*")}


# coming


async def test_a_workspace_installs_the_app_and_is_served(many: Tenants, tmp_path: Path) -> None:
    people = many.workspace("TA")
    page = await many.install("TA")
    assert (page.status, say("slack.install.done", "en") in page.body) == (200, True)
    await many.subscribe(people)
    [answer] = many.stage.slack.said_in("TA")
    assert (answer.channel, answer.to) == ("CTA", "UTA")
    kept = many.installation("TA")
    assert kept is not None
    assert (kept.state, kept.installer, kept.bot) == (InstallState.ACTIVE, "UTA", BOT)
    files = kept_bytes(tmp_path)
    assert kept.access.encode() in files
    assert b"canary" not in files
    assert modes(tmp_path) == {0o600}


async def test_slack_is_asked_for_what_the_manifest_says_and_the_cookie_is_locked_up(many: Tenants) -> None:
    page = await many.begin()
    asked = {name: value for name, [value] in parse_qs(urlsplit(page.location).query).items()}
    assert asked["redirect_uri"] == "https://bot.example/jianbao/slack/oauth_redirect"
    assert "chat:write" in asked["scope"].split(",")
    cookie = page.headers["Set-Cookie"]
    assert all(word in cookie for word in ("Secure", "HttpOnly", "SameSite=lax", "Path=/", "Max-Age=600"))
    assert page.cookie not in page.location


@pytest.mark.parametrize("wrong", ["no cookie", "other cookie", "other state", "late", "twice", "no state"])
async def test_only_the_browser_that_began_may_finish_once_and_in_time(many: Tenants, wrong: str) -> None:
    many.workspace("TA")
    begun, other = await many.begin(), await many.begin()
    grants = many.stage.slack.grants
    address = grants.consent(begun.location, team="TA", user="UTA")
    cookie = {"no cookie": "", "other cookie": other.cookie}.get(wrong, begun.cookie)
    if wrong == "other state":
        address = grants.consent(other.location, team="TA", user="UTA")
    if wrong == "no state":
        address = address.partition("&state")[0]
    if wrong == "late":
        many.stage.time.now += timedelta(minutes=10, seconds=1)
    if wrong == "twice":
        assert (await many.get(many.back(address), cookie=cookie)).status == 200
    called = many.stage.slack.calls["oauth.v2.access"]
    page = await many.get(many.back(address), cookie=cookie)
    assert (page.status, say("slack.install.stale", "en") in page.body) == (400, True)
    assert many.stage.slack.calls["oauth.v2.access"] == called
    assert (many.installation("TA") is None) == (wrong != "twice")


@pytest.mark.parametrize("language", ["ko", "en", "zh"])
async def test_who_says_no_is_told_that_nothing_changed(many: Tenants, language: str) -> None:
    begun = await many.begin()
    address = many.stage.slack.grants.denied(begun.location)
    page = await many.get(many.back(address), cookie=begun.cookie, language=f"fr, {language}-XX;q=0.5")
    text = say("slack.install.denied", "ko" if language == "ko" else "en" if language == "en" else "zh")
    assert (page.status, text in page.body, f'lang="{language}"' in page.body) == (200, True, True)


async def test_what_a_stranger_sends_is_not_shown_and_runs_nothing(many: Tenants) -> None:
    begun = await many.begin()
    state = parse_qs(urlsplit(begun.location).query)["state"][0]
    evil = "%3Cscript%3Ealert(1)%3C/script%3E"
    for query in (
        f"error={evil}&state={state}",
        f"code={evil}&state={evil}",
        f"state={state}&state={state}&code=x",
        "code=" + "x" * 5000,
        f"code=x&state={'.' * 1000}",
        "code=x&state=a.b.c",
        "code=%00&state=%ED%95%9C",
    ):
        page = await many.get(f"{many.web}/slack/oauth_redirect?{query}", cookie=begun.cookie)
        assert page.status in {400, 502}
        assert "script" not in page.body
        assert "default-src 'none'" in page.headers["Content-Security-Policy"]
        assert page.headers["Cache-Control"] == "no-store"
    assert many.stage.store.ledger.installations("slack") == ()


@pytest.mark.parametrize(
    ("fault", "key"),
    [
        (Fault("error", error="invalid_code"), "refused"),
        (Fault("error", error="bad_client_secret"), "refused"),
        (Fault("status", 503), "unreachable"),
        (Fault("reset"), "unreachable"),
        (Fault("lose"), "unreachable"),
        (Fault("garbage", body="{not json"), "unreachable"),
        (Fault("garbage", body='{"ok": true, "access_token": "<b>", "team": {"id": "../x"}}'), "refused"),
        (Fault("garbage", body='{"ok": true, "token_type": "user", "access_token": "xoxp-1234"}'), "refused"),
    ],
)
async def test_an_exchange_that_fails_leaves_nothing_and_says_so(
    many: Tenants, fault: Fault, key: str
) -> None:
    many.workspace("TA")
    many.stage.slack.fail("oauth.v2.access", fault)
    page = await many.install("TA")
    assert (page.status, say(f"slack.install.{key}", "en") in page.body) == (502, True)
    assert many.stage.store.ledger.installations("slack") == ()
    assert (await many.install("TA")).status == 200


async def test_what_cannot_be_kept_is_not_called_done(many: Tenants, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise StoreFull(path="ledger", detail="no space")

    many.workspace("TA")
    with monkeypatch.context() as patched:
        patched.setattr(type(many.stage.store.ledger), "put_installation", full)
        page = await many.install("TA")
    assert (page.status, say("slack.install.not_kept", "en") in page.body) == (503, True)


async def test_a_whole_organisation_installs_and_each_of_its_workspaces_is_its_own(many: Tenants) -> None:
    one, two = many.workspace("TA", "E1"), many.workspace("TB", "E1")
    await many.install("TA", "E1", whole=True)
    for people in (one, two):
        await many.subscribe(people)
    assert many.subscriber("E1/TA", "CTA").state is SubscriberState.ACTIVE
    assert many.subscriber("E1/TB", "CTB").state is SubscriberState.ACTIVE
    many.stage.time.now += timedelta(hours=1)
    for gone in (False, True):  # one of the workspaces left; the organisation did
        if gone:
            many.stage.slack.grants.uninstall("E1")
        await many.uninstalled(one)
        kept = many.installation("E1")
        assert kept is not None
        assert (kept.state is InstallState.REMOVED) == gone
    assert many.subscriber("E1/TB", "CTB").state is SubscriberState.SUSPENDED


async def test_a_workspace_that_leaves_an_organisation_stops_alone(many: Tenants) -> None:
    one, two = many.workspace("TA", "E1"), many.workspace("TB", "E1")
    await many.install("TA", "E1", whole=True)
    for people in (one, two):
        await many.subscribe(people)
    many.stage.slack.grants.outside.add("TA")
    for teams in ("TB", ["TX"], ["TA"]):
        many.stage.time.now += timedelta(hours=1)
        await two.event({"type": "team_access_revoked", "team_ids": teams})
        await many.stage.door.settled()
    kept = many.installation("E1")
    assert kept is not None
    assert kept.state is InstallState.ACTIVE
    assert many.subscriber("E1/TA", "CTA").state is SubscriberState.SUSPENDED
    assert many.subscriber("E1/TB", "CTB").state is SubscriberState.ACTIVE


async def test_a_workspace_that_is_let_in_again_goes_on_and_is_told_so(many: Tenants) -> None:
    people = {team: many.workspace(team, "E1") for team in ("TA", "TB", "TC")}  # two pages of workspaces
    await many.install("TA", "E1", whole=True)
    for one in people.values():
        await many.subscribe(one)
    outside, state = many.stage.slack.grants.outside, SubscriberState

    async def told(kind: str, *teams: str, **other: object) -> list[SubscriberState]:
        many.stage.time.now += timedelta(hours=1)
        documented = {
            "team_id": None,
            "enterprise_id": "E1",
            "api_app_id": "A1",
            "event": {"type": f"team_access_{kind}", "team_ids": list(teams)},
        }
        await people["TB"].event(documented, **other)
        await many.stage.door.settled()
        return [many.subscriber(f"E1/{team}", f"C{team}").state for team in people]

    outside |= {"TA", "TC"}
    assert await told("revoked", "TA", "TC") == [state.SUSPENDED, state.ACTIVE, state.SUSPENDED]
    before = len(many.stage.slack.said_in("TA"))
    outside.discard("TA")
    assert await told("granted", "TA") == [state.ACTIVE, state.ACTIVE, state.SUSPENDED]
    [greeting] = many.stage.slack.said_in("TA")[before:]
    assert (greeting.channel, greeting.via) == ("CTA", "chat.postMessage")
    kept = many.subscriber("E1/TA", "CTA")
    assert kept.next_at is not None
    assert kept.next_at > many.stage.time.now

    # what comes late, or for a workspace that is not let in after all, changes nothing
    assert await told("revoked", "TA") == [state.ACTIVE, state.ACTIVE, state.SUSPENDED]
    assert await told("granted", "TC") == [state.ACTIVE, state.ACTIVE, state.SUSPENDED]
    assert len(many.stage.slack.said_in("TA")) == before + 1

    # where Slack does not say how it is now, what it told is believed, unless it is from before
    long_ago = int((many.stage.time.now - timedelta(days=30)).timestamp())
    for _ in range(2):
        many.stage.slack.fail("auth.teams.list", Fault("status", status=503))
    assert (await told("revoked", "TB", event_time=long_ago))[1] is state.ACTIVE
    assert (await told("revoked", "TB"))[1] is state.SUSPENDED


async def test_a_push_to_a_workspace_that_is_not_let_in_stops_that_chat_alone(many: Tenants) -> None:
    people = [many.workspace(team, "E1") for team in ("TA", "TB")]
    await many.install("TA", "E1", whole=True)
    for one in people:
        await many.subscribe(one)
    many.stage.slack.grants.outside.add("TA")
    many.stage.publish(*a_week("2017-W47", 1))
    many.stage.time.now = MONDAY
    await many.stage.drained()
    assert many.subscriber("E1/TA", "CTA").state is SubscriberState.SUSPENDED
    assert many.subscriber("E1/TB", "CTB").state is SubscriberState.ACTIVE
    assert [m for m in many.stage.slack.said_in("TB") if m.via == "chat.postMessage"]


async def test_a_workspace_of_an_organisation_that_installed_alone(many: Tenants) -> None:
    people, other = many.workspace("TA", "E1"), many.workspace("TB", "E1")
    await many.install("TA", "E1")
    await many.subscribe(people)
    await many.subscribe(other)  # did not install: acknowledged, and nothing comes of it
    assert many.subscriber("E1/TA", "CTA").state is SubscriberState.ACTIVE
    assert len(many.stage.store.ledger.subscribers()) == 1


async def test_a_token_of_the_settings_and_workspaces_that_installed_live_side_by_side(
    tmp_path: Path,
) -> None:
    async with tenants(tmp_path, bot_token=BOT_TOKEN) as many:
        peopled(many.stage)
        await said(many.stage, await many.stage.people.command("/subscribe", channel="C1", user="U1"))
        people = many.workspace("TA")
        await many.install("TA")
        await many.subscribe(people)
        assert many.stage.door.tenant == "T1, TA"
        many.stage.publish(*a_week("2017-W47", 1))
        many.stage.time.now = MONDAY
        drained = await many.stage.drained()
        assert (drained.failed, drained.waiting) == (0, 0)
        assert many.stage.slack.posts
        assert [m for m in many.stage.slack.said_in("TA") if m.via == "chat.postMessage"]


# staying


async def test_tokens_are_renewed_before_they_end_though_nothing_comes_in(many: Tenants) -> None:
    people = many.workspace("TA")
    await many.install("TA")
    await many.subscribe(people)
    many.stage.publish(*a_week("2017-W47", 1))
    while many.stage.time.now < MONDAY:
        at = many.stage.door.tend()
        assert at is not None
        many.stage.time.now = min(at, MONDAY)
        await many.tended()
    drained = await many.stage.drained()
    assert (drained.sent > 0, drained.failed, drained.stopped) == (True, 0, ())
    renewed = many.stage.slack.calls["oauth.v2.access"] - 1
    assert 6 <= renewed <= 8  # three days less an hour or so, every ten hours


async def test_a_push_after_a_long_sleep_renews_first(many: Tenants) -> None:
    people = many.workspace("TA")
    await many.install("TA")
    await many.subscribe(people)
    many.stage.publish(*a_week("2017-W47", 1))
    many.stage.time.now = MONDAY
    drained = await many.stage.drained()
    assert (drained.sent > 0, drained.failed, drained.stopped) == (True, 0, ())
    assert many.alarms == []


async def test_a_token_that_ended_by_slacks_clock_alone_is_renewed_and_the_part_sent_once(
    many: Tenants,
) -> None:
    people = many.workspace("TA")
    await many.install("TA")
    await many.subscribe(people)
    many.stage.publish(*a_week("2017-W47", 1))
    many.stage.time.now = MONDAY
    await many.tended()
    many.stage.slack.fail("chat.postMessage", Fault("error", error="token_expired"))
    drained = await many.stage.drained()
    posts = [m for m in many.stage.slack.said_in("TA") if m.via == "chat.postMessage"]
    assert (drained.sent, drained.failed, drained.stopped) == (len(posts), 0, ())


@pytest.mark.parametrize("fault", [Fault("reset"), Fault("status", 500), Fault("error", error="ratelimited")])
async def test_a_refresh_that_gets_no_answer_is_tried_again(many: Tenants, fault: Fault) -> None:
    many.workspace("TA")
    await many.install("TA")
    many.stage.slack.fail("oauth.v2.access", fault, fault)
    many.stage.time.now += LIVES - timedelta(hours=2)
    for wait in (1, 2, 0):
        await many.tended()
        many.stage.time.now += timedelta(minutes=wait)
    kept = many.installation("TA")
    assert kept is not None
    assert (kept.fails, kept.tried_at, kept.state) == (0, None, InstallState.ACTIVE)
    assert kept.expires_at is not None
    assert kept.expires_at > many.stage.time.now + timedelta(hours=11)
    assert many.alarms == []


async def test_a_wrong_client_secret_costs_no_workspace_and_is_told_once(many: Tenants) -> None:
    many.workspace("TA")
    await many.install("TA")
    many.stage.slack.fail("oauth.v2.access", *[Fault("error", error="bad_client_secret")] * 3)
    many.stage.time.now += LIVES - timedelta(hours=2)
    for _ in range(3):
        await many.tended()
        many.stage.time.now += timedelta(minutes=5)
    assert [key for key, _ in many.alarms] == ["slack.refresh_late"]
    await many.tended()
    kept = many.installation("TA")
    assert kept is not None
    assert (kept.fails, kept.state, kept.reason) == (0, InstallState.ACTIVE, "")


async def test_a_kill_between_the_answer_and_our_record_of_it_is_never_a_silent_dead_workspace(
    tmp_path: Path,
) -> None:
    time = Time()
    async with tenants(tmp_path, time=time) as before:
        people = before.workspace("TA")
        await before.install("TA")
        await before.subscribe(people)
        old = before.installation("TA")
        assert old is not None
        time.now += LIVES - timedelta(hours=2)
        before.stage.slack.fail("oauth.v2.access", Fault("lose"))
        await before.tended()  # as good as killed: Slack has spent the refresh token, we have no answer
        await before.stage.door.stop()
        before.stage.store.ledger.close()
        before.stage.store.library.close()
        async with tenants(tmp_path, time=time, slack=before.stage.slack) as after:
            time.now += timedelta(minutes=1)
            await after.tended()
            kept = after.installation("TA")
            assert kept is not None
            assert (kept.state, kept.access) == (InstallState.ACTIVE, old.access)
            assert [key for key, _ in after.alarms] == ["slack.refresh_refused"]
            [told] = [m for m in after.stage.slack.said_in("TA") if m.channel == "DUTA"]
            assert "https://bot.example/jianbao/slack/install" in told.words()
            time.now += timedelta(hours=2)
            await after.tended()
            kept = after.installation("TA")
            assert kept is not None
            assert (kept.state, kept.access, kept.refresh) == (InstallState.SUSPENDED, "", "")
            assert after.subscriber("TA", "CTA").state is SubscriberState.SUSPENDED
            page = await after.install("TA")
            assert say("slack.install.back", "en") in page.body
            assert after.subscriber("TA", "CTA").state is SubscriberState.ACTIVE


# going


async def test_a_refused_token_stops_its_own_workspace_and_no_other(many: Tenants) -> None:
    for team in ("TA", "TB"):
        people = many.workspace(team)
        await many.install(team)
        await many.subscribe(people)
    many.stage.publish(*a_week("2017-W47", 2))
    many.stage.time.now = MONDAY
    await many.tended()
    many.stage.slack.grants.uninstall("TA", "token_revoked")
    drained = await many.stage.drained()
    assert drained.stopped == (("slack", "TA"),)
    assert [m for m in many.stage.slack.said_in("TB") if m.via == "chat.postMessage"]
    assert many.subscriber("TA", "CTA").state is SubscriberState.SUSPENDED
    assert many.subscriber("TB", "CTB").state is SubscriberState.ACTIVE
    kept = many.installation("TA")
    assert kept is not None
    assert (kept.state, kept.access) == (InstallState.SUSPENDED, "")
    assert [key for key, _ in many.alarms] == ["slack.stopped"]


REMOVALS: tuple[tuple[str, ...], ...] = (
    ("app_uninstalled",),
    ("tokens_revoked",),
    ("app_uninstalled", "tokens_revoked"),
    ("tokens_revoked", "app_uninstalled"),
    ("app_uninstalled", "app_uninstalled", "tokens_revoked", "tokens_revoked"),
)


@pytest.mark.parametrize("removals", REMOVALS, ids=" ".join)
async def test_a_removed_app_forgets_its_tokens_at_once_and_keeps_the_settings(
    many: Tenants, tmp_path: Path, removals: tuple[str, ...]
) -> None:
    people, other = many.workspace("TA"), many.workspace("TB")
    for team, here in (("TA", people), ("TB", other)):
        await many.install(team)
        await many.subscribe(here)
    before = many.installation("TA")
    assert before is not None
    many.stage.time.now += timedelta(hours=1)
    many.stage.slack.grants.uninstall("TA")
    for name in removals:
        tokens = {"tokens": {"bot": [BOT]}} if name == "tokens_revoked" else {}
        await people.event({"type": name, **tokens})
        await many.stage.door.settled()
    kept = many.installation("TA")
    assert kept is not None
    assert (kept.state, kept.access, kept.refresh, kept.installer) == (InstallState.REMOVED, "", "", "")
    files = kept_bytes(tmp_path)
    assert before.access.encode() not in files
    assert before.refresh.encode() not in files
    assert many.subscriber("TA", "CTA").reason == "reason.slack.uninstalled"
    assert many.subscriber("TB", "CTB").state is SubscriberState.ACTIVE
    calls = many.stage.slack.calls.total()
    await people.command("/subscribe", channel="CTA", user="UTA")
    await many.stage.door.settled()
    assert many.stage.slack.calls.total() == calls
    assert many.stage.store.ledger.unhandled() == ()


async def test_a_persons_revoked_token_is_nothing_to_us(many: Tenants) -> None:
    people = many.workspace("TA")
    await many.install("TA")
    many.stage.time.now += timedelta(hours=1)
    await people.event({"type": "tokens_revoked", "tokens": {"oauth": ["UTA"]}})
    await many.stage.door.settled()
    kept = many.installation("TA")
    assert kept is not None
    assert kept.state is InstallState.ACTIVE


@pytest.mark.parametrize("seconds", [3600, 30, 0])
async def test_a_removal_that_comes_late_does_not_undo_a_newer_installation(
    many: Tenants, seconds: int
) -> None:
    people = many.workspace("TA")
    await many.install("TA")
    await many.subscribe(people)
    many.stage.time.now += timedelta(hours=1)
    many.stage.slack.grants.uninstall("TA")
    late = people.event_body({"type": "app_uninstalled"})
    await many.uninstalled(people)
    assert many.subscriber("TA", "CTA").state is SubscriberState.SUSPENDED
    many.stage.time.now += timedelta(seconds=seconds)
    page = await many.install("TA")
    assert say("slack.install.back", "en") in page.body
    assert say("slack.welcome_back", "ko", command="/jianbao") in many.stage.slack.said_in("TA")[-1].words()
    await people.again(late | {"event_id": "EvLate"})
    await many.stage.door.settled()
    kept = many.installation("TA")
    assert kept is not None
    assert kept.state is InstallState.ACTIVE
    assert many.subscriber("TA", "CTA").state is SubscriberState.ACTIVE


async def test_a_removal_right_after_the_installation_is_believed_when_slack_says_so(many: Tenants) -> None:
    people = many.workspace("TA")
    await many.install("TA")
    many.stage.slack.grants.uninstall("TA")
    await many.uninstalled(people)
    kept = many.installation("TA")
    assert kept is not None
    assert kept.state is InstallState.REMOVED


async def test_only_what_the_removal_stopped_comes_back(many: Tenants) -> None:
    people = many.workspace("TA")
    await many.install("TA")
    await many.subscribe(people)
    await many.stage.door.settled()
    many.stage.time.now += timedelta(hours=1)
    await people.event({"type": "channel_archive", "channel": "CTA", "user": "UTA"})
    await many.stage.door.settled()
    many.stage.slack.grants.uninstall("TA")
    await many.uninstalled(people)
    page = await many.install("TA")
    assert say("slack.install.done", "en") in page.body
    assert many.subscriber("TA", "CTA").reason == "reason.slack.archived"


# keys


async def test_after_a_restart_another_key_in_front_still_opens_and_none_that_fits_refuses(
    tmp_path: Path,
) -> None:
    time, new = Time(), make_key()
    async with FakeSlack(time) as slack:
        async with tenants(tmp_path, time=time, slack=slack) as many:
            many.workspace("TA")
            await many.install("TA")
        async with tenants(tmp_path, time=time, slack=slack, keys=(new, *KEYS)) as many:
            assert many.stage.door.tenant == "TA"
            assert many.stage.store.ledger.reseal(Seal((new, *KEYS)).again) == 2
        async with tenants(tmp_path, time=time, slack=slack, keys=(new,)) as many:
            assert many.stage.door.tenant == "TA"
        with pytest.raises(Refusal) as refused:
            async with tenants(tmp_path, time=time, slack=slack):
                raise AssertionError("it opened")
        assert (refused.value.key, refused.value.words) == ("slack.keys_wrong", {"tenant": "TA"})
