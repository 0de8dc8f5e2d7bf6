"""/draft: the coming edition as the newsroom would make it, and an editor's choices about it.

A number is a story's place in the draft as it is shown; buttons name the story itself, so that they
still mean the same when new reports have moved it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from handlers.answer import arguments, excerpt
from handlers.chat_settings import audit, button, reply, who
from handlers.dates import moment_text
from handlers.errors import Refusal
from handlers.issue_import import publish_now
from handlers.language import reply_language
from handlers.lookup import first, small, told
from handlers.message import Ask, Block, Bullets, Button, Line, Reply, bold, line
from handlers.newsroom.desk import draft_of, due_at, freeze, slot_of
from handlers.newsroom.edition import MOST, Draft, Placed
from handlers.newsroom.explained import member_lines, reason_texts
from handlers.newsroom.ranking import Ranked
from handlers.summary import lead_of
from handlers.words import say
from store.bundle import Store
from store.model import Language
from store.newsroom import Choice, ChoiceKind

_STORY = re.compile(r"(?P<named>id:\d{1,12}|\d{1,3})(?:\s+(?P<verb>\w+)(?:\s+(?P<rest>.+))?)?", re.DOTALL)
_SPARE = 10
_TITLE, _TEXT = 200, 3000  # characters of an editor's words


@dataclass(frozen=True, slots=True)
class _Desk:
    """What an editor's command works on."""

    ask: Ask
    store: Store
    draft: Draft
    spoken: Language

    def named(self, name: str) -> str:
        """The story of a number in the draft (spare ones are numbered on), or of "id:N"."""
        every = [*(one.coverage.id for one in self.draft.placed), *(r.coverage.id for r in self.draft.spare)]
        if name.startswith("id:"):
            if name[3:] in every:
                return name[3:]
            raise Refusal("draft.gone")
        if 1 <= int(name) <= len(every):
            return every[int(name) - 1]
        raise Refusal("draft.no_number", number=int(name), last=len(every))

    def number_of(self, story: str) -> int:
        """The story's number in the draft; 0 for one that is spare."""
        ids = [one.coverage.id for one in self.draft.placed]
        return ids.index(story) + 1 if story in ids else 0


async def draft(ask: Ask, store: Store) -> Reply:
    """Show the draft or one of its stories, or do with it what an editor says."""
    spoken = reply_language(ask, store)
    if store.feeds is None:
        raise Refusal("draft.no_feeds")
    desk = _Desk(ask, store, await draft_of(store, now=ask.now), spoken)
    words = arguments(ask)
    if not words:
        return _shown(desk)
    if words in ("publish", "keep"):
        return await _frozen(desk, publish=words == "publish")
    if words == "spare":
        return _spare(desk)
    if words == "reset":
        return await _reset(desk)
    match = _STORY.fullmatch(words)
    if match is None:
        raise Refusal("draft.how", found=excerpt(words))
    story = desk.named(match["named"])
    if match["verb"] is None:
        return _one(desk, story)
    return await _chosen(desk, story, match["verb"].lower(), (match["rest"] or "").strip())


def _shown(desk: _Desk) -> Reply:
    found, spoken = desk.draft, desk.spoken
    if not found.placed:
        return reply(spoken, first("draft.empty", spoken), replace=desk.ask.pressed)
    zone = desk.store.defaults.schedule.zone
    slot = moment_text(slot_of(desk.store, desk.ask.now), spoken, zone)
    blocks: list[Block] = [
        first("draft.head", spoken, moment=slot, count=len(found.placed), spare=len(found.spare)),
        Bullets(tuple(_line(number, one, desk) for number, one in enumerate(found.placed, 1))),
        small("draft.how_to", spoken),
        _clock(desk, zone),
    ]
    return reply(spoken, *blocks, buttons=_buttons(desk), replace=desk.ask.pressed)


def _clock(desk: _Desk, zone: str) -> Block:
    """Who publishes it, and when."""
    editor = desk.store.defaults.editor
    if not editor or (editor == "auto" and desk.draft.touched):
        return small("draft.by_you", desk.spoken)
    return small(
        "draft.by_clock", desk.spoken, moment=moment_text(due_at(desk.store, desk.ask.now), desk.spoken, zone)
    )


def _buttons(desk: _Desk) -> tuple[Button, ...]:
    spoken = desk.spoken
    numbers = tuple(_opens(number, one.ranked, desk) for number, one in enumerate(desk.draft.placed, 1))
    spare = (button("draft.spare_button", spoken, "/draft spare"),) if desk.draft.spare else ()
    reset = (button("draft.reset_button", spoken, "/draft reset", signed=True),) if desk.draft.touched else ()
    return (
        *numbers,
        button("draft.publish_button", spoken, "/draft publish", signed=True),
        button("draft.keep_button", spoken, "/draft keep", signed=True),
        *spare,
        *reset,
    )


def _opens(number: int, ranked: Ranked, desk: _Desk) -> Button:
    """A button to one story of the draft, or of those left out."""
    label = say("draft.number", desk.spoken, number=number)
    title = ranked.coverage.face(desk.store.defaults.language).title
    return Button(label, f"/draft id:{ranked.coverage.id}", spoken=f"{label}: {title}")


def _line(number: int, one: Placed, desk: _Desk) -> Line:
    """A story of the draft: number, title, section, and the reason that counts most."""
    face = one.coverage.face(desk.store.defaults.language)
    app = f"{say('import.is_app', desk.spoken)} " if one.app else ""
    section = say(f"newsroom.section.{one.section}", desk.spoken)
    return line(f"{number}. {app}", bold(one.title or face.title), f" · {section} · {_why(one.ranked, desk)}")


