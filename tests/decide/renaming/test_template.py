"""File names by template: values, parts that are left out, and refused names."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stashbot.decide.renaming.safe_names import byte_size, name_problem
from stashbot.decide.renaming.template import FIELDS, FileName, compile_template
from stashbot.errors import ConfigError, NameRefused
from stashbot.models import Entity, Scene, VideoFile
from stashbot.settings import NamingSettings
from tests.decide.strategies import scenes

PLAYBOOK = "{studio} - {date} - {title}.{ext}"
FILE = VideoFile(id="1", path="/v/old.mkv", basename="old.mkv", width=1920, height=1080)


def people(*names: str) -> tuple[Entity, ...]:
    return tuple(Entity(id=str(at), name=name) for at, name in enumerate(names))


def scene(**fields: Any) -> Scene:
    defaults: dict[str, Any] = {
        "id": "12",
        "title": "Frozen Pier",
        "date": "2024-01-13",
        "studio": Entity(id="1", name="Northlight"),
        "performers": people("Ada Sample", "Ben Placeholder", "Cleo Example"),
        "files": (FILE,),
    }
    return Scene.model_validate({**defaults, **fields})


def named(
    template: str, source: Scene | None = None, *, file: VideoFile = FILE, max_bytes: int = 255
) -> str:
    name = compile_template(template).name(source or scene(), file, max_bytes)
    return "/".join((*(name.folders or ()), name.basename))


@pytest.mark.parametrize(
    ("template", "name"),
    [
        (PLAYBOOK, "Northlight - 2024-01-13 - Frozen Pier.mkv"),
        ("[{studio} - ]{title}.{ext}", "Northlight - Frozen Pier.mkv"),
        ("[{code} - ]{title}.{ext}", "Frozen Pier.mkv"),
        ("[{studio}[ {code}] - ]{title}.{ext}", "Northlight - Frozen Pier.mkv"),
        ("[{code}[ {studio}] - ]{title}.{ext}", "Frozen Pier.mkv"),
        ("{performers}.{ext}", "Ada Sample, Ben Placeholder, Cleo Example.mkv"),
        ("{performers:2}.{ext}", "Ada Sample, Ben Placeholder.mkv"),
        ("{studio}/{year}/{month}-{day} {title}.{ext}", "Northlight/2024/01-13 Frozen Pier.mkv"),
        ("[{studio}/]{title}.{ext}", "Northlight/Frozen Pier.mkv"),
        ("{title} [[{resolution}]] {{{id}}}.{ext}", "Frozen Pier [1080p] {12}.mkv"),
        ("{stem} {width}x{height}.{ext}", "old 1920x1080.mkv"),
    ],
)  # fmt: skip
def test_template_is_filled_with_values(template: str, name: str) -> None:
    """Parts in brackets are left out if a field is empty; doubled brackets are literal."""
    assert named(template) == name


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Clip 12: Frozen / Pier?", "Northlight - 2024-01-13 - Clip 12 - Frozen - Pier.mkv"),
        ("../../etc/passwd", "Northlight - 2024-01-13 - ..-..-etc-passwd.mkv"),
        ("And then...", "Northlight - 2024-01-13 - And then.mkv"),
        ("{title}[x]", "Northlight - 2024-01-13 - {title}[x].mkv"),
    ],
)
def test_values_are_made_safe(title: str, name: str) -> None:
    """A title cannot add a folder, leave its folder, or be read as a template."""
    assert named(PLAYBOOK, scene(title=title)) == name


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"title": None}, "no title"),
        ({"title": "???"}, "no title"),
        ({"studio": None}, "no studio"),
        ({"date": ""}, "no date"),
    ],
)
def test_empty_field_refuses_the_name(fields: dict[str, Any], reason: str) -> None:
    """The reason names the field."""
    with pytest.raises(NameRefused, match=reason):
        named(PLAYBOOK, scene(**fields))


@pytest.mark.parametrize(
    ("template", "fields", "reason"),
    [
        ("{title}.{ext}", {"title": "CON"}, "device"),
        ("{title}.{ext}", {"title": "nul.backup"}, "device"),
        ("{title}/{id}.{ext}", {"title": "aux"}, "device"),
        ("{title}.{ext}", {"title": "..."}, "empty"),
        ("[{code}].{ext}", {}, "empty"),
        ("[{code}]/{title}.{ext}", {}, "empty"),
        ("{title}/{id}.{ext}", {"title": ".."}, "empty"),
    ],
)
def test_unsafe_and_empty_results_are_refused(
    template: str, fields: dict[str, Any], reason: str
) -> None:
    """They are devices of Windows, the folders ``.`` and ``..``, or empty."""
    with pytest.raises(NameRefused, match=reason):
        named(template, scene(**fields))


@pytest.mark.parametrize("basename", ["noextension", ".mp4", "odd.mp 4", "end."])
def test_file_without_extension_is_refused(basename: str) -> None:
    """There is no extension to keep."""
    file = VideoFile(id="1", path=f"/v/{basename}", basename=basename)
    with pytest.raises(NameRefused, match="no extension"):
        named("{title}.{ext}", file=file)


@pytest.mark.parametrize(("length", "is_shortened"), [(250, False), (251, False), (252, True)])
def test_name_is_cut_at_255_bytes(length: int, is_shortened: bool) -> None:
    """251 letters and ``.mkv`` are 255 bytes; a longer title loses its end."""
    name = named("{title}.{ext}", scene(title="x" * length))
    assert byte_size(name) == min(255, length + 4)
    assert (name != f"{'x' * length}.mkv") is is_shortened


def test_long_title_leaves_date_studio_and_extension_whole() -> None:
    """Only the longest text is cut."""
    name = named(PLAYBOOK, scene(title="é" * 2500))
    assert name.startswith("Northlight - 2024-01-13 - éé")
    assert name.endswith("é.mkv")
    assert 254 <= byte_size(name) <= 255


def test_long_list_loses_its_last_members() -> None:
    """Of 300 performers the last are left out; no name is cut in the middle."""
    crowd = people(*(f"Performer Number {at}" for at in range(300)))
    name = named("{date} {performers} {title}.{ext}", scene(performers=crowd))
    assert byte_size(name) <= 255
    assert name.startswith("2024-01-13 Performer Number 0, Performer Number 1, ")
    assert name.endswith(" Frozen Pier.mkv")
    listed = name.removeprefix("2024-01-13 ").removesuffix(" Frozen Pier.mkv")
    assert all(performer.startswith("Performer Number ") for performer in listed.split(", "))


def test_name_of_fields_that_are_never_shortened_is_refused() -> None:
    """A shortened code would be another code."""
    with pytest.raises(NameRefused, match="nothing in it may be shortened"):
        named("{code}.{ext}", scene(code="x" * 300))


@pytest.mark.parametrize(
    ("template", "column", "problem"),
    [
        ("{title}", 8, "must end with"),
        ("", 1, "must end with"),
        (".{ext}", 1, "without a field"),
        ("plain.{ext}", 1, "without a field"),
        ("{nothing}.{ext}", 1, "no field 'nothing'"),
        ("a {Title}.{ext}", 3, "no field 'Title'"),
        ("{title} {ext}.{ext}", 9, "no field 'ext'"),
        ("{title.real}.{ext}", 1, "no field 'title.real'"),
        ("{title:3}.{ext}", 1, "only lists"),
        ("{performers:0}.{ext}", 1, "no field"),
        ("{title.{ext}", 1, "no partner"),
        ("{title}}.{ext}", 8, "no partner"),
        ("[{studio} - {title}.{ext}", 1, "no partner"),
        ("{studio}] {title}.{ext}", 9, "no partner"),
        ("{title} [x].{ext}", 9, "brackets without a field"),
        ("{title}: x.{ext}", 8, "not all systems"),
        ("{title}\\x.{ext}", 8, "not all systems"),
        ("C:/{title}.{ext}", 2, "not all systems"),
        ("/{title}.{ext}", 1, "relative to the library"),
        ("../{title}.{ext}", 1, "leave the library"),
        ("{studio}/../{title}.{ext}", 9, "leave the library"),
        ("{title}\x00.{ext}", 8, "not all systems"),
    ],
)
def test_wrong_template_is_refused_with_column(template: str, column: int, problem: str) -> None:
    """It is refused when it is compiled, before any scene is named."""
    with pytest.raises(ConfigError, match=problem) as caught:
        compile_template(template)
    assert f"column {column}:" in caught.value.message
    assert caught.value.key == "naming.template"


def test_default_template_is_that_of_the_playbook() -> None:
    """It compiles, and names a scene."""
    assert NamingSettings().template == PLAYBOOK
    assert named(NamingSettings().template) == "Northlight - 2024-01-13 - Frozen Pier.mkv"


@pytest.mark.parametrize("name", [name for name in FIELDS if name != "ext"])
def test_every_field_can_be_used(name: str) -> None:
    """It gives its value, or is left out with its brackets."""
    assert named(f"[{{{name}}} ]x{{id}}.{{ext}}").endswith("x12.mkv")


@pytest.mark.parametrize(
    ("number", "name"), [(1, "abc.mp4"), (2, "abc (2).mp4"), (12, "abc (12).mp4")]
)
def test_files_of_the_same_name_are_numbered(number: int, name: str) -> None:
    """The first has no number."""
    assert FileName(folders=None, stem="abc", ext="mp4").numbered(number, 255) == name


@given(stem=st.text("aé ", min_size=1, max_size=250), number=st.integers(2, 9999))
def test_numbered_name_stays_within_the_limit(stem: str, number: int) -> None:
    """The name is shortened, never the number."""
    name = FileName(folders=None, stem=f"x{stem}", ext="mp4").numbered(number, 64)
    assert byte_size(name) <= 64
    assert name.endswith(f" ({number}).mp4")


words = st.text(max_size=40)


@given(
    base=scenes,
    title=words,
    studio=words,
    template=st.sampled_from([PLAYBOOK, "[{studio}/][{date} ]{title}[ - {performers}].{ext}"]),
    limit=st.integers(32, 255),
)
def test_every_name_is_safe(
    base: Scene, title: str, studio: str, template: str, limit: int
) -> None:
    """All systems take the folders and the name of any scene, unless the name is refused."""
    source = base.model_copy(update={"title": title, "studio": Entity(id="1", name=studio)})
    try:
        found = compile_template(template).name(source, FILE, limit)
    except NameRefused:
        return
    for part in (*(found.folders or ()), found.basename):
        assert name_problem(part, limit) is None
    assert found.basename.endswith(".mkv")
