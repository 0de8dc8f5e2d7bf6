"""/import: a newsletter issue into the library, with a preview before anything is written.

The issue's text waits as a draft in the ledger, so that Approve still works after a restart;
approving reads it again and decides anew against the library as it then is.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

from handlers.answer import arguments, excerpt
from handlers.chat_settings import audit, button, reply
from handlers.dates import moment_text
from handlers.documents import text_of
from handlers.errors import Refusal
from handlers.feed_lists import is_opml
from handlers.feeds_cmd import feed
from handlers.ingest import Change, plan
from handlers.issue_preview import differences, facts, item_lines, source_text, warnings
from handlers.language import reply_language
from handlers.lookup import first, small, told
from handlers.message import Ask, Block, Bullets, Button, Heading, Reply, line
from handlers.publish import is_back_issue
from handlers.reading import read
from handlers.review_cmd import keep_warnings, review
from handlers.revise import of_change, write
from handlers.words import say
from store.bundle import Store
from store.model import Edition, Issue, Language, Subscriber, SubscriberState

_DECISION = re.compile(r"(?P<verb>approve|review|publish|cancel)\s+(?P<key>[\w-]{1,40})")
_ADDRESS = re.compile(r"https?://\S+", re.IGNORECASE)
_MOMENTS = 5
_PAGE = 1000


@dataclass(frozen=True, slots=True)
class Draft:
    """An issue that waits: where it came from, and its text."""

    source: str
    text: str

    @property
    def key(self) -> str:
        """The same text from the same place has the same key: sent twice, it waits once."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()[:12]

    def to_json(self) -> str:
        return json.dumps({"source": self.source, "text": self.text})

    @classmethod
    def from_json(cls, body: str) -> Draft:
        data = json.loads(body)
        return cls(str(data["source"]), str(data["text"]))


async def import_(ask: Ask, store: Store) -> Reply:
    """Preview an issue (a file, an address, a text), or decide about one that was previewed."""
    if ask.attachment is not None and is_opml(ask.attachment.data):
        return await feed(replace(ask, text="/feed import"), store)  # sent without a word: a list of feeds
    words = arguments(ask)
    decision = _DECISION.fullmatch(words)
    if decision is None or ask.attachment is not None:
        return await _preview(ask, store, await _draft(ask, words, store))
    verb, key = decision["verb"], decision["key"]
    body = store.ledger.draft(_kept_as(key))
    if body is None:
        return _without_draft(ask, store, verb, key)
    draft = Draft.from_json(body)
    if verb == "cancel":
        return _cancelled(ask, store, key)
    if not ask.signed:
        return await _preview(ask, store, draft)
    return await _approved(ask, store, draft, verb)


def _kept_as(key: str) -> str:
    return f"import:{key}"


async def _draft(ask: Ask, words: str, store: Store) -> Draft:
    if ask.attachment is not None:
        file = ask.attachment
        return Draft(file.name, text_of(file.data, name=file.name, content_type=file.content_type))
    if not words:
        raise Refusal("import.nothing")
    address = words.strip("<>").partition("|")[0]  # as chats and mails wrap an address
    if _ADDRESS.fullmatch(address) is None:
        if "\n" not in words:
            raise Refusal("import.not_an_issue", found=excerpt(words))
        return Draft(ask.chat.platform, words)
    if store.fetch is None:
        raise Refusal("import.no_fetch")
    fetched = await store.fetch(address)
    return Draft(fetched.url, text_of(fetched.data, name=fetched.url, content_type=fetched.content_type))


async def _planned(ask: Ask, store: Store, draft: Draft) -> tuple[Issue, Change]:
    # A long issue takes a second to read; others are answered meanwhile.
    catalogue = store.catalogue
    issue = await asyncio.to_thread(read, draft.text, catalogue, name=draft.source)
    if store.catalogue is not catalogue:  # names were changed meanwhile, and stories are read again
        return await _planned(ask, store, draft)
    return issue, plan(issue, store.library, now=ask.now, source=draft.source)


async def _preview(ask: Ask, store: Store, draft: Draft) -> Reply:
    """What importing would do; where it would do something, the draft waits for a decision."""
    spoken = reply_language(ask, store)
    issue, change = await _planned(ask, store, draft)
    edition = change.edition
    told_facts = Bullets(facts(issue, edition, draft.source, spoken))
    if change.empty:
        return reply(
            spoken,
            first("import.nothing_new", spoken, title=edition.title, edition=edition.id),
            told_facts,
            *warnings(change.warnings, spoken),
            buttons=() if edition.published_at else (_publish_button(edition.id, spoken),),
        )
    store.ledger.keep_draft(_kept_as(draft.key), draft.to_json(), at=ask.now)
    return reply(
        spoken,
        Heading(say("import.preview", spoken, title=edition.title)),
        told(
            "import.what_changes",
            spoken,
            new=len(change.new),
            changed=len({one.story for one in change.changed} - {edition.id}),
            removed=len(change.removed),
            same=change.same,
        ),
        told_facts,
        Bullets(item_lines(change, store, spoken)),
        *differences(change, spoken),
        *warnings(change.warnings, spoken),
        *_older(edition, store, spoken),
        small("import.not_yet", spoken),
        buttons=_decisions(draft.key, edition, spoken),
    )


def _older(edition: Edition, store: Store, spoken: Language) -> tuple[Block, ...]:
    """That publishing this sends an older edition than the newest, where it does."""
    if edition.published_at is not None or not is_back_issue(edition.id, store.library):
        return ()
    newest = store.library.editions(limit=1)[0]
    return (told("import.back_issue", spoken, newest=newest.id),)