def _why(ranked: Ranked, desk: _Desk) -> str:
    return next(reason_texts(ranked.reasons, desk.store.catalogue, desk.spoken), "")


def _one(desk: _Desk, story: str) -> Reply:
    """One story with everything an editor needs to decide on it."""
    spoken, number = desk.spoken, desk.number_of(story)
    placed = next((one for one in desk.draft.placed if one.coverage.id == story), None)
    ranked = placed.ranked if placed else next(r for r in desk.draft.spare if r.coverage.id == story)
    face = ranked.coverage.face(desk.store.defaults.language)
    title = (placed.title if placed else "") or face.title
    text = (placed.text if placed else "") or lead_of(face.title, face.text, face.mentions, face.figures)
    members = desk.store.ledger.memberships([story])
    at = f"/draft id:{story}"
    move = (
        (
            button("draft.top_button", spoken, f"{at} move 1", signed=True),
            button("draft.up_button", spoken, f"{at} move {max(1, number - 1)}", signed=True),
            button("draft.down_button", spoken, f"{at} move {number + 1}", signed=True),
            button("draft.drop_button", spoken, f"{at} drop", signed=True),
        )
        if placed
        else (button("draft.add_button", spoken, f"{at} move {MOST}", signed=True),)
    )
    return reply(
        spoken,
        first("draft.story", spoken, number=number or "+", title=title),
        *([told("draft.text", spoken, text=text)] if text else []),
        Bullets(tuple(line(each) for each in reason_texts(ranked.reasons, desk.store.catalogue, spoken))),
        told("newsroom.why_members", spoken, count=len(members)),
        Bullets(tuple(member_lines(members, desk.store, spoken))),
        small("draft.write", spoken, number=number or desk_number(desk.draft, story)),
        buttons=(*move, button("draft.back_button", spoken, "/draft")),
        replace=desk.ask.pressed,
    )


def desk_number(draft_: Draft, story: str) -> int:
    """The number by which a spare story is named: they are numbered on after the draft's."""
    return len(draft_.placed) + [each.coverage.id for each in draft_.spare].index(story) + 1


async def _chosen(desk: _Desk, story: str, verb: str, rest: str) -> Reply:
    """Keep an editor's choice, and show the draft as it is then."""
    kind: ChoiceKind
    match verb:
        case "drop":
            kind, value = "drop", ""
        case "move" | "add":
            if verb == "move" and not rest.isdecimal():
                raise Refusal("draft.how", found=excerpt(f"{verb} {rest}"))
            kind, value = "place", rest if rest.isdecimal() else str(MOST)
            value = str(min(MOST, max(1, int(value[:4]))))
        case "title" | "text" if rest:
            kind, value = ("title", rest[:_TITLE]) if verb == "title" else ("text", rest[:_TEXT])
        case _:
            raise Refusal("draft.how", found=excerpt(f"{verb} {rest}"))
    week, ledger = desk.draft.week, desk.store.ledger
    if kind in ("drop", "place"):
        ledger.unchoose(week, story, "place" if kind == "drop" else "drop")
    ledger.choose(Choice(week, story, kind, value, who(desk.ask), desk.ask.now))
    audit(desk.ask, desk.store, what="draft", detail=f"{week} {story} {verb} {value}"[:200])
    return _shown(await _again(desk))


async def _reset(desk: _Desk) -> Reply:
    for choice in desk.store.ledger.choices(desk.draft.week):
        desk.store.ledger.unchoose(choice.week, choice.story)
    audit(desk.ask, desk.store, what="draft", detail=f"{desk.draft.week} reset")
    return _shown(await _again(desk))


async def _again(desk: _Desk) -> _Desk:
    return _Desk(desk.ask, desk.store, await draft_of(desk.store, now=desk.ask.now), desk.spoken)


def _spare(desk: _Desk) -> Reply:
    """The next best stories, numbered on."""
    spoken, begin = desk.spoken, len(desk.draft.placed) + 1
    spare: Sequence[Ranked] = desk.draft.spare[:_SPARE]
    if not spare:
        return reply(spoken, first("draft.no_spare", spoken), replace=desk.ask.pressed)
    lines = tuple(
        line(
            f"{begin + at}. ",
            bold(each.coverage.face(desk.store.defaults.language).title),
            f" · {_why(each, desk)}",
        )
        for at, each in enumerate(spare)
    )
    buttons = tuple(_opens(begin + at, each, desk) for at, each in enumerate(spare))
    return reply(
        spoken,
        first("draft.spare", spoken, count=len(desk.draft.spare)),
        Bullets(lines),
        small("draft.how_to_add", spoken, number=begin),
        buttons=(*buttons, button("draft.back_button", spoken, "/draft")),
        replace=desk.ask.pressed,
    )


async def _frozen(desk: _Desk, *, publish: bool) -> Reply:
    """Freeze the draft as an edition; publish it, or leave it to be reviewed like one that was imported."""
    spoken = desk.spoken
    if not desk.draft.placed:
        raise Refusal("draft.empty")
    if not desk.ask.signed:
        verb = "publish" if publish else "keep"
        sure = button(f"draft.{verb}_button", spoken, f"/draft {verb}", signed=True)
        return reply(spoken, first("draft.sure", spoken, count=len(desk.draft.placed)), buttons=(sure,))
    edition = freeze(desk.store, desk.draft, now=desk.ask.now)
    audit(desk.ask, desk.store, what="draft", detail=f"{edition.id} from the newsroom")
    if publish:
        return publish_now(desk.ask, desk.store, edition.id)
    return reply(
        spoken,
        first("draft.kept", spoken, title=edition.title, edition=edition.id, count=len(edition.story_ids)),
        small("import.not_published", spoken),
        buttons=(button("import.publish", spoken, f"/import publish {edition.id}", signed=True),),
        replace=True,
    )
