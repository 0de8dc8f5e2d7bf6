"""The chart: what is drawn, where, in which letters, and that it becomes a picture."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings, strategies as st

from handlers import chart
from handlers.chart import Chart, Series, apart, ceiling, fitted, png, svg, ticks, width
from handlers.words import texts
from store.catalogue import load
from store.model import LANGUAGES

FONT = Path(chart.__file__).with_name("fonts") / "charts.otf"
SVG = "{http://www.w3.org/2000/svg}"


def a_chart(
    *values: tuple[int, ...], names: tuple[str, ...] = ("메이투안", "디디추싱", "美团"), **more: object
) -> Chart:
    count = len(values[0])
    series = tuple(Series(name, each) for name, each in zip(names, values, strict=False))
    labels = tuple(f"11월 {day}일" for day in range(1, count + 1))
    return Chart("제목", "짧은 제목", "2017년 11월", labels, series, **more)  # type: ignore[arg-type]


def elements(drawing: str, tag: str) -> list[ET.Element]:
    return list(ET.fromstring(drawing).iter(f"{SVG}{tag}"))


def words(drawing: str) -> list[str]:
    return [element.text or "" for element in elements(drawing, "text")]


def test_every_line_is_named_at_its_end_with_its_last_number() -> None:
    said = words(svg(a_chart((0, 3, 5), (2, 2, 9))))
    assert said[-4:] == ["메이투안", "5", "디디추싱", "9"]
    assert said[:2] == ["제목", "2017년 11월"]


def test_lines_differ_by_colour_and_by_the_shape_of_their_markers() -> None:
    drawing = svg(a_chart((0, 3), (1, 1), (2, 0)))
    colours = {line.get("stroke") for line in elements(drawing, "line") if line.get("stroke-width") == "4"}
    assert colours == {"#0072B2", "#D55E00", "#009E73"}
    points_and_name = 2 + 1
    assert len(elements(drawing, "circle")) == points_and_name
    assert len(elements(drawing, "polygon")) == points_and_name
    assert len(elements(drawing, "rect")) == 1 + points_and_name


def test_the_picture_has_its_own_background_over_its_whole_size() -> None:
    paper = elements(svg(a_chart((1, 2))), "rect")[0]
    assert (paper.get("width"), paper.get("height")) == ("800", "500")
    assert (paper.get("fill") or "").startswith("#")


def test_a_line_over_weeks_that_were_left_out_is_dotted_there_alone() -> None:
    drawing = svg(a_chart((1, 2, 3, 4), breaks=frozenset({2})))
    strokes = [line for line in elements(drawing, "line") if line.get("stroke-width") == "4"]
    assert [bool(line.get("stroke-dasharray")) for line in strokes] == [False, True, False]


def test_a_peak_in_the_middle_carries_its_number_when_one_line_is_drawn() -> None:
    assert words(svg(a_chart((0, 7, 3)))).count("7") == 1
    assert words(svg(a_chart((0, 7, 3), (0, 7, 3)))).count("7") == 0


def test_there_are_three_grid_lines_with_round_numbers() -> None:
    grid = [line for line in elements(svg(a_chart((0, 13))), "line") if line.get("y1") == line.get("y2")]
    assert len([line for line in grid if line.get("stroke-width") == "1.5"]) == 3
    assert words(svg(a_chart((0, 250))))[2:5] == ["0", "130", "260"]


def test_a_title_too_wide_gets_smaller_and_then_gives_way_to_the_short_one() -> None:
    names = Chart("아주 긴 회사 이름, " * 4, "짧은 제목", "", ("a", "b"), (Series("x", (1, 2)),))
    assert words(svg(names))[0] == "짧은 제목"
    middling = Chart("가" * 28, "짧은 제목", "", ("a", "b"), (Series("x", (1, 2)),))
    title = elements(svg(middling), "text")[0]
    assert (title.text, title.get("font-size")) == ("가" * 28, "26")


def test_a_long_name_is_cut_and_everything_stays_on_the_paper() -> None:
    drawing = svg(a_chart((1, 2), (2, 1), names=("아주아주아주아주 긴 이름의 회사", "W" * 60)))
    for element in elements(drawing, "text"):
        if element.get("text-anchor") == "start":
            size = float(element.get("font-size") or 0)
            assert float(element.get("x") or 0) + width(element.text or "", size) <= chart.WIDTH
    assert any(word.endswith("…") for word in words(drawing))


def test_hostile_names_are_letters_and_nothing_else() -> None:
    drawing = svg(a_chart((1, 2), names=('<image href="file:///x"/>\x00\x1b&\ud800',)))
    assert not elements(drawing, "image")
    assert '<image href="fi…' in words(drawing)


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=5))
@settings(max_examples=100, deadline=None)
def test_the_scale_ends_at_an_even_number_not_far_above_the_most(values: list[int]) -> None:
    most = max(values)
    top = ceiling(most)
    assert top % 2 == 0
    assert most <= top <= max(2, 2 * most)


@given(st.lists(st.floats(132, 430), min_size=1, max_size=3))
@settings(max_examples=100, deadline=None)
def test_names_never_overlap_and_never_leave_the_frame(wanted: list[float]) -> None:
    placed = sorted(apart(wanted, 58, 124, 410))
    assert all(above + 57.999 <= below for above, below in pairwise(placed))
    assert placed[0] >= 124
    assert placed[-1] <= 410


@given(st.text(max_size=40), st.text(max_size=40), st.lists(st.integers(0, 999), min_size=1, max_size=30))
@settings(max_examples=60, deadline=None)
def test_any_name_and_any_numbers_make_well_formed_xml(name: str, title: str, values: list[int]) -> None:
    labels = tuple(map(str, range(len(values))))
    drawing = svg(Chart(title, title, name, labels, (Series(name, tuple(values)),)))
    assert not re.search("nan|inf", re.sub(">[^<]*<", "><", drawing))
    assert elements(drawing, "text")


def test_points_are_named_evenly_and_the_last_one_always() -> None:
    assert ticks(12, 5) == [2, 5, 8, 11]
    assert ticks(3, 5) == [0, 1, 2]
    assert ticks(1, 5) == [0]
    assert fitted("짧다", 20, 100) == "짧다"


def test_the_picture_is_a_png_of_sixteen_hundred_by_a_thousand_and_the_same_every_time() -> None:
    pytest.importorskip("resvg_py", reason="the extra `charts` is not installed")
    data = png(svg(a_chart((0, 3, 5), (2, 2, 9))))
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    assert (int.from_bytes(data[16:20]), int.from_bytes(data[20:24])) == (1600, 1000)
    assert len(data) < 300_000
    assert png(svg(a_chart((0, 3, 5), (2, 2, 9)))) == data


def test_letters_are_really_drawn_from_the_font_that_is_shipped() -> None:
    """Without glyphs the picture of a name would be that of another name, or of no name."""
    pytest.importorskip("resvg_py", reason="the extra `charts` is not installed")
    pictures = {
        png(svg(a_chart((1, 2), names=(name,)))) for name in ("메이투안", "디디추싱", "美团出行", "騰訊控股")
    }
    assert len(pictures) == 4


def test_the_font_has_every_letter_of_the_catalogue_and_of_our_own_words() -> None:
    fonts = pytest.importorskip("fontTools.ttLib", reason="fonttools is needed to read the font")
    drawn = set(fonts.TTFont(FONT).getBestCmap())
    catalogue = load()
    names = "".join(name for company in catalogue.companies.values() for name in catalogue.names(company))
    said = "".join(
        str(texts(language)[f"trend.{key}"]) for language in LANGUAGES for key in ("title", "short")
    )
    dates = "0123456789년월일年月日–,…JanFebMarAprMayJunJulAugSepOctNovDec"
    lacking = {char for char in names + said + dates if ord(char) not in drawn and char.isprintable()}
    assert lacking == set(), "python -m handlers.fonts.derive_font makes the font anew"


def test_the_font_stays_small_and_comes_with_its_licence() -> None:
    assert FONT.stat().st_size <= 2 << 20
    licence = FONT.with_name("OFL.txt").read_text("utf-8")
    assert "SIL OPEN FONT LICENSE Version 1.1" in licence
    assert "Copyright 2014-2021 Adobe" in licence
