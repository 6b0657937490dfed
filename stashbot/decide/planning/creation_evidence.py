"""What speaks for creating an entity that a source names (playbook 2.4).

What the proposing source says of its own entity is no signal; what others say is:

``name``       the scene itself carries this very name: in its metadata or its file name. For a tag,
               which no scene carries, another source proposes it too or the settings name it.
``site``       another source names it for this scene, or its own page is on the scene's site.
``birthdate``  (performers) another source gives the same day of birth.
``parent``     (studios) its parent studio is in the library.
``studio``     (groups) it is of the scene's own studio.
``listed``     (tags) the settings or a tag macro name it.
``scenes``     (tags) it was proposed for several scenes.
``alias``      one of its aliases is a name that the scene or another source gives.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from pydantic import Field, JsonValue

from stashbot.decide.matching.names import by_case, by_punctuation, same_name, words
from stashbot.models import Evidence, FieldName, Known, Model
from stashbot.settings import CreationSettings, GateSettings

#: Words that a name must have to be believed wherever it stands in a file name.
_SURE_WORDS = 2


class Candidate(Model):
    """An entity as a source describes it. ``parent`` is a studio's parent, or a group's studio."""

    kind: FieldName
    source: str
    name: str
    aliases: tuple[str, ...] = ()
    urls: tuple[str, ...] = ()
    birthdate: str | None = None
    parent: str | None = None


class Surroundings(Model):
    """What is known around the candidates of one proposal.

    ``urls`` are the scene's and the proposal's; ``stem`` is the file name without its extension;
    ``others`` is what other sources name for this scene. ``scenes`` says for how many scenes a tag
    was proposed, by ``by_case`` of its name; ``listed`` are the tags of rules and macros;
    ``studios`` are the names of the library's studios that candidates name as parents.
    """

    known: Known = Known()
    urls: tuple[str, ...] = ()
    stem: str = ""
    others: tuple[Candidate, ...] = ()
    scenes: dict[str, int] = Field(default_factory=dict)
    listed: tuple[str, ...] = ()
    studios: tuple[str, ...] = ()


def signals(
    candidate: Candidate, around: Surroundings, settings: CreationSettings, gate: GateSettings
) -> Iterator[Evidence]:
    """Every signal of the candidate's gate with the points that it earned."""
    others = [
        one
        for one in around.others
        if one.kind is candidate.kind and one.source != candidate.source
    ]
    agreeing = [one for one in others if same_name(one.name, candidate.name)]
    listed = next(
        (
            one
            for one in (*settings.tags, *around.listed)
            if by_case(one) == by_case(candidate.name)
        ),
        None,
    )
    carried, origin = _carried(candidate, around)
    if candidate.kind is FieldName.TAGS:
        carried, origin = listed, "settings"
        if listed is None and agreeing:
            carried, origin = agreeing[0].name, agreeing[0].source
    named = [*_names(candidate, around), *(one.name for one in others)]
    alias = next((one for one in named if _is_alias(one, candidate)), None)
    born = [one for one in agreeing if one.birthdate and one.birthdate == candidate.birthdate]
    uses = around.scenes.get(by_case(candidate.name), 0)
    parent = next(
        (one for one in around.studios if by_case(one) == by_case(candidate.parent or "")), None
    )
    same_studio = around.known.studio if _is(candidate.parent, around.known.studio) else None
    found: dict[str, tuple[str | int | None, str]] = {
        "name": (carried, origin),
        "site": _site(candidate, around, agreeing),
        "birthdate": (born[0].birthdate, born[0].source) if born else (None, ""),
        "parent": (parent, "library"),
        "studio": (same_studio, around.known.origin.get("studio", "")),
        "listed": (listed, "settings"),
        "scenes": (uses if uses >= settings.frequent else None, "proposals"),
        "alias": (alias, ""),
    }
    for signal, weight in gate.points.items():
        value, where = found[signal]
        yield Evidence(
            signal=signal,
            scene=value,
            proposal=_own(candidate, signal),
            origin=where if value is not None else "",
            points=weight if value is not None else 0.0,
            weight=weight,
        )


def _own(candidate: Candidate, signal: str) -> JsonValue:
    held: dict[str, JsonValue] = {
        "site": list(candidate.urls),
        "birthdate": candidate.birthdate,
        "parent": candidate.parent,
        "studio": candidate.parent,
        "alias": list(candidate.aliases),
    }
    return held.get(signal, candidate.name)


def _carried(candidate: Candidate, around: Surroundings) -> tuple[str | None, str]:
    """The name as the scene carries it, and where."""
    piece = "studio" if candidate.kind is FieldName.STUDIO else "performers"
    origin = around.known.origin.get(piece, "metadata")
    key = by_punctuation if origin == "file name" else by_case
    for name in _names(candidate, around):
        if key(name) and key(name) == key(candidate.name):
            return name, origin
    wanted, held = words(candidate.name), words(around.stem)
    spans = range(len(held) - len(wanted) + 1)
    within = any(held[at : at + len(wanted)] == wanted for at in spans)
    if within and len(wanted) >= _SURE_WORDS and candidate.kind is not FieldName.TAGS:
        return around.stem, "file name"
    return None, ""


def _names(candidate: Candidate, around: Surroundings) -> tuple[str, ...]:
    """What the scene carries of the candidate's kind."""
    if candidate.kind is FieldName.PERFORMERS:
        return around.known.performers
    if candidate.kind is FieldName.STUDIO and around.known.studio:
        return (around.known.studio,)
    return ()


def _site(
    candidate: Candidate, around: Surroundings, agreeing: list[Candidate]
) -> tuple[str | None, str]:
    if agreeing:
        return agreeing[0].name, agreeing[0].source
    for url in around.urls:
        if any(_same_site(url, own) for own in candidate.urls):
            return url, "url"
    return None, ""


def _same_site(one: str, other: str) -> bool:
    """Whether two addresses are of one host, or of a host and its subdomain."""
    first, second = _host(one), _host(other)
    if not first or not second:
        return False
    return first == second or first.endswith(f".{second}") or second.endswith(f".{first}")


def _host(url: str) -> str:
    try:
        host = urlsplit(url.strip()).hostname or ""
    except ValueError:
        return ""
    return host.removeprefix("www.")


def _is_alias(name: str, candidate: Candidate) -> bool:
    return any(same_name(name, alias) for alias in candidate.aliases)


def _is(one: str | None, other: str | None) -> bool:
    return bool(one and other) and same_name(one or "", other or "")
