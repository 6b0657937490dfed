"""The invented scenes of the practice library, with their true metadata.

All names are invented. The first scenes are listed here, so that tests can name them; larger
libraries continue with numbered clips. All functions are pure.
"""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass, field

#: Invented base address; the scrapers' URL patterns are substrings of these.
ALPHA_HOST = "alpha.example.test"
BETA_HOST = "beta.example.test"

_ABBREVIATIONS = {
    "Northlight": "NL",
    "Harbor Films": "HF",
    "Meadow": "MD",
    "Blue Kite Pictures": "BK",
    "Paper Lantern": "PL",
}


@dataclass(frozen=True, kw_only=True)
class SceneFacts:
    """The true metadata of a scene. ``duration`` in seconds."""

    basename: str
    title: str
    date: str
    studio: str
    performers: tuple[str, ...]
    tags: tuple[str, ...]
    number: int
    duration: float
    width: int
    height: int
    director: str | None = None
    groups: tuple[str, ...] = ()
    urls: tuple[str, ...] = ()
    code: str = ""
    details: str = ""


@dataclass(frozen=True)
class _Row:
    basename: str
    title: str
    date: str
    studio: str
    performers: tuple[str, ...]
    tags: tuple[str, ...]
    director: str | None = None
    groups: tuple[str, ...] = field(default=())


_ROWS = (
    _Row("Northlight.2024-01-13.Clip.12.360p.mp4", "Clip 12: Frozen Quay", "2024-01-13",
         "Northlight", ("Ada Sample", "Ben Placeholder"), ("Outdoor", "Water", "Snow")),
    _Row("Northlight.2024-01-27.Clip.13.720p.mp4", "Clip 13: Rope Walk", "2024-01-27",
         "Northlight", ("Cleo Example",), ("Outdoor", "Water")),
    _Row("Northlight.2024-02-10.Clip.14.720p.mp4", "Clip 14: Lamp Keeper", "2024-02-10",
         "Northlight", ("Dana Mock",), ("Evening", "Portrait")),
    _Row("Northlight.2024-02-24.Clip.15.1080p.mp4", "Clip 15: Iron Bridge", "2024-02-24",
         "Northlight", ("Ada Sample", "Finn Draft"), ("City", "Walking")),
    _Row("Northlight.2024-03-09.Clip.16.1080p.mp4", "Clip 16: Fish Market", "2024-03-09",
         "Northlight", ("Gia Proto",), ("City", "Market")),
    _Row("northlight_clip_17_2024_03_23.mp4", "Clip 17: Herring Gulls", "2024-03-23",
         "Northlight", ("Ben Placeholder",), ("Water", "Morning")),
    _Row("NL.24.04.06.clip.18.mp4", "Clip 18: Long Rain", "2024-04-06",
         "Northlight", ("René Demo",), ("City", "Night")),
    _Row("Harbor Films - 2023-05-04 - Morning Walk.mp4", "Morning Walk", "2023-05-04",
         "Harbor Films", ("Cleo Example",), ("Morning", "Walking"), "Ida Director"),
    _Row("Harbor Films - 2023-05-18 - Evening Walk.mp4", "Evening Walk", "2023-05-18",
         "Harbor Films", ("Cleo Example",), ("Evening", "Walking"), "Ida Director"),
    _Row("Harbor Films - 2023-06-01 - Paper Boats.mp4", "Paper Boats", "2023-06-01",
         "Harbor Films", ("Ada Sample", "Iris Beta"), ("Water", "Outdoor")),
    _Row("Harbor Films - 2023-06-15 - Glass Garden.mp4", "Glass Garden", "2023-06-15",
         "Harbor Films", ("Hugo Test",), ("Forest", "Portrait")),
    _Row("Harbor Films - 2023-06-29 - Windows, Part 1.mp4", "Windows, Part 1", "2023-06-29",
         "Harbor Films", ("Dana Mock",), ("City", "Morning"), None, ("Windows",)),
    _Row("Harbor Films - 2023-07-13 - Windows, Part 2.mp4", "Windows, Part 2", "2023-07-13",
         "Harbor Films", ("Dana Mock",), ("City", "Evening"), None, ("Windows",)),
    _Row("harbor-films_2023-07-27_tide-table.mp4", "Tide Table", "2023-07-27",
         "Harbor Films", ("Iris Beta", "Gia Proto"), ("Water", "Slow Motion")),
    _Row("[Meadow] Ada Sample - Evening Light (2022.11.30).mp4", "Evening Light", "2022-11-30",
         "Meadow", ("Ada Sample",), ("Evening", "Outdoor")),
    _Row("[Meadow] Ben Placeholder - First Frost (2022.12.14).mp4", "First Frost", "2022-12-14",
         "Meadow", ("Ben Placeholder",), ("Snow", "Morning")),
    _Row("[Meadow] Finn Draft, Gia Proto - Orchard (2022.09.18).mp4", "Orchard", "2022-09-18",
         "Meadow", ("Finn Draft", "Gia Proto"), ("Outdoor", "Walking")),
    _Row("[Meadow] Hugo Test - Bee Keeper (2022.07.10).mp4", "Bee Keeper", "2022-07-10",
         "Meadow", ("Hugo Test",), ("Outdoor", "Portrait")),
    _Row("[Blue Kite] Dana Mock - Kite Lesson (2021.04.02).mp4", "Kite Lesson", "2021-04-02",
         "Blue Kite Pictures", ("Dana Mock",), ("Outdoor", "Walking")),
    _Row("[Blue Kite] Iris Beta - Red String (2021.04.16).mp4", "Red String", "2021-04-16",
         "Blue Kite Pictures", ("Iris Beta",), ("Portrait",)),
    _Row("blue_kite_pictures_finn_draft_tail_wind_1080p.mp4", "Tail Wind", "2021-05-21",
         "Blue Kite Pictures", ("Finn Draft",), ("Outdoor", "Slow Motion")),
    _Row("Paper Lantern - s02e05 - Night Market.mp4", "Night Market", "2020-10-09",
         "Paper Lantern", ("Gia Proto", "Hugo Test"), ("Night", "Market"), None, ("Lanterns",)),
    _Row("IMG_0042.mp4", "Dune Path", "2021-08-14",
         "Blue Kite Pictures", ("Ada Sample",), ("Outdoor", "Walking")),
    _Row("VID_20230102_101112.mp4", "New Year Swim", "2023-01-02",
         "Northlight", ("Finn Draft",), ("Water", "Snow")),
    _Row("a1b2c3d4e5f6.mp4", "Signal Box", "2019-09-28",
         "Paper Lantern", ("Ben Placeholder",), ("Night", "City")),
    _Row("final_FINAL_v2.mp4", "Final Cut", "2024-07-07",
         "Harbor Films", ("Dana Mock", "Ada Sample"), ("Portrait", "Evening")),
)  # fmt: skip

