"""Names that people have, proposals for them, and the verdict that is right, as data.

Collected from public parsers' tests and bug reports, with neutral names; separators, positions and
tags are as found. A case is a file name, a proposal, and ``APPLY`` or the kind of the contradiction
(or ``LOW``, too little) for which it goes to triage.
"""

# ruff: noqa: E501, RUF001 # names stand as they were found

from __future__ import annotations

from typing import Any, NamedTuple

from stashbot.models import Entity, Proposal, Scene, ScrapedEntity, VideoFile

APPLY, LOW = "apply", "low"
LENGTH = 600.0


class Case(NamedTuple):
    """A file name, the proposal, and the verdict that is right."""

    name: str
    proposal: dict[str, Any]
    verdict: str


def scene_of(name: str, *, duration: float = LENGTH, **metadata: Any) -> Scene:
    """Return a scanned scene of that file name; it holds what ``metadata`` gives."""
    file = VideoFile(id="1", path=f"/library/{name}", basename=name, duration=duration)
    if studio := metadata.pop("studio", None):
        metadata["studio"] = Entity(id="1", name=studio)
    if names := metadata.pop("performers", ()):
        metadata["performers"] = tuple(
            Entity(id=str(number), name=each) for number, each in enumerate(names)
        )
    return Scene(id="7", files=(file,), **metadata)


def proposal_of(values: dict[str, Any]) -> Proposal:
    """Return the proposal of AlphaSource with these values; entities are given by their names."""
    values = dict(values)
    studio, parent = values.pop("studio", None), values.pop("parent", None)
    performers = values.pop("performers", ())
    return Proposal(
        source="AlphaSource",
        studio=ScrapedEntity(name=studio, parent=parent) if studio else None,
        performers=tuple(ScrapedEntity(name=name) for name in performers),
        **values,
    )


def says(
    title: str | None = None,
    date: str | None = None,
    studio: str | None = None,
    *performers: str,
    **more: Any,
) -> dict[str, Any]:
    """Return the values of a proposal."""
    values = {"title": title, "date": date, "studio": studio, "performers": performers, **more}
    return {name: value for name, value in values.items() if value}


