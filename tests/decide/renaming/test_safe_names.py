"""Names for all systems: replaced characters, refused names, and where a name is cut."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stashbot.decide.renaming.safe_names import (
    byte_size,
    clean_name,
    graphemes,
    name_problem,
    path_key,
    truncate_bytes,
)


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
def test_refused_characters_are_replaced_or_removed(text: str, safe: str) -> None:
    """Letters of all scripts and emoji stay."""
    assert clean_name(text) == safe


@pytest.mark.parametrize(
    "name", ["", " ", ".", "..", "...", " a", "a ", ".a", "a.", "a/b", "a\\b", "a:b", "a\x00"]
)
def test_unsafe_names_are_refused(name: str) -> None:
    """Empty and hidden names, and names that Windows or a shell would read otherwise."""
    assert name_problem(name)


@pytest.mark.parametrize("name", ["con", "CON.mp4", "aux.tar.mp4", "COM1.mp4", "lpt9", "Nul .mp4"])
def test_device_names_are_refused(name: str) -> None:
    """Case and extension do not matter."""
    assert "device" in str(name_problem(name))


@pytest.mark.parametrize("name", ["Connie.mp4", "COM10.mp4", "a.con", "console", "auxiliary.mp4"])
def test_names_that_only_begin_like_a_device_are_allowed(name: str) -> None:
    """On Windows they open a file."""
    assert name_problem(name) is None


@pytest.mark.parametrize(("length", "fine"), [(254, True), (255, True), (256, False)])
def test_name_has_at_most_255_bytes(length: int, fine: bool) -> None:
    """255 bytes are allowed and 256 are not; bytes count, not letters."""
    assert (name_problem("a" * length) is None) is fine
    assert (name_problem("é" * (length // 2) + "a" * (length % 2)) is None) is fine


FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"


@pytest.mark.parametrize(
    ("text", "max_bytes", "kept"),
    [
        ("abc", 3, "abc"),
        ("abcd", 3, "abc"),
        ("éé", 3, "é"),
        ("ae\u0301", 2, "a"),
        (f"a{FAMILY}", byte_size(FAMILY), "a"),
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
def test_text_is_cut_between_characters(text: str, max_bytes: int, kept: str) -> None:
    """It is cut after a word if its end is near, and without a dash at the end."""
    assert truncate_bytes(text, max_bytes) == kept


anything = st.text(max_size=80)


@given(text=anything)
def test_clean_name_has_no_refused_characters(text: str) -> None:
    """Once its edges are stripped, only its length or the name of a device can be a problem."""
    safe = clean_name(text)
    assert clean_name(safe) == safe
    assert unicodedata.is_normalized("NFC", safe)
    problem = name_problem(safe.strip(" ."))
    assert problem is None or any(word in problem for word in ("empty", "device", "bytes"))


@given(text=anything, limit=st.integers(0, 60))
def test_cut_text_is_a_start_within_the_limit(text: str, limit: int) -> None:
    """It consists of whole characters, and is not longer than allowed."""
    safe = clean_name(text)
    kept = truncate_bytes(safe, limit)
    assert byte_size(kept) <= limit
    assert safe.startswith(kept)
    starts = {"".join(list(graphemes(safe))[:at]) for at in range(len(safe) + 1)}
    assert kept in starts or kept == safe


@given(text=anything)
def test_graphemes_make_up_the_text(text: str) -> None:
    """No character is lost."""
    assert "".join(graphemes(text)) == text


def test_path_key_ignores_case_and_composition() -> None:
    """On some disks such paths are the same file."""
    assert path_key("/v/CAFÉ.mp4") == path_key("/v/cafe\u0301.MP4")
    assert path_key("/v/a.mp4") != path_key("/v/b.mp4")
