"""Bytes into text: encodings, pages, and one clear error for everything else."""

from __future__ import annotations

import gzip

import pytest
from hypothesis import given, settings, strategies as st

from handlers.documents import LIMIT, DocumentError, text_of
from handlers.newsletter import split

KOREAN = "가람전자가 새 공장을 열었다. 나래은행은 누리집을 고쳤다."
CHINESE = "公司周五宣布新厂开业，银行搬到了东边的城市。"


def refused(data: bytes, name: str = "issue.txt", content_type: str = "") -> tuple[str, dict[str, str]]:
    with pytest.raises(DocumentError) as error:
        text_of(data, name=name, content_type=content_type)
    return error.value.key, error.value.words


def test_utf8_with_and_without_a_mark_is_read() -> None:
    assert text_of(KOREAN.encode(), name="a.txt") == KOREAN
    assert text_of(KOREAN.encode("utf-8-sig"), name="a.txt") == KOREAN
    assert text_of(KOREAN.encode("utf-16"), name="a.txt") == KOREAN


@pytest.mark.parametrize("data", [b"", b" \n\t ", b"\xef\xbb\xbf", "\u00a0\n".encode()])
def test_an_empty_document_is_refused(data: bytes) -> None:
    assert refused(data) == ("error.document_empty", {"name": "issue.txt"})


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"%PDF-1.7 \n...", "PDF"),
        (b"PK\x03\x04rest", "ZIP/DOCX/XLSX"),
        (gzip.compress(b"x", mtime=0), "GZIP"),
        (b"ab\0cd", "binary"),
    ],
)
def test_a_binary_is_refused_by_its_kind(data: bytes, kind: str) -> None:
    assert refused(data) == ("error.document_binary", {"name": "issue.txt", "kind": kind})


def test_a_document_over_the_limit_is_refused_with_both_sizes() -> None:
    assert refused(b"x" * (LIMIT + 1)) == (
        "error.document_too_large",
        {"name": "issue.txt", "size": "5.1", "limit": "5"},
    )
    assert len(text_of(b"x" * LIMIT, name="a")) == LIMIT


KOREAN_WITH_HANJA = "텐센트(騰訊)와 바이두(百度)는 北京에서 새 서비스를 열었다고 밝혔습니다. 美團은 아닙니다."


@pytest.mark.parametrize(
    ("codec", "text"),
    [
        ("cp949", KOREAN),
        ("cp949", KOREAN_WITH_HANJA),
        ("gb18030", CHINESE),
        ("big5", "公司週五宣布新廠開業，銀行搬到東邊"),
    ],
)
def test_another_encoding_is_named_with_the_command_that_converts_it(codec: str, text: str) -> None:
    key, words = refused(text.encode(codec) * 3)

    assert key == "error.document_encoding"
    assert words["encoding"] == codec
    assert words["command"] == f"iconv -f {codec} -t utf-8 issue.txt > utf8.txt"


def test_an_encoding_that_cannot_be_guessed_is_said_so() -> None:
    assert refused("\xe9t\xe9 \xe0 la plage".encode("latin-1"))[0] == "error.document_encoding_unknown"


def test_a_name_that_a_shell_would_read_otherwise_is_not_put_into_the_command() -> None:
    _, words = refused(KOREAN.encode("cp949"), name="a; rm -rf b.txt")

    assert words["command"] == "iconv -f cp949 -t utf-8 FILE > utf8.txt"


def test_a_declared_charset_is_honoured() -> None:
    page = f"<html><head><meta charset='euc-kr'></head><body><p>{KOREAN}</p></body></html>"

    assert text_of(page.encode("cp949"), name="a.html") == KOREAN
    assert text_of(KOREAN.encode("cp949"), name="u", content_type="text/plain; charset=EUC-KR") == KOREAN
    assert text_of(CHINESE.encode("gbk"), name="u", content_type='text/plain; charset="gb2312"') == CHINESE


def test_a_charset_that_is_no_text_encoding_is_not_used() -> None:
    assert (
        refused(KOREAN.encode("cp949"), content_type="text/plain; charset=rot13")[0]
        == "error.document_encoding"
    )


PAGE = """<!DOCTYPE html><html><head><title>T</title><style>p{color:red}</style></head><body>
<nav><a href="https://n.example/home">Home</a></nav><script>var x = "나쁜 것";</script>
<h1>주간 소식 3호 (2020년 3월 18일)</h1>
<h2>첫째 소식</h2><p>첫째 글이다.<br>둘째 줄이다.</p><p>내용 출처&nbsp;URL: <a href="https://n.example/1?a=b&amp;c=d">https://n.example/1?a=b&amp;c=d</a></p>
<h2>둘째 소식</h2><p>둘째 글이다.</p><p>출처: <a href="https://n.example/2">여기</a></p>
<ul><li>가</li><li>나</li></ul></body></html>"""


def test_a_page_becomes_blocks_with_readable_addresses() -> None:
    text = text_of(PAGE.encode(), name="page", content_type="text/html; charset=utf-8")

    assert text.splitlines()[:3] == ["# 주간 소식 3호 (2020년 3월 18일)", "", "## 첫째 소식"]
    assert "첫째 글이다.\n둘째 줄이다." in text
    assert "https://n.example/1?a=b&c=d\n" in text
    assert "[여기](https://n.example/2)" in text
    assert "- 가\n- 나" in text
    assert "Home" not in text
    assert "나쁜" not in text
    assert "color" not in text


def test_an_issue_published_as_a_page_is_read() -> None:
    issue = split(text_of(PAGE.encode(), name="page.html"))

    assert [(item.title, item.source_url) for item in issue.items] == [
        ("첫째 소식", "https://n.example/1?a=b&c=d"),
        ("둘째 소식", "https://n.example/2"),
    ]
    assert (issue.number, issue.week) == (3, "2020-W12")


def test_text_that_only_mentions_tags_stays_as_it_is() -> None:
    assert text_of(b"a <b> c", name="a.txt") == "a <b> c"


@pytest.mark.parametrize(
    "page",
    ["<html><body></body></html>", "<html><script>x</script></html>", "<html>" + "<div>" * 20_000 + "x"],
)
def test_a_page_without_text_or_nested_beyond_reason_is_refused(page: str) -> None:
    assert refused(page.encode(), name="a.html")[0] == "error.document_no_text"


@settings(max_examples=60, deadline=None)
@given(
    st.binary(max_size=300),
    st.sampled_from(["", "text/html", "text/plain; charset=utf-16", "text/html; charset=x"]),
)
def test_any_bytes_are_text_or_a_document_error(data: bytes, content_type: str) -> None:
    try:
        text = text_of(data, name="a", content_type=content_type)
    except DocumentError:
        return
    assert text.strip()