#: Dates in all places and shapes.
DATES = (
    Case(
        "Harbor's Edge - 15.04.20 - BTS-Harbor Takes a Walk.mp4",
        says("BTS - Harbor Takes a Walk", "2015-04-20", "Harbor's Edge"),
        APPLY,
    ),
    Case(
        "Harbor's Edge - 15.04.20 - BTS-Harbor Takes a Walk.mp4",
        says("Harbor Takes a Walk", "2015-04-20", "Harbor's Edge"),
        "marker",
    ),
    Case(
        "Meadow Feature Film.16.04.07.ada.fox.the.harbour.part.1.mp4",
        says("The Harbour: Part 1", "2016-04-07", "Meadow Feature Film", "Ada Fox"),
        APPLY,
    ),
    Case(
        "Meadow Feature Film.16.04.07.ada.fox.the.harbour.part.1.mp4",
        says("The Harbour: Part 2", "2016-04-07", "Meadow Feature Film", "Ada Fox"),
        "title",
    ),
    Case(
        "Northlight.TS.Ada.Sample.Fabulous.Garden.3-Way.XXX.mp4",
        says("Fabulous Garden 3-Way", "2022-01-03", "Northlight", "Ada Sample"),
        APPLY,
    ),
    Case(
        "HarborClub.20.12..Aya.Sample.XXX.2160p.MP4-GRP-xpost.mp4",
        says("Garden Window", "2020-12-23", "HarborClub", "Aya Sample"),
        LOW,
    ),
    Case("ada [ABCD] Oct 28, 2009.mp4", says("Walk", "2009-10-28", "Northlight", "Ada"), "title"),
    Case(
        "harbour for sale (2009) sc1.avi",
        says("Harbour for Sale - Scene 1", "2009-05-01", "Northlight"),
        "title",
    ),
    Case(
        "harbour for sale (2009) sc1.avi",
        says("Harbour for Sale", "2009-05-01", "Northlight", duration=601),
        "number",
    ),
    Case(
        "harbourlights.com_ EVENING_WALK (2009-08-01_6052).wmv",
        says("Evening Walk", "2009-08-01", "HarbourLights"),
        APPLY,
    ),
    Case(
        "nlib.20090901_1079_ada_kara.wmv",
        says("Two Friends", "2009-09-01", "Nlib", "Ada", "Kara"),
        APPLY,
    ),
    Case(
        "Ada Sample Art-Harbour.com 22.11.2011.wmv",
        says("Set 12", "2011-11-22", "Art Harbour", "Ada Sample"),
        APPLY,
    ),
    Case(
        "[Site] Ada (Beautiful Episode) 2023.07.21 [1080p].mp4",
        says("Beautiful Episode", "2023-07-21", "Site", "Ada"),
        APPLY,
    ),
    Case(
        "[Site] Beautiful Episode - Ada - 2023-07-22 - 1080p.mp4",
        says("Beautiful Episode", "2023-07-22", "Site", "Ada"),
        APPLY,
    ),
    Case(
        "Series and Title 20201013 Ep7432 [720p WebRip (x264)] [SUBS].mkv",
        says("Ep. 7432", "2020-10-13", "Series and Title"),
        APPLY,
    ),
    Case(
        "A.Late.Talk.Show.140722.720p.HDTV.x264-Grp.mkv",
        says("Guest: Ada Sample", "2014-07-22", "A Late Talk Show"),
        LOW,
    ),
    Case(
        "Series.2022.23.01.23.Evening.Light.720p.HEVC.x265-Grp.mp4",
        says("Evening Light", "2023-01-23", "Series 2022"),
        APPLY,
    ),
    Case(
        "1234.23.01.23.Evening.Light.XXX.720p.HEVC.x265-Grp.mp4",
        says("Evening Light", "2023-01-23", "1234"),
        APPLY,
    ),
    Case(
        "Series_23.01.23_Evening_Light_720p_HEVC_x265-Grp.mp4",
        says("Evening Light", "2023-01-23", "Series"),
        APPLY,
    ),
    Case(
        "Series 23 01 23 Evening Light 720p HEVC x265-Grp.mp4",
        says("Evening Light", "2023-01-23", "Series"),
        APPLY,
    ),
    Case(
        "LoveHerHarbour 24 06 11 Peach Alice Success Walk XXX 720p AV1 XGrp.mp4",
        says("Success Walk", "2024-06-11", "Love Her Harbour", "Peach Alice"),
        APPLY,
    ),
    Case(
        "[scnzbnet][509103] 2.Developers.Series.23-01-22.Evening.Light.720p.HDTV.mp4",
        says("Evening Light", "2023-01-22", "2 Developers Series"),
        APPLY,
    ),
    Case(
        "Studio 2020-05-29 Title Vol 1 E2 XXX 1080p.mp4",
        says("Title Vol. 1 E2", "2020-05-29", "Studio"),
        APPLY,
    ),
    Case(
        "Edge and Harbour 2026-01-12 Calm and Bright WEBDL-2160p h264 AAC.mp4",
        says("Calm & Bright", "2026-01-12", "Edge & Harbour"),
        APPLY,
    ),
    Case(
        "[Studio.com] Ada Sample & Dana Mock - Studio Title (18.05.2019) [2019 г., Snow, Harbour, 1080p].mp4",
        says("Studio Title", "2019-05-18", "Studio", "Ada Sample", "Dana Mock"),
        APPLY,
    ),
    Case(
        "[GreatGardener] Anna Bell Sample - Massive Sums (14.09.2017) rq (1k).mp4",
        says("Massive Sums", "2017-09-14", "Great Gardener", "Anna Bell Sample"),
        APPLY,
    ),
    Case(
        "[random.com][Studio] Ada Sample - Title(21.04.2020) rq.mp4",
        says("Title", "2020-04-21", "Studio", "Ada Sample"),
        APPLY,
    ),
    Case(
        "Studio.22.10.18.This.is.a.XXX.Evening - Scene 1.XXX.720p.HEVC.mp4",
        says("This is a XXX Evening - Scene 1", "2022-10-18", "Studio"),
        APPLY,
    ),
    Case(
        "Pure Harbour - Sarah Sample, Lily Draft - A Costly Divide (June 24, 2025) [1080p HEVC x265].mp4",
        says("A Costly Divide", "2025-06-24", "Pure Harbour", "Sarah Sample", "Lily Draft"),
        APPLY,
    ),
    Case(
        "Northlight - 2025‑01‑13 - Evening Light.mp4",
        says("Evening Light", "2025-01-13", "Northlight"),
        APPLY,
    ),
    Case(
        "Northlight.01.06.25.Evening.Light.mp4",
        says("Evening Light", "2025-06-01", "Northlight"),
        APPLY,
    ),
    Case(
        "Northlight.01.06.25.Evening.Light.mp4",
        says("Evening Light", "2001-06-25", "Northlight"),
        APPLY,
    ),
    Case(
        "Northlight.01.06.25.Evening.Light.mp4",
        says("Evening Light", "2025-06-02", "Northlight"),
        "date",
    ),
    Case(
        "Northlight - 20250113 - Evening Light.mp4",
        says("Evening Light", "2025-01-13", "Northlight"),
        APPLY,
    ),
)

