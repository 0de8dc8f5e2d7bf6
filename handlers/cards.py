"""Cards: how a story and a company look in every answer."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from handlers.amounts import figure_text, key_figures
from handlers.dates import day, story_day
from handlers.message import Button, Card, Line, Note, Picture, Run, Text, bold, line, link
from handlers.words import say
from store.catalogue import Catalogue
from store.model import Company, Edition, Language, Story

_PICTURES = (".jpg", ".jpeg", ".png", ".gif", ".webp")
_JOIN = " · "
_ELSEWHERE = 4  # other outlets named


def story_card(
    story: Story,
    edition: Edition | None,
    language: Language,
    *,
    body: str | Line = "",
    number: int | None = None,
    title: str = "",
    figures: int = 3,
    mark_language: bool = True,
    in_edition: bool = False,
    buttons: Sequence[Button] = (),
    by_model: bool = False,
) -> Card:
    """A story as a unit: title, what it says, its key figures, when and where from.

    `number` stands before the title; `title` replaces it; `figures` = how many at most;
    `in_edition` = the edition is plain from where the card stands, and is not said again; `by_model` =
    a language model put `body` into words.
    """
    heading = bold(title or story.title)
    blocks: list[Text | Note] = []
    if body:
        blocks.append(Text(line(body) if isinstance(body, str) else body))
    if shown := figures_line(story, language, limit=figures):
        blocks.append(Text(shown))
    note = source_note(
        story, edition, language, mark_language=mark_language, in_edition=in_edition, number=number
    )
    if by_model:
        note = Note(line(*note.line, *((_JOIN,) if note.line else ()), say("story.by_model", language)))
    if note.line:
        blocks.append(note)
    if elsewhere := also_note(story, language, number=number):
        blocks.append(elsewhere)
    return Card(
        line(heading) if number is None else line(bold(f"{number}. "), heading), tuple(blocks), tuple(buttons)
    )


def figures_line(story: Story, language: Language, *, limit: int) -> Line:
    """The story's key figures on one line, each once; () when it has none."""
    texts = dict.fromkeys(figure_text(figure, language) for figure in key_figures(story.figures, limit))
    return line(say("digest.figures", language, figures=_JOIN.join(texts))) if texts else ()


def source_note(
    story: Story,
    edition: Edition | None,
    language: Language,
    *,
    mark_language: bool = True,
    in_edition: bool = False,
    number: int | None = None,
) -> Note:
    """Small print: the day, the edition, the language where it differs, and the source, last.

    `number` = of the story in a list.
    """
    pieces: list[str | Run] = []
    if not in_edition:
        pieces.append(story_day(story, edition, language))
    elif story.published:
        pieces.append(day(story.published, language))
    if mark_language and story.language != language:
        pieces.append(written_in(story.language, language))
    if story.source_url:
        pieces.append(source_link(story.source_url, language, number=number))
    if story.thumbnail_url and not story.source_url and picture(story) is None:
        pieces.append(link(_numbered(say("story.picture", language), number, language), story.thumbnail_url))
    parted: list[str | Run] = []
    for piece in pieces:
        parted += [_JOIN, piece] if parted else [piece]
    return Note(line(*parted))


def also_note(story: Story, language: Language, *, number: int | None = None) -> Note | None:
    """Which other outlets reported the same, each as a link; None where none did."""
    shown = story.also[:_ELSEWHERE]
    if not shown:
        return None
    pieces: list[str | Run] = [say("story.also", language)]
    for url in shown:
        pieces += [" " if len(pieces) == 1 else _JOIN, source_link(url, language, number=number)]
    if left := len(story.also) - len(shown):
        pieces.append(say("story.also_more", language, count=left))
    return Note(line(*pieces))


def written_in(language: Language, reader: Language) -> str:
    """본문: 한국어."""
    return say("lookup.written_in", reader, language=say(f"names.{language}", reader))


def source_link(url: str, language: Language, *, number: int | None = None) -> Run:
    """The source's site as a link to the page; an address that cannot be read is shown whole.

    With the story's `number`, so that in a list of links no two pages have one name.
    """
    try:
        host = urlsplit(url).hostname or url
    except ValueError:
        host = url
    return link(_numbered(host.removeprefix("www."), number, language), url)


def _numbered(words: str, number: int | None, language: Language) -> str:
    return words if number is None else say("story.source", language, site=words, number=number)


def picture(story: Story) -> Picture | None:
    """The story's thumbnail where its address is a picture's."""
    url = story.thumbnail_url or ""
    path = url.partition("?")[0].lower()
    return Picture(url, story.title) if path.endswith(_PICTURES) else None


def names_line(company: Company, language: Language) -> str:
    """메이투안 (美团, Meituan): the reader's name first, then the others that differ."""
    own = company.name(language)
    others: dict[Language, tuple[str, ...]] = {"zh": company.zh_hans, "en": company.en, "ko": company.ko}
    rest = [names[0] for code, names in others.items() if code != language and names and names[0] != own]
    rest = list(dict.fromkeys(rest))
    if len(rest) > 1:
        return say("names.three", language, first=own, second=rest[0], third=rest[1])
    return say("names.both", language, first=own, second=rest[0]) if rest else own


def read_button(story: Story, number: int, language: Language) -> Button:
    """A button that opens the story of a numbered list."""
    label = say("button.read", language, number=number)
    return Button(label, f"/story {story.id}", spoken=f"{label}: {story.title}")


def company_button(company: Company, language: Language, *, count: int) -> Button:
    """A button that opens the company's card, with its number of stories."""
    label = say("button.company_count", language, name=company.name(language), count=count)
    return Button(label, f"/company id:{company.id}")


def company_buttons(
    story: Story, catalogue: Catalogue, language: Language, *, limit: int = 3
) -> tuple[Button, ...]:
    """A button for each company of the story, in the order of first mention."""
    known = [company for id_ in story.companies if (company := catalogue.get(id_))]
    return company_row(known[:limit], language)


def company_row(companies: Sequence[Company], language: Language) -> tuple[Button, ...]:
    """A button for each; where two have one name (OPPO and ofo are both 오포), with all names."""
    names = [company.name(language) for company in companies]
    return tuple(
        Button(names_line(company, language) if names.count(name) > 1 else name, f"/company id:{company.id}")
        for company, name in zip(companies, names, strict=True)
    )