_MORE_PERFORMERS = ("Ada Sample", "Ben Placeholder", "Cleo Example", "Dana Mock", "Finn Draft")
_MORE_TAGS = ("Outdoor", "City", "Water", "Evening", "Morning", "Walking", "Night")
_SIZES = ((640, 360), (1280, 720), (1920, 1080))


def scene_facts(count: int, seed: int) -> list[SceneFacts]:
    """Return the facts of ``count`` scenes, in the order of their ids."""
    rng = random.Random(f"catalog-{seed}")  # noqa: S311 - invented data, no secret
    rows = [*_ROWS[:count], *(_numbered(index) for index in range(len(_ROWS), count))]
    used: dict[str, int] = {}
    return [_facts(row, used, rng) for row in rows]


def _numbered(index: int) -> _Row:
    day = dt.date(2024, 8, 3) + dt.timedelta(days=7 * (index - len(_ROWS)))
    clip = index + 100
    return _Row(
        basename=f"Northlight.{day.isoformat()}.Clip.{clip}.720p.mp4",
        title=f"Clip {clip}",
        date=day.isoformat(),
        studio="Northlight",
        performers=(_MORE_PERFORMERS[index % len(_MORE_PERFORMERS)],),
        tags=(_MORE_TAGS[index % len(_MORE_TAGS)], _MORE_TAGS[(index * 3 + 1) % len(_MORE_TAGS)]),
    )


def _facts(row: _Row, used: dict[str, int], rng: random.Random) -> SceneFacts:
    short = _ABBREVIATIONS[row.studio]
    number = used[short] = used.get(short, 0) + 1
    code = f"{short}-{number * 7 + 100:04d}"
    width, height = rng.choice(_SIZES)
    for marker, size in (("360p", _SIZES[0]), ("720p", _SIZES[1]), ("1080p", _SIZES[2])):
        if marker in row.basename:
            width, height = size
    slug = "-".join("".join(c if c.isalnum() else " " for c in row.title.lower()).split())
    performers = " and ".join(row.performers)
    return SceneFacts(
        basename=row.basename,
        title=row.title,
        date=row.date,
        studio=row.studio,
        performers=row.performers,
        tags=tuple(dict.fromkeys(row.tags)),
        number=number,
        duration=float(rng.randrange(45, 1500)),
        width=width,
        height=height,
        director=row.director,
        groups=row.groups,
        urls=(
            f"https://{ALPHA_HOST}/scene/{code}",
            f"https://{BETA_HOST}/v/{code.lower()}-{slug}",
        ),
        code=code,
        details=f"{row.title}, a short film by {row.studio}.\nWith {performers}.",
    )