#: Studio, performers and title in other places.
PLACES = (
    Case(
        "Ada Sun - Slot For A Ship (2013-12-16).mp4",
        says("Slot for a Ship", "2013-12-16", "Northlight", "Ada Sun"),
        APPLY,
    ),
    Case(
        "Ada Sample - Evening Light.mp4",
        says("Evening Light", "2013-12-16", "Northlight", "Ada Sample"),
        LOW,
    ),
    Case(
        "Evening Light on the Pier - Northlight.mp4",
        says("Evening Light on the Pier", "2013-12-16", "Northlight"),
        APPLY,
    ),
    Case(
        "HarborClub - 2021-12-23 - Aya.Sample.Megan.Draft.And.Bella.Proto.mp4",
        says(
            "Garden Window", "2021-12-23", "Harbor Club", "Aya Sample", "Megan Draft", "Bella Proto"
        ),
        APPLY,
    ),
    Case(
        "HarborClub - 2021-12-23 - Ауа.Sаmple.Mеgan.Drаft.And.Bеlla.Prоto.mp4",
        says(
            "Garden Window", "2021-12-23", "Harbor Club", "Aya Sample", "Megan Draft", "Bella Proto"
        ),
        APPLY,
    ),
    Case(
        "Northlight.22.01.03.TS.Ada.Sample.Fabulous.Garden.3-Way.part-1-XXX.mp4",
        says("Fabulous Garden 3-Way Part 1", "2022-01-03", "Northlight", "Ada Sample"),
        APPLY,
    ),
    Case(
        "Northlight.22.01.03.TS.Ada.Sample.Fabulous.Garden.3-Way.part-1-XXX.mp4",
        says("Fabulous Garden 3-Way", "2022-01-03", "Northlight", "Ada Sample"),
        "number",
    ),
    Case(
        "mex - 2021-12-07 - Dr. Polka & The Frozen Harbour Conundrum.mp4",
        says("Dr. Polka & The Frozen Harbour Conundrum", "2021-12-07", "MeadowExxtra"),
        APPLY,
    ),
    Case(
        "【Northlight】Harbour Steps (2024-01-13).mp4",
        says("Harbour Steps", "2024-01-13", "Northlight"),
        APPLY,
    ),
    Case(
        "Harbourfidelity - Harbourfidelity #470 - Sailing Silvia's Sloop.mp4",
        says("Sailing Silvia's Sloop", "2019-01-13", "Harbourfidelity"),
        APPLY,
    ),
    Case(
        "ada-sample-at-the-service-of-the-harbour-6699-1080p_full_mp4.mp4",
        says("At the Service of the Harbour", "2019-01-13", "Northlight", "Ada Sample"),
        APPLY,
    ),
    Case(
        "evening-light-on-the-pier-2160.mp4",
        says("Evening Light on the Pier", "2019-01-13", "Northlight", duration=603),
        APPLY,
    ),
    Case(
        "MetHarbour_2007-07-16_HOBBY-EVI-B-by-JAN-VELO_9d944_high.mp4",
        says("Hobby Evi B", "2007-07-16", "Met Harbour", director="Jan Velo"),
        APPLY,
    ),
    Case(
        "Northlight - S2023:E45 - Evening Light.mp4",
        says("Evening Light", "2023-03-04", "Northlight", duration=601),
        APPLY,
    ),
)

