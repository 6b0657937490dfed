"""The fingerprint store keeps its records, finds the nearest, and survives a bad write."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from stashbot.errors import RegistryError
from stashbot.selectors.element_fingerprint import Fingerprint
from stashbot.selectors.fingerprint_store import KEPT, FingerprintStore, generalize
from tests.selectors.selectors_support import button

WHERE: dict[str, Any] = {"profile": "session", "state": "form", "key": "form.save", "values": {}}


def recorded(*releases: tuple[int, int], profile: str = "session") -> FingerprintStore:
    store = FingerprintStore()
    for release in releases:
        store.record(release=release, **(WHERE | {"profile": profile}), fingerprints=[of(release)])
    return store


def of(release: tuple[int, int]) -> Fingerprint:
    return button(f"release-{release[1]}")


def test_what_was_saved_is_loaded(tmp_path: Path) -> None:
    """A store is loaded from its file with all of its records; no other file is left."""
    file = tmp_path / "deep" / "fingerprints.json"
    recorded((0, 29), (0, 30)).save(file)
    store = FingerprintStore.load(file, recordings=tmp_path / "none")
    assert store.find(release=(0, 30), **WHERE) == (of((0, 30)),)
    assert store.find(release=(0, 29), **WHERE) == (of((0, 29)),)
    assert [each.name for each in file.parent.iterdir()] == [file.name]
    first = file.read_bytes()
    store.save(file)
    assert file.read_bytes() == first


def test_a_missing_file_is_an_empty_store(tmp_path: Path) -> None:
    """Before the first check there is no file, and no fingerprint."""
    store = FingerprintStore.load(tmp_path / "no.json", recordings=tmp_path)
    assert store.find(release=(0, 30), **WHERE) == ()


@pytest.mark.parametrize("text", ["{", "[]", '{"version": 2}', '{"pages": [{"key": 1}]}'])
def test_a_damaged_store_is_named(tmp_path: Path, text: str) -> None:
    """A file that is not a store is a clear error with its name."""
    file = tmp_path / "fingerprints.json"
    file.write_text(text)
    with pytest.raises(RegistryError, match="cannot be read") as raised:
        FingerprintStore.load(file, recordings=tmp_path / "none")
    assert raised.value.file == str(file)


def test_a_write_that_fails_leaves_the_old_store(
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
    store = recorded((0, 27), (0, 29), (0, 31))
    found = {minor: store.find(release=(0, minor), **WHERE) for minor in (26, 29, 30, 33)}
    assert found == {26: (of((0, 27)),), 29: (of((0, 29)),), 30: (of((0, 29)),), 33: (of((0, 31)),)}


def test_what_this_server_showed_comes_first(tmp_path: Path) -> None:
    """Recordings fill in what this server has not shown on that release."""
    folder = tmp_path / "recordings" / "0.30.1"
    packaged = FingerprintStore()
    packaged.record(release=(0, 30), **WHERE, fingerprints=[button("packaged")])
    packaged.save(folder / "fingerprints.json")
    file = tmp_path / "store.json"
    recorded((0, 29)).save(file)
    store = FingerprintStore.load(file, recordings=tmp_path / "recordings")
    assert store.find(release=(0, 29), **WHERE) == (of((0, 29)),)
    assert store.find(release=(0, 30), **WHERE) == (button("packaged"),)
    store.record(release=(0, 30), **WHERE, fingerprints=[of((0, 30))])
    assert store.find(release=(0, 30), **WHERE) == (of((0, 30)),)
    store.save(file)
    assert "packaged" not in file.read_text()


def test_the_same_profile_comes_before_the_other() -> None:
    """Each profile is recorded for itself; the other helps out."""
    store = recorded((0, 30))
    assert store.find(release=(0, 30), **(WHERE | {"profile": "user"})) == (of((0, 30)),)
    store.record(release=(0, 30), **(WHERE | {"profile": "user"}), fingerprints=[button("user")])
    assert store.find(release=(0, 30), **(WHERE | {"profile": "user"})) == (button("user"),)
    assert store.find(release=(0, 30), **WHERE) == (of((0, 30)),)


def test_values_of_the_owner_stay_out(tmp_path: Path) -> None:
    """Ids and names are not stored; a record for some id is found for another."""
    assert generalize({"id": "12", "name": "Private", "field": "title"}) == {
        "id": "#",
        "name": "*",
        "field": "title",
    }
    store = FingerprintStore()
    where = WHERE | {"values": {"id": "12", "name": "Private"}}
    store.record(release=(0, 30), **where, fingerprints=[button("x")])
    store.save(tmp_path / "store.json")
    assert "Private" not in (tmp_path / "store.json").read_text()
    other = WHERE | {"values": {"id": "7", "name": "Other"}}
    assert store.find(release=(0, 30), **other) == (button("x"),)
    assert store.find(release=(0, 30), **WHERE) == ()


def test_an_empty_find_keeps_what_is_known() -> None:
    """A key that finds nothing today is still known from yesterday; few of many alike are kept."""
    store = recorded((0, 30))
    store.record(release=(0, 30), **WHERE, fingerprints=[])
    assert store.find(release=(0, 30), **WHERE) == (of((0, 30)),)
    store.record(release=(0, 30), **WHERE, fingerprints=[button(str(n // 2)) for n in range(40)])
    assert len(store.find(release=(0, 30), **WHERE)) == KEPT


def test_aliases_found_the_same_element() -> None:
    """Keys and values with a fingerprint in common; not the key itself, nor another state's."""
    store = FingerprintStore()
    for state, key, values, print_ in [
        ("form", "form.save", {}, button("save")),
        ("form", "form.tab", {"panel": "edit"}, button("save")),
        ("form", "form.tab", {"panel": "info"}, button("info")),
        ("menu", "menu.save", {}, button("save")),
    ]:
        where = {"profile": "session", "state": state, "key": key, "values": values}
        store.record(release=(0, 30), **where, fingerprints=[print_])  # type: ignore[arg-type]
    assert store.aliases(release=(0, 30), **WHERE) == (("form.tab", {"panel": "edit"}),)
    place = {"release": (0, 30), "profile": "session", "state": "form"}
    assert len(store.keys(**place)) == 3  # type: ignore[arg-type]


def test_the_file_is_plain_json(tmp_path: Path) -> None:
    """Releases are written as people write them, and records are sorted."""
    recorded((0, 9), (0, 10)).save(tmp_path / "store.json")
    content = json.loads((tmp_path / "store.json").read_text())
    assert [page["release"] for page in content["pages"]] == ["0.9", "0.10"]
