"""How feeds and proposals look to those who run the bot: health, reasons, what was found."""

from __future__ import annotations

from handlers.chat_settings import button, settings_of
from handlers.dates import moment_text
from handlers.feed_text import cut
from handlers.lookup import first, small
from handlers.message import Ask, Block, Button, Card, Note, Reply, Text, bold, line, link
from handlers.words import say
from store.bundle import Store
from store.feeds import Feed, FeedState, Seen, Submission, SubmissionState
from store.model import Language

_SHOWN = 3  # entries of a feed that was looked at
_NAME = 60


def name_of(feed: Feed) -> str:
    """What a feed is called: its title, else its address."""
    return cut(feed.title or feed.url, _NAME)


def zone_of(ask: Ask, store: Store) -> str:
    return settings_of(ask, store).schedule.zone


def row(feed: Feed, spoken: Language, zone: str) -> Card:
    """A feed in the list: whether it is well, when it was read and will be."""
    key = "well"
    if feed.state != FeedState.ACTIVE:
        key = feed.state.value
    elif feed.fails:
        key = "failing"
    elif feed.last_at is None:
        key = "unread"
    title = line(bold(f"{feed.id}. {name_of(feed)}"), f" · {say(f'feed.is_{key}', spoken)}")
    blocks: list[Text | Note] = []
    if feed.last_error:
        reason = say(feed.last_error, spoken, **dict(feed.error_words))
        blocks.append(Text(line(say("feed.fails", spoken, count=feed.fails, reason=reason))))
    blocks.append(Note(line(_times(feed, spoken, zone))))
    return Card(title, tuple(blocks))


def card(feed: Feed, spoken: Language, zone: str) -> tuple[Block, ...]:
    """One feed alone, with where it is read and what can be done."""
    known = row(feed, spoken, zone)
    hours = max(1, round(feed.interval.total_seconds() / 3600))
    more = (Note(line(link(feed.url, feed.url))), small("feed.pace", spoken, count=hours))
    return (Card(known.title, (*known.blocks, *more)),)


def actions(feed: Feed, spoken: Language) -> tuple[Button, ...]:
    """What can be done with a feed."""
    going = feed.state == FeedState.ACTIVE
    turn = ("pause", f"/feed pause {feed.id}") if going else ("resume", f"/feed resume {feed.id}")
    return (
        button("feed.button_test", spoken, f"/feed test {feed.id}"),
        button(f"feed.button_{turn[0]}", spoken, turn[1]),
        button("feed.button_remove", spoken, f"/feed remove {feed.id}", signed=True),
    )


def _times(feed: Feed, spoken: Language, zone: str) -> str:
    said = []
    if feed.last_at is not None:
        said.append(say("feed.last", spoken, moment=moment_text(feed.last_at, spoken, zone)))
    if feed.new_at is not None:
        said.append(say("feed.newest", spoken, moment=moment_text(feed.new_at, spoken, zone)))
    if feed.next_at is not None and feed.state == FeedState.ACTIVE:
        said.append(say("feed.next", spoken, moment=moment_text(feed.next_at, spoken, zone)))
    return " · ".join(said) or say("feed.never", spoken)


def found(seen: Seen, spoken: Language) -> tuple[Block, ...]:
    """What stands at an address."""
    blocks: list[Block] = [
        first("feed.tested", spoken, title=seen.title or seen.url, count=len(seen.entries)),
    ]
    blocks += [Note(line(say(key, spoken, **dict(words)))) for key, words in seen.problems]
    for entry in seen.entries[:_SHOWN]:
        shown = cut(entry.title or entry.text, _NAME)
        blocks.append(Text(line(link(shown, entry.url) if entry.url else shown)))
    return tuple(blocks)


def proposal(submission: Submission, spoken: Language) -> tuple[Card, ...]:
    """A proposal, to be decided by its buttons."""
    title = line(bold(say("submit.proposal", spoken, number=submission.id)))
    return (
        Card(
            title,
            (Text(line(link(submission.url, submission.url))),),
            (
                button("submit.approve", spoken, f"/feed approve {submission.id}"),
                button("submit.reject", spoken, f"/feed reject {submission.id}"),
            ),
        ),
    )


def proposed(submission: Submission, spoken: Language) -> Reply:
    """A proposal as a message of its own."""
    return Reply(proposal(submission, spoken), spoken)


def decided(submission: Submission, spoken: Language) -> Reply:
    """What became of a proposal, for the person who made it."""
    key = "submit.taken" if submission.state == SubmissionState.APPROVED else "submit.not_taken"
    return Reply(
        (first(key, spoken), Text(line(link(submission.url, submission.url)))), spoken, tags={"decided": key}
    )


def notice(feed: Feed, spoken: Language) -> Reply:
    """That a source died, ended or moved."""
    words = {"name": name_of(feed), "number": feed.id, "url": feed.url}
    blocks: list[Block] = [first(f"feed.notice_{feed.notice}", spoken, **words)]
    if feed.last_error:
        blocks.append(Text(line(say(feed.last_error, spoken, **dict(feed.error_words)))))
    blocks.append(small("feed.notice_how", spoken, number=feed.id))
    return Reply(tuple(blocks), spoken)