#: Codes, and names that sites give.
CODES = (
    Case(
        "12345_ada_sample_evening_light.mp4",
        says("Evening Light", "2019-01-13", "Northlight", "Ada Sample", code="12345"),
        APPLY,
    ),
    Case(
        "northlight - 2009-11-30 - ada - evening light (12345).mp4",
        says("Evening Light", "2009-11-30", "Northlight", "Ada", code="12345"),
        APPLY,
    ),
    Case(
        "realharbor_evening-light_oculus_180_lr.mp4",
        says("Evening Light", "2019-01-13", "Real Harbor", duration=601),
        APPLY,
    ),
    Case(
        "PierVR-Tea-Tuesday-1920p-180_180x180_3dh_LR.mp4",
        says("Tea Tuesday", "2019-01-13", "PierVR"),
        APPLY,
    ),
    Case(
        "18VR_Tea_Tuesday_samsung_180_180x180_3dh_LR_.mp4",
        says("Tea Tuesday", "2019-01-13", "18VR"),
        APPLY,
    ),
    Case(
        "RealHarbourVR-Walking-The-Pier-For-Ada-Sample-Full_3584_60_LR_180.mp4",
        says("Walking the Pier for Ada Sample", "2019-01-13", "RealHarbourVR", "Ada Sample"),
        APPLY,
    ),
    Case("ABC-123.mp4", says("Evening Light", "2019-01-13", "Northlight", code="ABC-123"), APPLY),
    Case(
        "[site.com]ABC-123-CD1.mp4",
        says("Evening Light", "2019-01-13", "Northlight", code="ABC-123"),
        APPLY,
    ),
    Case("abc00123.mp4", says("Evening Light", "2019-01-13", "Northlight", code="ABC-123"), APPLY),
    Case(
        "ABW-358C description.涼森.mp4",
        says("Evening Light", "2019-01-13", "Northlight", code="ABW-358"),
        APPLY,
    ),
    Case(
        "ABC-124.mp4",
        says("Evening Light", "2019-01-13", "Northlight", code="ABC-123", duration=600),
        "code",
    ),
    Case(
        "Evening Light [aB3xY_9-kQz].mp4",
        says("Evening Light", "2019-01-13", "Northlight", code="aB3xY_9-kQz"),
        APPLY,
    ),
    Case(
        "Evening Light [aB3xY_9-kQz].mp4",
        says("Evening Light", "2019-01-13", "Northlight", code="AB3XY_9-KQZ"),
        LOW,
    ),
)

#: Words that look technical, and names of cameras.
TAGS = (
    Case(
        "Northlight - 2019-01-15 - Repack My Bags.mp4",
        says("Repack My Bags", "2019-01-15", "Northlight"),
        APPLY,
    ),
    Case(
        "Northlight.19.01.15.Repack.My.Bags.XXX.1080p.mp4",
        says("Repack My Bags", "2019-01-15", "Northlight"),
        APPLY,
    ),
    Case(
        "Northlight - 2024-01-13 - Harbour Steps - Copy.mp4",
        says("Harbour Steps", "2024-01-13", "Northlight"),
        APPLY,
    ),
    Case(
        "Northlight - 2024-01-13 - Harbour Steps_4000.mp4",
        says("Harbour Steps", "2024-01-13", "Northlight"),
        APPLY,
    ),
    Case(
        "Northlight - 2024-01-13 - Harbour Steps 4K60.mp4",
        says("Harbour Steps", "2024-01-13", "Northlight"),
        APPLY,
    ),
    Case(
        "BadHarborVR.25.09.26.Ada.Grays.Dana.Dove.Message.A.Trois.XXX.VR180.4096p.MP4-GRP.mp4",
        says("Message à Trois", "2025-09-26", "Bad Harbor VR", "Ada Grays", "Dana Dove"),
        APPLY,
    ),
    Case(
        "POVH.19.10.01.Rebecca.Sample.Cleaning.Garden.Creek.XXX.MP4-SDGRP.mp4",
        says("Cleaning Garden Creek", "2019-10-11", "POVH", "Rebecca Sample"),
        "date",
    ),
    Case("IMG_2041.MOV", says("Img 2041", "2024-01-13", "Northlight"), LOW),
    Case("VID_20240113_201500.mp4", says("New Year Swim", "2024-01-13", "Northlight"), LOW),
)

