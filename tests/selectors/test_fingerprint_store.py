"""The book of fingerprints: keeps what it was told, finds the nearest, survives a bad write."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from stashbot.errors import RegistryError
from stashbot.selectors.element_fingerprint import Fingerprint
from stashbot.selectors.fingerprint_store import KEPT, FingerprintBook, general
from tests.selectors.selectors_support import button

WHERE: dict[str, Any] = {"profile": "session", "state": "form", "key": "form.save", "values": {}}


def recorded(*releases: tuple[int, int], profile: str = "session") -> FingerprintBook:
    book = FingerprintBook()
    for release in releases:
        book.record(release=release, **(WHERE | {"profile": profile}), fingerprints=[of(release)])
    return book


def of(release: tuple[int, int]) -> Fingerprint:
    return button(f"release-{release[1]}")


def test_what_was_saved_is_loaded(tmp_path: Path) -> None:
    """A book comes back from its file with all it holds; the file ends whole."""
    file = tmp_path / "deep" / "fingerprints.json"
    recorded((0, 29), (0, 30)).save(file)
    book = FingerprintBook.load(file, recordings=tmp_path / "none")
    assert book.find(release=(0, 30), **WHERE) == (of((0, 30)),)
    assert book.find(release=(0, 29), **WHERE) == (of((0, 29)),)
    assert [one.name for one in file.parent.iterdir()] == [file.name]
    first = file.read_bytes()
    book.save(file)
    assert file.read_bytes() == first


def test_a_missing_book_is_empty(tmp_path: Path) -> None:
    """Before the first check there is no file, and nothing is known."""
    book = FingerprintBook.load(tmp_path / "no.json", recordings=tmp_path)
    assert book.find(release=(0, 30), **WHERE) == ()


@pytest.mark.parametrize("text", ["{", "[]", '{"version": 2}', '{"pages": [{"key": 1}]}'])
def test_a_damaged_book_is_named(tmp_path: Path, text: str) -> None:
    """A file that is no book is one clear error with its name."""
    file = tmp_path / "fingerprints.json"
    file.write_text(text)
    with pytest.raises(RegistryError, match="cannot be read") as raised:
        FingerprintBook.load(file, recordings=tmp_path / "none")
    assert raised.value.fields["file"] == str(file)


def test_a_write_that_fails_leaves_the_old_book(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file is replaced whole or not at all, and no half of it stays behind."""
    file = tmp_path / "fingerprints.json"
    recorded((0, 29)).save(file)
    before = file.read_bytes()

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(RegistryError, match="No space"):
        recorded((0, 30)).save(file)
    assert file.read_bytes() == before
    assert list(tmp_path.iterdir()) == [file]


def test_the_nearest_release_is_found() -> None:
    """After an upgrade the key is known from the release before; of two as near, the older."""
    book = recorded((0, 27), (0, 29), (0, 31))
    found = {minor: book.find(release=(0, minor), **WHERE) for minor in (26, 29, 30, 33)}
    assert found == {26: (of((0, 27)),), 29: (of((0, 29)),), 30: (of((0, 29)),), 33: (of((0, 31)),)}


def test_what_this_server_showed_comes_first(tmp_path: Path) -> None:
    """Recordings fill in what this server has not shown on that release."""
    folder = tmp_path / "recordings" / "0.30.1"
    packaged = FingerprintBook()
    packaged.record(release=(0, 30), **WHERE, fingerprints=[button("packaged")])
    packaged.save(folder / "fingerprints.json")
    file = tmp_path / "book.json"
    recorded((0, 29)).save(file)
    book = FingerprintBook.load(file, recordings=tmp_path / "recordings")
    assert book.find(release=(0, 29), **WHERE) == (of((0, 29)),)
    assert book.find(release=(0, 30), **WHERE) == (button("packaged"),)
    book.record(release=(0, 30), **WHERE, fingerprints=[of((0, 30))])
    assert book.find(release=(0, 30), **WHERE) == (of((0, 30)),)
    book.save(file)
    assert "packaged" not in file.read_text()


def test_the_same_profile_comes_before_the_other() -> None:
    """Each profile is recorded for itself; the other helps out."""
    book = recorded((0, 30))
    assert book.find(release=(0, 30), **(WHERE | {"profile": "user"})) == (of((0, 30)),)
    book.record(release=(0, 30), **(WHERE | {"profile": "user"}), fingerprints=[button("user")])
    assert book.find(release=(0, 30), **(WHERE | {"profile": "user"})) == (button("user"),)
    assert book.find(release=(0, 30), **WHERE) == (of((0, 30)),)


def test_values_of_the_owner_stay_out(tmp_path: Path) -> None:
    """Ids and names are not kept; what was recorded for one is found for another."""
    assert general({"id": "12", "name": "Private", "field": "title"}) == {
        "id": "#",
        "name": "*",
        "field": "title",
    }
    book = FingerprintBook()
    where = WHERE | {"values": {"id": "12", "name": "Private"}}
    book.record(release=(0, 30), **where, fingerprints=[button("x")])
    book.save(tmp_path / "book.json")
    assert "Private" not in (tmp_path / "book.json").read_text()
    other = WHERE | {"values": {"id": "7", "name": "Other"}}
    assert book.find(release=(0, 30), **other) == (button("x"),)
    assert book.find(release=(0, 30), **WHERE) == ()


def test_an_empty_find_keeps_what_is_known() -> None:
    """A key that finds nothing today is still known from yesterday; few of many alike are kept."""
    book = recorded((0, 30))
    book.record(release=(0, 30), **WHERE, fingerprints=[])
    assert book.find(release=(0, 30), **WHERE) == (of((0, 30)),)
    book.record(release=(0, 30), **WHERE, fingerprints=[button(str(n // 2)) for n in range(40)])
    assert len(book.find(release=(0, 30), **WHERE)) == KEPT


def test_aliases_found_the_same_element() -> None:
    """Keys and values with a fingerprint in common; not the key itself, nor another state's."""
    book = FingerprintBook()
    for state, key, values, print_ in [
        ("form", "form.save", {}, button("save")),
        ("form", "form.tab", {"panel": "edit"}, button("save")),
        ("form", "form.tab", {"panel": "info"}, button("info")),
        ("menu", "menu.save", {}, button("save")),
    ]:
        where = {"profile": "session", "state": state, "key": key, "values": values}
        book.record(release=(0, 30), **where, fingerprints=[print_])  # type: ignore[arg-type]
    assert book.aliases(release=(0, 30), **WHERE) == (("form.tab", {"panel": "edit"}),)
    asked = {"release": (0, 30), "profile": "session", "state": "form"}
    assert len(book.keys(**asked)) == 3  # type: ignore[arg-type]


def test_the_file_is_plain_json(tmp_path: Path) -> None:
    """Releases are written as people write them, and one page stands after the other."""
    recorded((0, 9), (0, 10)).save(tmp_path / "book.json")
    content = json.loads((tmp_path / "book.json").read_text())
    assert [page["release"] for page in content["pages"]] == ["0.9", "0.10"]
