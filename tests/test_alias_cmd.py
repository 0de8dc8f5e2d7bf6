"""/alias as an admin types and presses it, on real files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from handlers.message import Attachment, Reply
from handlers.reread import Rereading
from store.bundle import Store
from store.model import LANGUAGES, Chat, Subscriber
from store.name_changes import written
from store.names import Names
from tests.asks import a_store, an_ask, buttons, plain, told
from tests.build import NOON, a_story, an_edition
from tests.presses import press, the_button


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    names = Names(tmp_path)
    kept = replace(a_store(tmp_path), names=names, catalogue=names.catalogue)
    stories = (a_story("2017-W47-1", companies=("Tencent",), mentions=()),)
    kept.library.put_edition(an_edition("2017-W47", stories), stories)
    yield kept
    kept.library.close()
    kept.ledger.close()


async def alias(store: Store, text: str, **fields: Any) -> Reply:
    return await told(store, f"/alias {text}".strip(), **{"admin": True, **fields})


async def pressed(store: Store, reply: Reply, begins: str) -> Reply:
    command = next(command for command in buttons(reply).values() if command.startswith(begins))
    return await press(store, reply, command, admin=True)


def audits(store: Store) -> list[tuple[str, str, str]]:
    return [(found.who, found.what, found.detail) for found in store.ledger.audit()]


def changes(store: Store) -> list[str]:
    assert store.names is not None
    return [change.verb for change in store.names.changes]


async def test_a_name_is_added_and_found_at_once(store: Store) -> None:
    """With who and when in the table, and an audit line."""
    reply = await alias(store, "add 텐센트 = 펭귄제국")

    assert "텐센트 (tencent)에 더함: 펭귄제국" in plain(reply)
    assert store.catalogue.find("펭귄제국").ids == ("tencent",)
    assert audits(store) == [("telegram:100/7", "alias", "add tencent: 펭귄제국")]
    shown = plain(await alias(store, "tencent"))
    assert "펭귄제국 — telegram:100/7, 11월 23일(월) 21:00 KST" in shown
    assert "처음부터 있던 이름" in shown


@pytest.mark.parametrize(
    "line", ["추가 텐센트 = 펭귄제국", "添加 腾讯 ＝ 펭귄제국", "ADD tencent=펭귄제국 한국어"]
)
async def test_sub_commands_are_words_of_three_languages(store: Store, line: str) -> None:
    """And so are the tokens behind a name."""
    await alias(store, line)

    assert store.catalogue.find("펭귄제국").ids == ("tencent",)


async def test_another_spacing_is_another_name_in_running_text(store: Store) -> None:
    """A look-up folds spaces, a text does not."""
    await alias(store, "add tencent = 텐 센트")
    company = store.catalogue.get("tencent")

    assert company is not None
    assert company.ko[-1] == "텐 센트"


async def test_undo_takes_back_the_newest_change_once(store: Store) -> None:
    """By a signed button; pressed again it does nothing."""
    await alias(store, "add tencent = 펭귄제국")
    second = await alias(store, "add tencent = 펭귄왕국")
    undone = await pressed(store, second, "/alias undo")

    assert "되돌렸습니다" in plain(undone)
    assert store.catalogue.find("펭귄왕국").status == "none"
    assert store.catalogue.find("펭귄제국").ids == ("tencent",)
    assert audits(store)[0][2] == "undo add tencent: 펭귄왕국"
    assert "더는 마지막 변경이 아닙니다" in plain(await pressed(store, second, "/alias undo"))
    assert changes(store) == ["add"]
    assert "되돌릴까요" in plain(await alias(store, "되돌리기"))
    assert changes(store) == ["add"]


async def test_a_name_of_another_company_is_asked_about(store: Store) -> None:
    """Nothing changes before a signed button says so; then the name is ambiguous."""
    asked = await alias(store, "add tencent = 메이투안")

    assert "메이투안 (meituan)의 이름입니다" in plain(asked)
    assert changes(store) == []
    await alias(store, "add id:tencent = 메이투안 ko")
    assert changes(store) == []
    await pressed(store, asked, "/alias add id:tencent = 메이투안 ko")
    assert set(store.catalogue.find("메이투안").ids) == {"meituan", "tencent"}


async def test_an_everyday_word_is_suggested_as_risky(store: Store) -> None:
    """Risky names are good for a question and need a cue in text; so the button says."""
    asked = await alias(store, "add tencent = 소식")

    assert "흔히 쓰는 말입니다" in plain(asked)
    await pressed(store, asked, "/alias add id:tencent = 소식 ko risky")
    company = store.catalogue.get("tencent")
    assert company is not None
    assert company.risky == ("소식",)
    assert "소식(흔한 말)" in plain(await alias(store, "tencent"))


async def test_a_word_said_to_be_risky_needs_no_question(store: Store) -> None:
    """A name that is there already can be marked so, too."""
    await alias(store, "add tencent = 소식 risky")
    await alias(store, "add tencent = 텅쉰 risky")
    company = store.catalogue.get("tencent")

    assert company is not None
    assert company.risky == ("소식", "텅쉰")
    assert company.ko.count("텅쉰") == 1


async def test_a_forged_press_is_no_press(store: Store) -> None:
    """In another chat the button's payload is refused."""
    asked = await alias(store, "add tencent = 메이투안")
    command = "/alias add id:tencent = 메이투안 ko"
    from handlers.buttons import payload

    stolen = payload(the_button(asked, command), an_ask("").chat, store, NOON)
    await told(store, stolen, admin=True, pressed=True, chat=Chat("telegram", "100", "8"))

    assert changes(store) == []