#: Names as release tools and downloaders write them.
SCENE_NAMES = (
    Case(
        "Northlight.22.01.03.Ada.Sample.Fabulous.Garden.3-Way.XXX.mp4",
        says("Fabulous Garden 3-Way", "2022-01-03", "Northlight", "Ada Sample"),
        APPLY,
    ),
    Case(
        "North Light - 2022-01-03 - Ada Sample Fabulous Garden 3-Way.XXX.mp4",
        says("Fabulous Garden 3-Way", "2022-01-03", "Northlight", "Ada Sample"),
        APPLY,
    ),
    Case(
        "MeadowExxtra.22.02.28.Ada.Moss.Walk.Walk.Home.XXX.1080p.MP4-GRP-xpost.mp4",
        says("Walk, Walk, Home", "2022-02-28", "MeadowExxtra", "Ada Moss"),
        APPLY,
    ),
    Case(
        "harborclub.18.12.26.ada.sample.long.night.in.club.extra.mp4",
        says("Long Night in Club Extra", "2018-12-26", "HarborClub", "Ada Sample"),
        APPLY,
    ),
    Case(
        "[Site] Ada - Beautiful Episode [2023-08-18] [2160p].mp4",
        says("Beautiful Episode", "2023-08-18", "Site", "Ada"),
        APPLY,
    ),
    Case(
        "Tree_Series_2018_06_22_Seth_Sample_720p_HEVC_x265-Grp.mkv",
        says("Seth Sample", "2018-06-22", "Tree Series"),
        APPLY,
    ),
    Case(
        "Series Title - 2013-10-30 - Episode Title (1) [HDTV-720p].mkv",
        says("Episode Title (1)", "2013-10-30", "Series Title"),
        APPLY,
    ),
    Case(
        "Digital Harbour - 2014-12-20 - Dirty Snow - Episode 4 - Candy Lane - [WEBDL-1080p].mp4",
        says("Dirty Snow - Episode 4 - Candy Lane", "2014-12-20", "Digital Harbour"),
        APPLY,
    ),
    Case(
        "Series Title - 2013-05-15 - 36 Ada [WEBDL-1080p].mp4",
        says("36 Ada", "2013-05-15", "Series Title"),
        APPLY,
    ),
    Case("Studio.19.07.01.Title..480p.MP4-XXX.mp4", says("Title", "2019-07-01", "Studio"), APPLY),
    Case(
        "Studio - 2017-08-04 - Some Title. [WEBDL-480p].mp4",
        says("Some Title.", "2017-08-04", "Studio"),
        APPLY,
    ),
    Case(
        "MollyRed - 2022-04-14 - MollyRed - Komi-San.I want you - WEBDL-720p x265.mp4",
        says("Komi-San. I want you", "2022-04-14", "Molly Red"),
        APPLY,
    ),
    Case(
        "[Meadow] Ben Placeholder, Cleo Example & Dana Mock - Bright College Walk (2025-12-03) [2160p].mp4",
        says(
            "Bright College Walk",
            "2025-12-03",
            "Meadow",
            "Ben Placeholder",
            "Cleo Example",
            "Dana Mock",
        ),
        APPLY,
    ),
    Case(
        "AuroraH - 2022-06-22 -  - Aromatic.mp4", says("Aromatic", "2022-06-22", "Aurora H"), APPLY
    ),
    Case(
        "CzechGarden - 2013-12-04 - 16 [x265-reencode].mkv",
        says("Garden 16", "2013-12-04", "Czech Garden"),
        APPLY,
    ),
    Case(
        "JayHarbor - Kim Brick Small Window View (2017-12-12).mp4",
        says("Small Window View", "2017-12-12", "Jay Harbor", "Kim Brick"),
        APPLY,
    ),
    Case(
        "MeadowsGirl.19.09.28.Ada.Phillips.And.Ariel.Adams.My.Moms.A.Virtuoso.XXX.1080p.MP4-GRP.mp4",
        says("My Mom's a Virtuoso", "2019-09-28", "Meadows Girl", "Ada Phillips", "Ariel Adams"),
        APPLY,
    ),
    Case(
        "Studio.2025-08-10.Ada.Sample.Evening.Light.mp4",
        says("Evening Light", "2025-08-10", "Studio", "Ada Sample"),
        APPLY,
    ),
)

