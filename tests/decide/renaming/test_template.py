"""Templates: what they give, what they leave out, and what they refuse."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stashbot.decide.renaming.safe_names import problem, size
from stashbot.decide.renaming.template import FIELDS, FileName, NameRefused, compile_template
from stashbot.errors import ConfigError
from stashbot.models import Entity, Scene, VideoFile
from stashbot.settings import NamingSettings
from tests.decide.strategies import scenes

PLAYBOOK = "{studio} - {date} - {title}.{ext}"
FILE = VideoFile(id="1", path="/v/old.mkv", basename="old.mkv", width=1920, height=1080)


def people(*names: str) -> tuple[Entity, ...]:
    return tuple(Entity(id=str(at), name=name) for at, name in enumerate(names))


def scene(**fields: Any) -> Scene:
    held: dict[str, Any] = {
        "id": "12",
        "title": "Frozen Pier",
        "date": "2024-01-13",
        "studio": Entity(id="1", name="Northlight"),
        "performers": people("Ada Sample", "Ben Placeholder", "Cleo Example"),
        "files": (FILE,),
    }
    return Scene.model_validate({**held, **fields})


def named(
    template: str, made: Scene | None = None, *, file: VideoFile = FILE, most: int = 255
) -> str:
    found = compile_template(template).name(made or scene(), file, most)
    return "/".join((*(found.folders or ()), found.basename))


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
def test_what_a_template_gives(template: str, name: str) -> None:
    """Fields, groups left out where a field is empty, folders, and the signs themselves."""
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
def test_a_value_is_made_safe(title: str, name: str) -> None:
    """No title begins a folder, leaves one, or is read as a template."""
    assert named(PLAYBOOK, scene(title=title)) == name


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"title": None}, "no title"),
        ({"title": "???"}, "no title"),
        ({"studio": None}, "no studio"),
        ({"date": ""}, "no date"),
    ],
)
def test_an_empty_field_refuses_the_name(fields: dict[str, Any], why: str) -> None:
    """The field is named; a name with a hole in it is never made."""
    with pytest.raises(NameRefused, match=why):
        named(PLAYBOOK, scene(**fields))


@pytest.mark.parametrize(
    ("template", "fields", "why"),
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
    template: str, fields: dict[str, Any], why: str
) -> None:
    """Devices of Windows, folders that are none, names of nothing."""
    with pytest.raises(NameRefused, match=why):
        named(template, scene(**fields))


@pytest.mark.parametrize("basename", ["noextension", ".mp4", "odd.mp 4", "end."])
def test_a_file_without_an_extension_is_refused(basename: str) -> None:
    """There would be nothing to keep."""
    file = VideoFile(id="1", path=f"/v/{basename}", basename=basename)
    with pytest.raises(NameRefused, match="no extension"):
        named("{title}.{ext}", file=file)


@pytest.mark.parametrize(("length", "cut"), [(250, False), (251, False), (252, True)])
def test_a_name_is_cut_at_255_bytes(length: int, cut: bool) -> None:
    """251 letters and .mkv are 255 bytes; one more and the title loses its end."""
    name = named("{title}.{ext}", scene(title="x" * length))
    assert size(name) == min(255, length + 4)
    assert (name != f"{'x' * length}.mkv") is cut


def test_a_long_title_leaves_date_studio_and_extension_whole() -> None:
    """The longest text is cut, and nothing else."""
    name = named(PLAYBOOK, scene(title="é" * 2500))
    assert name.startswith("Northlight - 2024-01-13 - éé")
    assert name.endswith("é.mkv")
    assert 254 <= size(name) <= 255


def test_three_hundred_performers_lose_the_last_ones() -> None:
    """Whole names are left out, none is cut in the middle."""
    crowd = people(*(f"Performer Number {at}" for at in range(300)))
    name = named("{date} {performers} {title}.{ext}", scene(performers=crowd))
    assert size(name) <= 255
    assert name.startswith("2024-01-13 Performer Number 0, Performer Number 1, ")
    assert name.endswith(" Frozen Pier.mkv")
    listed = name.removeprefix("2024-01-13 ").removesuffix(" Frozen Pier.mkv")
    assert all(one.startswith("Performer Number ") for one in listed.split(", "))


def test_what_may_not_be_cut_refuses_a_name_that_is_too_long() -> None:
    """A code is never shortened: it would be another code."""
    with pytest.raises(NameRefused, match="nothing in it may be cut"):
        named("{code}.{ext}", scene(code="x" * 300))


@pytest.mark.parametrize(
    ("template", "column", "why"),
    [
        ("{title}", 8, "ends with"),
        ("", 1, "ends with"),
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
        ("{title}: x.{ext}", 8, "not for names"),
        ("{title}\\x.{ext}", 8, "not for names"),
        ("C:/{title}.{ext}", 2, "not for names"),
        ("/{title}.{ext}", 1, "relative to the library"),
        ("../{title}.{ext}", 1, "leave the library"),
        ("{studio}/../{title}.{ext}", 9, "leave the library"),
        ("{title}\x00.{ext}", 8, "not for names"),
    ],
)
def test_a_wrong_template_is_refused_at_its_column(template: str, column: int, why: str) -> None:
    """Before any scene is looked at."""
    with pytest.raises(ConfigError, match=why) as caught:
        compile_template(template)
    assert f"column {column}:" in caught.value.message
    assert caught.value.fields["key"] == "naming.template"


def test_the_default_template_is_the_playbook_s() -> None:
    """And it compiles."""
    assert NamingSettings().template == PLAYBOOK
    assert named(NamingSettings().template) == "Northlight - 2024-01-13 - Frozen Pier.mkv"


@pytest.mark.parametrize("name", [one for one in FIELDS if one != "ext"])
def test_every_field_can_be_used(name: str) -> None:
    """Each gives its value, or is left out with its brackets."""
    assert named(f"[{{{name}}} ]x{{id}}.{{ext}}").endswith("x12.mkv")


@pytest.mark.parametrize(
    ("number", "name"), [(1, "abc.mp4"), (2, "abc (2).mp4"), (12, "abc (12).mp4")]
)
def test_a_number_tells_files_of_one_name_apart(number: int, name: str) -> None:
    """The first has none."""
    assert FileName(folders=None, stem="abc", ext="mp4").numbered(number, 255) == name


@given(stem=st.text("aé ", min_size=1, max_size=250), number=st.integers(2, 9999))
def test_a_numbered_name_stays_within_the_limit(stem: str, number: int) -> None:
    """The number is whole, whatever the name loses for it."""
    name = FileName(folders=None, stem=f"x{stem}", ext="mp4").numbered(number, 64)
    assert size(name) <= 64
    assert name.endswith(f" ({number}).mp4")


words = st.text(max_size=40)


@given(
    base=scenes,
    title=words,
    studio=words,
    template=st.sampled_from([PLAYBOOK, "[{studio}/][{date} ]{title}[ - {performers}].{ext}"]),
    most=st.integers(32, 255),
)
def test_every_name_is_safe(base: Scene, title: str, studio: str, template: str, most: int) -> None:
    """Whatever a scene holds, each folder and the name are such as all systems take, or refused."""
    made = base.model_copy(update={"title": title, "studio": Entity(id="1", name=studio)})
    try:
        found = compile_template(template).name(made, FILE, most)
    except NameRefused:
        return
    for part in (*(found.folders or ()), found.basename):
        assert problem(part, most) is None
    assert found.basename.endswith(".mkv")