async def test_a_name_is_removed_and_shown_as_such(store: Store) -> None:
    """Shipped ones too, in every spelling; the last one stays."""
    assert "여전히" in plain(await alias(store, "remove 텐센트 = 腾讯"))  # 腾讯控股 is called so for short
    await alias(store, "add tencent = 펭귄제국")
    assert "여전히" not in plain(await alias(store, "remove 텐센트 = 펭귄 제국"))
    shown = plain(await alias(store, "tencent"))

    assert store.catalogue.find("펭귄제국").status == "none"
    assert "뺀 이름:" in shown
    assert "騰訊 — telegram:100/7" in shown
    await alias(store, "new lone = 홀로회사")
    assert "마지막 이름" in plain(await alias(store, "remove lone = 홀로회사"))
    assert changes(store) == ["remove", "add", "remove", "new"]


async def test_a_new_company_is_known_from_then_on(store: Store) -> None:
    """With names of all languages in one line, each in its own."""
    await alias(store, "new moonfox = 달여우 | 月狐测试 | 月狐測試台 | Moonfox Lab | 소식 risky")
    company = store.catalogue.get("moonfox")

    assert company is not None
    assert (company.ko, company.en) == (("달여우", "소식"), ("Moonfox Lab",))
    assert (company.zh_hans, company.zh_hant) == (("月狐测试",), ("月狐測試台",))
    assert company.risky == ("소식",)
    assert "이미 달여우의 id" in plain(await alias(store, "new moonfox = 다른이름"))


async def test_names_of_a_new_company_can_be_doubtful(store: Store) -> None:
    """Only those that are words become risky."""
    asked = await alias(store, "new moonfox = 달여우 | 소식 | 메이투안")
    await pressed(store, asked, "/alias new moonfox = 달여우 ko | 소식 ko risky | 메이투안 ko")
    company = store.catalogue.get("moonfox")

    assert company is not None
    assert company.risky == ("소식",)


async def test_a_merge_is_asked_for_and_then_moves_everything(store: Store) -> None:
    """Stories, follows and names; an undo brings all but the lists of chats back."""
    store.ledger.put_subscriber(Subscriber(Chat("telegram", "100", "9"), follows=("wechat",)))
    asked = await alias(store, "합치기 위챗 into 텐센트")
    assert "대화방 1곳" in plain(asked)
    assert changes(store) == []

    done = await pressed(store, asked, "/alias merge id:wechat into id:tencent")
    assert store.names is not None
    reading = Rereading(store, store.names)
    while reading.step(NOON):
        pass
    subscriber = store.ledger.subscriber(Chat("telegram", "100", "9"))

    assert store.catalogue.find("위챗").ids == store.catalogue.find("wechat").ids == ("tencent",)
    assert subscriber is not None
    assert subscriber.follows == ("tencent",)
    assert "wechat 합칠 때" in plain(await alias(store, "tencent"))
    undone = await pressed(store, done, "/alias undo")
    assert "합친 쪽에 남아" in plain(undone)
    assert store.catalogue.find("위챗").ids == ("wechat",)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("ad tencent = 새이름", "‘ad’"),
        ("add tencent 새이름", "‘tencent 새이름’"),
        ("add tencent =", "‘tencent =’"),
        ("add tencent = ...", "‘...’"),
        ("add tencent = " + "가" * 61, "60자"),
        ("add tencent = 하나둘 | 셋넷", "‘|’"),
        ('add tencent = "Zen Lab" xx', "‘xx’"),
        ("add tencent = 텐센트", "이미 있는 이름"),
        ("add tencnt = 새이름", "tencent"),
        ("add qqqqqqq = 새이름", "‘qqqqqqq’"),
        ("add 오포 = 새이름", "/alias id:oppo"),
        ("remove tencent = 없는이름", "텐센트홀딩스"),
        ("remove tencent", "‘tencent’"),
        ("merge wechat", "‘wechat’"),
        ("merge wechat into 위챗", "이미 같은 회사"),
        ("new Big Id = 새이름", "‘Big Id’"),
        ("new tencent = 새이름", "이미 텐센트의 id"),
        ("undo", "되돌릴 변경이 없습니다"),
        ("import", "names.tsv"),
        ("qqqqqqq", "‘qqqqqqq’"),
    ],
)
async def test_wrong_input_names_the_token_and_what_to_type(store: Store, line: str, says: str) -> None:
    """And changes nothing."""
    shown = plain(await alias(store, line))

    assert says in shown
    assert "/alias" in shown or "이름" in shown
    assert changes(store) == []
    assert audits(store) == []


