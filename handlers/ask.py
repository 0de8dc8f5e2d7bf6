"""/ask: the sentences of the store that answer a question, word for word, or that there are none."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from handlers.amounts import figure_text
from handlers.answer import arguments, excerpt
from handlers.cards import company_buttons, company_row, read_button, story_card
from handlers.concepts import concepts
from handlers.errors import Refusal
from handlers.highlight import around, marked
from handlers.language import reply_language
from handlers.lookup import first, require_stories, row_of, small, told
from handlers.message import Ask, Block, Button, Heading, Note, Reply, Text, bold, line
from handlers.passages import Passage, answers
from handlers.question import Question, read_question
from handlers.start import explained
from handlers.summary import lead
from handlers.words import say
from store.bundle import Store
from store.model import Company, Figure, Language, Story

_LONGEST = 600  # characters of a sentence; a longer one is cut around the words of the question
_ABOUT = 3


async def ask(ask: Ask, store: Store) -> Reply:
    """The figure asked for, first, as printed; and each sentence with its story and its link."""
    language = reply_language(ask, store)
    if not arguments(ask):
        return explained("ask", language)
    require_stories(ask, store)
    question = read_question(arguments(ask), store.catalogue)
    if question.empty:
        return _about(question, store, language)
    found = answers(question, store)
    if not found:
        return _nothing(question, store, language)
    blocks: list[Block] = []
    if found[0].figure:
        blocks += _figure(found[0].figure, language)
    else:
        blocks.append(Heading(say("ask.found", language, question=excerpt(question.text), count=len(found))))
    blocks += _cards(found, _marks(question), store, language)
    blocks.append(small("ask.verbatim", language))
    tags = {"status": "found", "stories": " ".join(each.story.id for each in found)}
    if found[0].figure:
        tags["figure"] = " ".join(found[0].figure.raw.split())
    return Reply(tuple(blocks), language, tags=tags)


def _figure(figure: Figure, language: Language) -> list[Block]:
    """The figure as it is printed, with the conversion printed beside it; below, as the reader writes it."""
    printed = " ".join(figure.raw.split())
    if figure.pair:
        printed += f" ({' '.join(figure.pair.raw.split())})"
    blocks: list[Block] = [Text(line(bold(printed)))]
    spelled = figure_text(figure, language)
    if "".join(spelled.split()) != "".join(printed.split()):
        blocks.append(Note(line(f"= {spelled}")))
    return blocks


def _cards(found: Sequence[Passage], marks: Sequence[str], store: Store, language: Language) -> list[Block]:
    edition = cache(store.library.edition)
    return [
        story_card(
            each.story,
            edition(each.story.edition),
            language,
            body=marked(
                around(" ".join(each.text.split()), _own_marks(each, marks), longest=_LONGEST),
                _own_marks(each, marks),
            ),
            number=number,
            figures=0,
            buttons=_buttons(each.story, number, store, language),
        )
        for number, each in enumerate(found, start=1)
    ]


def _buttons(story: Story, number: int, store: Store, language: Language) -> tuple[Button, ...]:
    read = read_button(story, number, language)
    return (read, *company_buttons(story, store.catalogue, language, limit=2))


def _marks(question: Question) -> tuple[str, ...]:
    """The words of the question in every language, longest first."""
    spelled = [word for name in question.concepts for word in concepts()[name].words if len(word) > 1]
    return tuple(sorted((*question.words, *spelled), key=len, reverse=True))


def _own_marks(passage: Passage, marks: Sequence[str]) -> tuple[str, ...]:
    """What is bold in a passage: its figure, then the words of the question."""
    return (" ".join(passage.figure.raw.split()), *marks[:19]) if passage.figure else tuple(marks)


def _about(question: Question, store: Store, language: Language) -> Reply:
    """A question that only names a company: what the newest stories say of it."""
    if not question.companies:
        raise Refusal("ask.no_words")
    known = _companies(question, store)
    page = store.library.stories_about(question.companies[0], limit=_ABOUT)
    if not page.stories:
        return _nothing(question, store, language)
    edition = cache(store.library.edition)
    blocks: list[Block] = [Heading(say("ask.about", language, name=known[0].name(language) if known else ""))]
    blocks += [
        story_card(
            story,
            edition(story.edition),
            language,
            body=lead(story, limit=1, about=question.companies[0]),
            number=number,
            figures=0,
            buttons=(read_button(story, number, language),),
        )
        for number, story in enumerate(page.stories, start=1)
    ]
    return Reply((*blocks, *row_of(company_row(known, language))), language, tags={"status": "about"})


def _nothing(question: Question, store: Store, language: Language) -> Reply:
    """Not in the store; how much is known of whom was asked about, and what to press instead."""
    blocks: list[Block] = [first("ask.none", language, question=excerpt(question.text))]
    known = _companies(question, store)
    counts = store.library.company_counts()
    for company in known:
        count = counts.get(company.id, 0)
        key = "ask.none_of" if count else "ask.never"
        blocks.append(told(key, language, name=company.name(language), count=count))
    buttons = [*company_row(known, language)]
    if words := " ".join(question.words):
        buttons.append(Button(say("button.search", language), f"/search {words}"))
    blocks += row_of(buttons)
    blocks.append(small("ask.hint", language))
    return Reply(tuple(blocks), language, tags={"status": "none"})


def _companies(question: Question, store: Store) -> list[Company]:
    return [found for company in question.companies[:3] if (found := store.catalogue.get(company))]
