"""What a company's card says beside its stories: its key figures, and who appears with it."""

from __future__ import annotations

from collections.abc import Sequence

from handlers.amounts import figure_text, key_figures
from handlers.commands import named
from handlers.figure_notes import figures_of, issue_conversions, what
from handlers.message import Block, Bullets, Button, Line, Text, bold, line
from handlers.words import say
from store.bundle import Store
from store.model import Company, Figure, Language, Story

_FIGURES = 3
_BESIDE = 3


def figure_lines(stories: Sequence[Story], found: Company, store: Store, language: Language) -> list[Block]:
    """The key figures of the stories: those that speak of the company first, then those that speak of
    nobody; none that speak of another. Each with the words around it, and a mark where its
    conversion is out of line.
    """
    own: dict[Figure, Story] = {}
    loose: dict[Figure, Story] = {}
    for story in stories:
        mine, nobodys = figures_of(story, found.id, store.catalogue)
        own.update((figure, story) for figure in mine if figure not in own)
        loose.update((figure, story) for figure in nobodys if figure not in loose)
    chosen = list(key_figures(tuple(own), _FIGURES))
    said = {(figure.value, figure.unit) for figure in chosen}
    rest = [figure for figure in loose if (figure.value, figure.unit) not in said]
    chosen += key_figures(rest, _FIGURES - len(chosen))
    if not chosen:
        return []
    lines = tuple(_figure(figure, {**loose, **own}[figure], store, language) for figure in chosen)
    return [Text(line(bold(say("figures.key", language)))), Bullets(lines)]


def beside_line(found: Company, store: Store, language: Language) -> str:
    """Who is named in the same stories, most stories first, with how many; "" when nobody is."""
    names = [
        say("button.company_count", language, name=other.name(language), count=count)
        for other, count in _beside(found, store)
    ]
    return say("figures.beside", language, names=" · ".join(names)) if names else ""


def view_buttons(found: Company, language: Language, *, stories: int) -> list[Button]:
    """Figures and trend of a company that has stories, where there are such commands."""
    verbs = [verb for verb in ("figures", "trend") if stories and named(verb)]
    name = found.name(language)
    return [Button(say(f"button.{verb}", language, name=name), f"/{verb} id:{found.id}") for verb in verbs]


def beside_buttons(found: Company, store: Store, language: Language) -> list[Button]:
    """The stories that name both, for each of those named beside a company."""
    if named("with") is None:
        return []
    return [
        Button(
            say("button.beside", language, name=other.name(language), count=count),
            f"/with id:{found.id}, id:{other.id}",
        )
        for other, count in _beside(found, store)
    ]


def _figure(figure: Figure, story: Story, store: Store, language: Language) -> Line:
    flag = issue_conversions(story.edition, store).flag(figure) if figure.pair else None
    odd = f" ⚠ {say('figures.odd', language, off=f'{abs(flag.off) * 100:.1f}')}" if flag else ""
    said = what(figure)
    return line(bold(figure_text(figure, language)), f" · {said}{odd}" if said else odd)


def _beside(found: Company, store: Store) -> list[tuple[Company, int]]:
    beside = store.library.beside(found.id)
    ranked = sorted(beside, key=lambda other: (-beside[other][0], other))
    known = [(company, beside[other][0]) for other in ranked if (company := store.catalogue.get(other))]
    return known[:_BESIDE]
