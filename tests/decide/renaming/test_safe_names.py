"""Names for all systems: what is replaced, what is refused, and where a long one is cut."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stashbot.decide.renaming.safe_names import clean, cut, graphemes, problem, same_file, size


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ('Clip 12: "Frozen/Pier"?', "Clip 12 - 'Frozen-Pier'"),
        ("10:30 a.m.", "10-30 a.m."),
        ("a<b>c*d|e\\f", "abcd-e-f"),
        ("a\tb\r\nc\u2028d", "a b c d"),
        ("evil\u202egpj.exe", "evilgpj.exe"),
        ("\x00\x1b[31mred\x7f", "[31mred"),
        ("\ud800half", "half"),
        ("Cafe\u0301", "Café"),
        ("\U0001f469\u200d\U0001f4bb works", "\U0001f469\u200d\U0001f4bb works"),
        ("../../etc/passwd", "..-..-etc-passwd"),
        ("日本語", "日本語"),
    ],
)
def test_what_becomes_of_characters(text: str, safe: str) -> None:
    """Refused ones are replaced or left out; letters of all scripts and emoji stay."""
    assert clean(text) == safe


@pytest.mark.parametrize(
    "name", ["", " ", ".", "..", "...", " a", "a ", ".a", "a.", "a/b", "a\\b", "a:b", "a\x00"]
)
def test_unsafe_names_are_refused(name: str) -> None:
    """Empty ones, hidden ones, and what Windows or a shell would read otherwise."""
    assert problem(name)


@pytest.mark.parametrize("name", ["con", "CON.mp4", "aux.tar.mp4", "COM1.mp4", "lpt9", "Nul .mp4"])
def test_device_names_are_refused(name: str) -> None:
    """Whatever their case and extension."""
    assert "device" in str(problem(name))


@pytest.mark.parametrize("name", ["Connie.mp4", "COM10.mp4", "a.con", "console", "auxiliary.mp4"])
def test_names_that_only_begin_like_a_device_are_fine(name: str) -> None:
    """They open a file."""
    assert problem(name) is None


@pytest.mark.parametrize(("length", "fine"), [(254, True), (255, True), (256, False)])
def test_a_name_has_255_bytes_at_most(length: int, fine: bool) -> None:
    """At the limit it is fine, one above it is not; bytes count, not letters."""
    assert (problem("a" * length) is None) is fine
    assert (problem("é" * (length // 2) + "a" * (length % 2)) is None) is fine


FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"


@pytest.mark.parametrize(
    ("text", "most", "kept"),
    [
        ("abc", 3, "abc"),
        ("abcd", 3, "abc"),
        ("éé", 3, "é"),
        ("ae\u0301", 2, "a"),
        (f"a{FAMILY}", size(FAMILY), "a"),
        ("\U0001f44d\U0001f3fdb", 7, ""),
        ("\U0001f1e9\U0001f1ea\U0001f1eb\U0001f1f7", 15, "\U0001f1e9\U0001f1ea"),
        ("한국", 3, "한"),
        ("Evening Light over Water", 21, "Evening Light over"),
        ("Evening Light", 7, "Evening"),
        ("A Donaudampfschifffahrtsgesellschaft", 20, "A Donaudampfschifffa"),
        ("Evening - Light", 10, "Evening"),
        ("abc", 0, ""),
    ],
)
def test_where_a_text_is_cut(text: str, most: int, kept: str) -> None:
    """Between characters as read, at a word's end where one is near, without a dash left over."""
    assert cut(text, most) == kept


anything = st.text(max_size=80)


@given(text=anything)
def test_a_clean_text_has_nothing_that_is_refused(text: str) -> None:
    """Whatever it was, once edges are stripped only its length and a device's name can be wrong."""
    safe = clean(text)
    assert clean(safe) == safe
    assert unicodedata.is_normalized("NFC", safe)
    why = problem(safe.strip(" ."))
    assert why is None or "empty" in why or "device" in why or "bytes" in why


@given(text=anything, most=st.integers(0, 60))
def test_a_cut_text_is_a_start_within_the_limit(text: str, most: int) -> None:
    """Never longer than allowed, never another text, never half a character."""
    safe = clean(text)
    kept = cut(safe, most)
    assert size(kept) <= most
    assert safe.startswith(kept)
    starts = {"".join(list(graphemes(safe))[:at]) for at in range(len(safe) + 1)}
    assert kept in starts or kept == safe


@given(text=anything)
def test_graphemes_lose_nothing(text: str) -> None:
    """Together they are the text."""
    assert "".join(graphemes(text)) == text


def test_paths_that_may_be_one_file() -> None:
    """Case and composition make no other file on some disks."""
    assert same_file("/v/CAFÉ.mp4") == same_file("/v/cafe\u0301.MP4")
    assert same_file("/v/a.mp4") != same_file("/v/b.mp4")