#: Proposals that are nearly right.
LIES = (
    Case(
        "Northlight.24.01.13.Evening.Light.XXX.1080p.mp4",
        says("Morning Light", "2024-01-13", "Northlight", duration=604),
        "title",
    ),
    Case(
        "Northlight.24.01.13.Harbour.Steps.Part.1.XXX.1080p.mp4",
        says("Harbour Steps Part 2", "2024-01-13", "Northlight", duration=604),
        "title",
    ),
    Case(
        "Northlight.24.01.13.Harbour.Steps.Part.1.XXX.1080p.mp4",
        says("Harbour Steps", "2024-01-13", "Northlight", duration=604),
        "number",
    ),
    Case(
        "[Northlight] Dana Mock - Evening Light (2024-01-13).mp4",
        says("Morning Light", "2024-01-13", "Northlight", "Ada Sample", duration=604),
        "title",
    ),
    Case(
        "Northlight - Tea Tuesday.mp4",
        says("Tea Tuesday", None, "Southlight", duration=601),
        "studio",
    ),
    Case(
        "Northlight - Interview.mp4", says("Interview", None, "Southlight", duration=601), "studio"
    ),
    Case(
        "[Northlight] Ada Sample - How To Handle Your Guests 101 (2012-03-12).mp4",
        says("How To Handle Your Guests: 101", "2012-03-12", "Northlight", "Dana Mock"),
        "performers",
    ),
    Case(
        "quietpier.17.11.30.ada.black.mp4",
        says("Ada Black", "2019-12-08", "Quiet Pier", "Ada Black"),
        "date",
    ),
    Case(
        "[Northlight] Ada Sparks - Evening Light (2024-01-13).mp4",
        says("Morning Light", "2024-01-13", "Northlight", "Adda Sparks"),
        "title",
    ),
    Case(
        "[Northlight] Ada Sparks - Evening Light (2024-01-13).mp4",
        says("Evening Light", "2024-01-13", "Northlight", "Adda Sparks"),
        "performers",
    ),
    Case(
        "Northlight - 2024-05-08 - Harbour Steps.mp4",
        says("Harbour Steps", "2014-05-08", "Northlight"),
        "date",
    ),
    Case(
        "Northlight - 2024-05-08 - Harbour Steps.mp4",
        says("Harbour Steps", "2024-05-08", "Northlight", duration=3100),
        "duration",
    ),
    Case(
        "Northlight - 2024-01-13 - Evening Light House Party.mp4",
        says("Evening Light", "2024-01-13", "Northlight"),
        "title",
    ),
    Case(
        "Northlight Classics - 2024-01-13 - Evening Light.mp4",
        says("Evening Light", "2024-01-13", "Northlight"),
        "studio",
    ),
    Case(
        "Northlight - 2024-01-13 - Evening Light.mp4",
        says("Evening Light", "2024-01-13", "Northlight Classics"),
        "studio",
    ),
    Case(
        "Northlight - 2024-01-13 - Evening Light [Trailer].mp4",
        says("Evening Light", "2024-01-13", "Northlight"),
        "marker",
    ),
    Case(
        "Northlight - 2024-01-13 - Evening Light (Director's Cut).mp4",
        says("Evening Light", "2024-01-13", "Northlight"),
        "marker",
    ),
    Case(
        "Northlight - 2024-01-13 - Evening Light (2).mp4",
        says("Evening Light", "2024-01-13", "Northlight"),
        "number",
    ),
    Case("Northlight - Interview.mp4", says("Interview", None, "Northlight"), LOW),
    Case(
        "Northlight.24.01.13.mp4",
        says("Evening Light", "2024-01-13", "Northlight", duration=600),
        LOW,
    ),
    Case(
        "Harbour Steps 3.mp4", says("Harbour Steps 23", None, "Northlight", duration=600), "title"
    ),
)

