"""/follow, /unfollow, /following, /mute, /unmute."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

from handlers.chat_json import NAMES_LIMIT
from handlers.follow import added, read_names, removed
from store.bundle import Store
from store.catalogue import Catalogue, load
from store.model import Company, Subscriber, SubscriberState
from tests.asks import CHAT, a_store, buttons, plain, told
from tests.presses import press

TWINS = Catalogue(
    (
        Company("apple-farm", "company", ko=("사과농장",), en=("Apple",)),
        Company("apple-shop", "company", ko=("사과가게",), en=("Apple",)),
        Company("pear", "company", ko=("배나무",), en=("Pear Tree",)),
    )
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = a_store(tmp_path)
    yield store
    store.library.close()
    store.ledger.close()


def kept(store: Store) -> Subscriber:
    subscriber = store.ledger.subscriber(CHAT)
    assert subscriber is not None
    return subscriber


async def test_following_works_before_subscribing(store: Store) -> None:
    reply = await told(store, "/follow 메이투안")

    assert kept(store).follows == ("meituan",)
    assert kept(store).state is SubscriberState.NONE
    assert plain(reply).startswith("이제 메이투안을 팔로우합니다.")
    assert store.ledger.audit()[0].detail == f"{CHAT} meituan"


@pytest.mark.parametrize(
    "text",
    ["메이투안, 디디", "美团、滴滴", "Meituan,DiDi", "메이투안 디디", "meituan ; didi", "美团，滴滴，美团"],
)
async def test_several_names_are_read_in_any_script(store: Store, text: str) -> None:
    await told(store, f"/follow {text}")

    assert kept(store).follows == ("meituan", "didi")


async def test_a_name_with_spaces_is_one_name(store: Store) -> None:
    twins = replace(store, catalogue=TWINS)
    await told(twins, "/follow Pear Tree")

    assert kept(store).follows == ("pear",)


async def test_following_again_changes_nothing(store: Store) -> None:
    await told(store, "/follow meituan")
    reply = await told(store, "/follow 美团")

    assert plain(reply).startswith("메이투안은 이미 팔로우하고 있습니다.")
    assert len(store.ledger.audit()) == 1


async def test_the_button_of_an_answer_undoes_it(store: Store) -> None:
    reply = await told(store, "/follow meituan")
    await press(store, reply, "/unfollow id:meituan")

    assert kept(store).follows == ()


async def test_muting_takes_a_company_off_the_follows_and_says_so(store: Store) -> None:
    await told(store, "/follow meituan, didi")
    reply = await told(store, "/mute meituan")

    assert (kept(store).follows, kept(store).mutes) == (("didi",), ("meituan",))
    assert "메이투안은 팔로우에서 뺐습니다." in plain(reply)


async def test_following_takes_a_company_off_the_mutes_and_says_so(store: Store) -> None:
    await told(store, "/mute meituan")
    reply = await told(store, "/follow meituan")

    assert (kept(store).follows, kept(store).mutes) == (("meituan",), ())
    assert "메이투안은 숨김에서 뺐습니다." in plain(reply)


async def test_unmuting_lets_a_company_in_again(store: Store) -> None:
    await told(store, "/mute meituan")
    reply = await told(store, "/unmute meituan")

    assert kept(store).mutes == ()
    assert plain(reply).startswith("이제 메이투안이 다시 보입니다.")


@pytest.mark.parametrize("verb", ["unfollow", "unmute"])
async def test_taking_off_what_is_not_there_says_so(store: Store, verb: str) -> None:
    reply = await told(store, f"/{verb} meituan")

    assert "메이투안" in plain(reply)
    assert store.ledger.subscriber(CHAT) is None
    assert not store.ledger.audit()


async def test_an_unknown_name_gets_suggestions_as_buttons(store: Store) -> None:
    reply = await told(store, "/follow meitun")

    assert "혹시" in plain(reply)
    assert "/follow id:meituan" in buttons(reply).values()
    assert store.ledger.subscriber(CHAT) is None
    assert [miss.query for miss in store.ledger.misses()] == ["meitun"]


async def test_a_suggestion_that_is_pressed_is_followed(store: Store) -> None:
    reply = await told(store, "/follow meitun")
    await press(store, reply, "/follow id:meituan")

    assert kept(store).follows == ("meituan",)


async def test_a_name_like_nothing_is_refused_with_what_to_type(store: Store) -> None:
    reply = await told(store, "/mute qqqqxxxxzzzz")

    assert reply.tags["refused"] == "follow.unknown"
    assert "/companies" in plain(reply)
    assert "/mute 메이투안" in plain(reply)


async def test_an_ambiguous_name_is_asked_back(store: Store) -> None:
    reply = await told(replace(store, catalogue=TWINS), "/follow Apple")

    assert store.ledger.subscriber(CHAT) is None
    assert set(buttons(reply).values()) == {"/follow id:apple-farm", "/follow id:apple-shop"}
    assert not store.ledger.misses()


async def test_what_is_clear_is_done_and_what_is_not_is_asked(store: Store) -> None:
    twins = replace(store, catalogue=TWINS)
    reply = await told(twins, "/follow Pear Tree, Apple, qqqqxxxxzzzz")

    assert kept(store).follows == ("pear",)
    assert {"/follow id:apple-farm", "/follow id:apple-shop"} <= set(buttons(reply).values())
    assert "qqqqxxxxzzzz" in plain(reply)


async def test_the_limit_is_told_and_kept(store: Store) -> None:
    ids = tuple(list(load().companies)[: NAMES_LIMIT + 1])
    full = Subscriber(CHAT, follows=ids[:NAMES_LIMIT])
    store.ledger.put_subscriber(full)
    reply = await told(store, f"/follow id:{ids[NAMES_LIMIT]}")

    assert kept(store) == full
    assert str(NAMES_LIMIT) in plain(reply)
    assert "/unfollow" in plain(reply)


@pytest.mark.parametrize("verb", ["follow", "unfollow", "mute", "unmute"])
async def test_without_a_name_the_command_says_how_to_write_it(store: Store, verb: str) -> None:
    reply = await told(store, f"/{verb}")

    assert f"/{verb} " in plain(reply)
    assert "failed" not in reply.tags


async def test_unfollow_without_a_name_offers_what_is_followed(store: Store) -> None:
    await told(store, "/follow meituan, didi")
    reply = await told(store, "/unfollow")

    assert list(buttons(reply).values()) == ["/unfollow id:meituan", "/unfollow id:didi"]


async def test_the_list_shows_both_and_takes_off_by_button(store: Store) -> None:
    await told(store, "/follow meituan")
    await told(store, "/mute didi")
    reply = await told(store, "/following")

    assert "팔로우 1곳: 메이투안" in plain(reply)
    assert "숨김 1곳: 디디" in plain(reply)
    assert set(buttons(reply).values()) == {"/unfollow id:meituan", "/unmute id:didi"}


async def test_an_empty_list_says_how_to_begin(store: Store) -> None:
    reply = await told(store, "/following")

    assert "/follow" in plain(reply)
    assert "/mute" in plain(reply)


async def test_a_company_that_left_the_catalogue_can_be_seen(store: Store) -> None:
    store.ledger.put_subscriber(Subscriber(CHAT, follows=("gone-company",)))

    assert "gone-company" in plain(await told(store, "/following"))


@pytest.mark.parametrize("language", ["ko", "en", "zh"])
async def test_every_answer_exists_in_every_language(store: Store, language: str) -> None:
    for verb in ("follow", "mute", "unmute", "unfollow"):
        for names in ("meituan", "meituan", "didi, meitun", "zzzzqqqq", ""):
            reply = await told(store, f"/{verb} {names}", client_language=language)
            assert reply.language == language
            assert "failed" not in reply.tags


IDS = st.lists(st.sampled_from("abcdef"), unique=True).map(tuple)


@settings(max_examples=100)
@given(IDS, st.lists(st.tuples(st.sampled_from(["follow", "mute", "unfollow", "unmute"]), IDS), max_size=6))
def test_no_company_is_ever_followed_and_muted(
    start: tuple[str, ...], steps: list[tuple[str, tuple[str, ...]]]
) -> None:
    chat = Subscriber(CHAT, follows=start)
    for verb, ids in steps:
        if verb == "follow":
            chat = added(chat, "follow", ids).subscriber
            assert set(ids) <= set(chat.follows)
        elif verb == "mute":
            chat = added(chat, "mute", ids).subscriber
            assert set(ids) <= set(chat.mutes)
        elif verb == "unfollow":
            chat = removed(chat, "follow", ids).subscriber
            assert not set(ids) & set(chat.follows)
        else:
            chat = removed(chat, "mute", ids).subscriber
            assert not set(ids) & set(chat.mutes)
        assert not set(chat.follows) & set(chat.mutes)
        assert len(set(chat.follows)) == len(chat.follows)


@settings(max_examples=50)
@given(st.text(max_size=60))
def test_any_text_reads_as_names_or_as_questions(text: str) -> None:
    named = read_names(text, TWINS)

    assert set(named.ids) <= set(TWINS.companies)
    assert named.ids or named.unclear