def _decisions(key: str, edition: Edition, spoken: Language) -> tuple[Button, ...]:
    """What may be done with a draft. To be looked through it is saved and not published, so that
    nothing is public before; what is public already would be changed for all at once.
    """
    ways: tuple[Button, ...] = ()
    if edition.published_at is None:
        review = button("import.review", spoken, f"/import review {key}", signed=True)
        ways = (review, _publish_button(key, spoken))
    return (
        button("import.approve", spoken, f"/import approve {key}", signed=True),
        *ways,
        button("import.cancel", spoken, f"/import cancel {key}"),
    )


def _publish_button(key: str, spoken: Language) -> Button:
    """`key` of a draft, to approve and publish it; or of an edition that is in the library."""
    word = "import.publish" if re.match(r"\d{4}-W", key) else "import.approve_and_publish"
    return button(word, spoken, f"/import publish {key}", signed=True)


async def _approved(ask: Ask, store: Store, draft: Draft, verb: str) -> Reply:
    """Write the issue down, publish it or begin to review it if asked to, and let go of the draft:
    last, so that a crash in between leaves a button that still works.
    """
    _, change = await _planned(ask, store, draft)
    if not change.empty:
        write(store, of_change(change), now=ask.now)
        keep_warnings(change.edition.id, change.warnings, ask, store)
        source = source_text(draft.source)
        audit(ask, store, what="import", detail=f"{change.edition.id} from {source}")
    edition = change.edition.id
    if verb == "review":
        done = await review(replace(ask, text=f"/review {edition} 1"), store)
    else:
        done = publish_now(ask, store, edition) if verb == "publish" else _stored(ask, store, change)
    store.ledger.drop_draft(_kept_as(draft.key))
    return done


def _stored(ask: Ask, store: Store, change: Change) -> Reply:
    spoken = reply_language(ask, store)
    edition, count = change.edition, len(change.stories)
    head = first("import.stored", spoken, title=edition.title, edition=edition.id, count=count)
    if edition.published_at is not None:
        return reply(spoken, head, replace=True)
    return reply(
        spoken,
        head,
        small("import.not_published", spoken),
        buttons=(
            button("correct.review", spoken, f"/review {edition.id}"),
            _publish_button(edition.id, spoken),
        ),
        replace=True,
    )


def publish_now(ask: Ask, store: Store, edition_id: str) -> Reply:
    """Make an edition public and say whom it will reach, and when."""
    spoken = reply_language(ask, store)
    known = store.library.edition(edition_id)
    again = known is not None and known.published_at is not None
    edition = store.library.publish_edition(edition_id, ask.now)
    if not again:
        audit(ask, store, what="publish", detail=edition.id)
    return reply(
        spoken,
        first(
            "import.published_before" if again else "import.published",
            spoken,
            title=edition.title,
            edition=edition.id,
        ),
        *_reach(edition, store, spoken),
        *((small("import.published_how", spoken),) if again else ()),
        buttons=_after_publishing(edition, spoken, again=again),
        replace=ask.pressed,
    )


def _after_publishing(edition: Edition, spoken: Language, *, again: bool) -> tuple[Button, ...]:
    """What helps next: what was public before can still be corrected, and be sent to who lacks it."""
    status = button("import.status_button", spoken, "/status")
    if not again:
        return (status,)
    return (
        button("correct.review", spoken, f"/review {edition.id}"),
        button("import.send_button", spoken, f"/send {edition.id} all"),
        status,
    )


def _reach(edition: Edition, store: Store, spoken: Language) -> tuple[Block, ...]:
    """How many chats will get it, and when: the first five moments."""
    moments = Counter(
        chat.next_at for chat in _active(store) if chat.next_at is not None and edition.id > chat.last_edition
    )
    count = moments.total()
    if not count:
        return (told("import.no_chats", spoken),)
    zone = store.defaults.schedule.zone
    soonest = sorted(moments)[:_MOMENTS]
    lines = [
        line(say("import.due", spoken, moment=moment_text(moment, spoken, zone), count=moments[moment]))
        for moment in soonest
    ]
    later = count - sum(moments[moment] for moment in soonest)
    if later:
        lines.append(line(say("import.due_later", spoken, count=later)))
    return (told("import.reach", spoken, count=count), Bullets(tuple(lines)))


def _active(store: Store) -> Iterator[Subscriber]:
    offset = 0
    while page := store.ledger.subscribers(state=SubscriberState.ACTIVE, offset=offset, limit=_PAGE):
        yield from page
        offset += len(page)


def _cancelled(ask: Ask, store: Store, key: str) -> Reply:
    spoken = reply_language(ask, store)
    store.ledger.drop_draft(_kept_as(key))
    return reply(spoken, first("import.cancelled", spoken), replace=ask.pressed)


def _without_draft(ask: Ask, store: Store, verb: str, key: str) -> Reply:
    """A decision about an edition that is stored already, or about a draft that is gone."""
    spoken = reply_language(ask, store)
    edition = store.library.edition(key)
    if verb != "publish" or edition is None:
        raise Refusal("import.gone")
    if ask.signed or edition.published_at is not None:
        return publish_now(ask, store, edition.id)
    return reply(
        spoken,
        first("import.publish_sure", spoken, title=edition.title, edition=edition.id),
        *_older(edition, store, spoken),
        *_reach(edition, store, spoken),
        buttons=(_publish_button(edition.id, spoken),),
    )