#: The same, written another way.
SPELLINGS = (
    Case(
        "Northlight - 2024-01-13 - Gruene Tuer.mp4",
        says("Grüne Tür", "2024-01-13", "Northlight"),
        APPLY,
    ),
    Case(
        "Northlight - 2024-01-13 - Cafe Ost.mp4",
        says("Café Øst", "2024-01-13", "Northlight"),
        APPLY,
    ),
    Case(
        "Northlight - 2024-01-13 - Grüne Tür.mp4",
        says("Gruene Tuer", "2024-01-13", "Northlight"),
        APPLY,
    ),
    Case(
        "Northlight - 2024-01-13 - Evening Light.mp4",
        says("Evening Light | Northlight", "2024-01-13", "Northlight"),
        APPLY,
    ),
    Case(
        "Northlight - 2024-01-13 - Evening Light.mp4",
        says("Ada Sample - Evening Light", "2024-01-13", "Northlight", "Ada Sample"),
        APPLY,
    ),
    Case(
        "Northlight - 2024-01-13 - Evening Light.mp4",
        says("Evening Light (2024)", "2024-01-13", "Northlight"),
        APPLY,
    ),
    Case(
        "Northlight - 2024-01-13 - Evening Light.mp4",
        says("Northlight: Evening Light", "2024-01-13", "Northlight"),
        APPLY,
    ),
    Case(
        "Northlight - 2024-01-13 - Harbour Steps.mp4",
        says("Harbour Steps - S2:E5", "2024-01-13", "Northlight"),
        APPLY,
    ),
    Case(
        "Northlight - 2024-01-13 - Harbour Steps 2.mp4",
        says("Harbour Steps II", "2024-01-13", "Northlight"),
        APPLY,
    ),
    Case(
        "Northlight - 2024-01-13 - 100 Percent Ada.mp4",
        says("100% Ada", "2024-01-13", "Northlight"),
        APPLY,
    ),
    Case(
        "Northlight.24.01.13.Ada.Evening.Light.mp4",
        says("Evening Light", "2024-01-13", "Northlight", "Ada (Northlight)"),
        APPLY,
    ),
    Case(
        "Northlight - Evening Light.mp4",
        says("Evening Light", None, "Harbour Originals", parent="Northlight", duration=603),
        APPLY,
    ),
    Case(
        "Northlight - Walking the Long Pier.mp4",
        says("Walking the Long Pier", None, "Harbour Originals", parent="Northlight"),
        APPLY,
    ),
    Case(
        "Northlight.24.01.13.Evening.Light.mp4",
        says("Evening Light", "2024-01-12T23:00:00Z", "Northlight"),
        APPLY,
    ),
    Case(
        "Northlight - 2024-01-13 - Evening Light.mp4",
        says("ABC-123 Evening Light", "2024-01-13", "Northlight", code="ABC-123"),
        APPLY,
    ),
    Case(
        "Northlight - 2024-05-08 - Salt & Pepper.mp4",
        says("Salt &amp; Pepper", "2024-05-08", "Northlight"),
        APPLY,
    ),
    Case("NorthlightOrchardAtDawn.mp4", says("Orchard at Dawn", None, "Northlight"), APPLY),
    Case("northlight_orchardatdawn_1080p.mp4", says("Orchard at Dawn", None, "Northlight"), APPLY),
)