async def test_the_list_tells_how_far_stories_are_read(store: Store) -> None:
    """While reading, and when it is done."""
    assert "아직 바꾼 이름이 없습니다" in plain(await alias(store, ""))
    await alias(store, "add tencent = 펭귄제국")
    assert "1개 가운데 0개" in plain(await alias(store, ""))
    assert store.names is not None
    reading = Rereading(store, store.names)
    while reading.step(NOON):
        pass

    shown = plain(await alias(store, ""))
    assert "텐센트 (tencent)에 더함: 펭귄제국 — telegram:100/7" in shown
    assert "1개를 다시 읽어 1개가 바뀌었습니다" in shown


@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_answer_exists_in_every_language(store: Store, language: str) -> None:
    """The same journey, in the words of each."""
    lines = ("", "add tencent = 소식", "add tencent = 펭귄제국", "tencent", "merge wechat into tencent", "")
    said = [plain(await alias(store, line, language=language)) for line in lines]

    assert all(said)
    assert "펭귄제국" in said[-1]


async def test_only_admins_may(store: Store) -> None:
    """Not even look: who changed what is theirs to know."""
    for line in ("/alias", "/alias tencent", "/alias add tencent = 펭귄제국"):
        await told(store, line)

    assert changes(store) == []
    assert "telegram" not in plain(await told(store, "/alias tencent"))


async def test_a_table_goes_out_and_in(store: Store) -> None:
    """What one bot exports another takes in, once; undone in one go."""
    await alias(store, "add tencent = 펭귄제국")
    await alias(store, "new moonfox = 달여우")
    file = (await alias(store, "export")).file
    assert file is not None
    assert store.names is not None
    assert file.data.decode() == written(store.names.changes)
    for change in reversed(store.names.changes):
        store.names.undo(change.ident)
    store.use(store.names.catalogue)

    sent = Attachment("my names.tsv", file.data)
    done = await alias(store, "import", attachment=sent)
    assert store.catalogue.find("달여우").ids == ("moonfox",)
    assert "변경 2건" in plain(await alias(store, "import", attachment=sent)) or changes(store) == [
        "add",
        "new",
    ]
    assert store.names.changes[0].who == "telegram:100/7 my_names.tsv"
    await pressed(store, done, "/alias undo")
    assert changes(store) == []


async def test_a_broken_table_is_refused_whole_with_its_lines(store: Store) -> None:
    """Every error that can be seen at once, and nothing taken in."""
    rows = written(()) + "\t\tadd\t\ttencent\t\t\t\t\t펭귄제국\n\t\tadd\t\tnobody\t\t\t\t\t가나다\nwhat\n"
    shown = plain(await alias(store, "import", attachment=Attachment("x.tsv", rows.encode())))

    assert "x.tsv 3행" in shown
    assert "x.tsv 4행" in shown
    assert changes(store) == []
    shown = plain(await alias(store, "import", attachment=Attachment("x.tsv", b"\xff\xfe")))
    assert "UTF-8" in shown


async def test_a_person_who_is_forgotten_is_named_no_more(store: Store) -> None:
    """His changes stay."""
    await alias(store, "add tencent = 펭귄제국")
    asked = await told(store, "/forget", admin=True)
    await press(store, asked, "/forget yes", admin=True)

    assert store.names is not None
    assert [change.who for change in store.names.changes] == [""]
    assert "누구인지 적혀 있지 않음" in plain(await alias(store, "tencent"))


async def test_without_a_folder_of_its_own_nothing_can_be_changed(store: Store) -> None:
    """It is said, not crashed."""
    shown = plain(await alias(replace(store, names=None), "add tencent = 펭귄제국"))

    assert "고칠 수 없습니다" in shown
