"""Read names of people: several in a text, disambiguations and aliases in a name."""

from __future__ import annotations

import re
from collections.abc import Callable

from stashbot.models import Model

#: Says whether the library, or the scene, knows a person of that name.
IsKnown = Callable[[str], bool]

#: Signs between the items of a list; a comma is also in ``Sample, Ada``.
_LIST_SIGNS = re.compile(r"\s*[;|\u2022\n]\s*")
_COMMA = re.compile(r"\s*,\s*(?:(?:and|&)\s+)?")
#: Words that join two people, or belong to the name of a pair.
_JOINTS = re.compile(
    r"\s*,\s*(?:(?:and|&|\+)\s+)?|\s+(?:and|with|feat\.?|ft\.?|vs\.?|x|y|et|und)\s+|\s*[&+/]\s*",
    re.IGNORECASE,
)
_IN_BRACKETS = re.compile(r"^(?P<name>[^()\[\]]+?)\s*[(\[](?P<inside>[^()\[\]]+)[)\]]$")
_ALSO = re.compile(r"(?:\s*,|\s+-)?\s+(?:a\.?\s?k\.?\s?a\.?|also known as)[:\s]\s*", re.IGNORECASE)
_ALSO_INSIDE = re.compile(
    r"(?:a\.?\s?k\.?\s?a\.?|also known as|credited as|as|alias)[:\s]\s*", re.IGNORECASE
)
_COMMAS = re.compile(r"\s*[,/;]\s*")
#: Words of a person's name in capitals: ``Dana Mock``, but not ``II`` and not ``Northlight``.
_FULL_NAME = re.compile(r"[^\W\d_][\w'\u2019.-]*(?:\s+[^\W\d_][\w'\u2019.-]*){1,3}")
_MIN_ITEMS, _MIN_WORDS = 3, 2


class PersonName(Model):
    """A name taken apart; ``disambiguation`` tells people of that name from each other."""

    name: str
    disambiguation: str = ""
    aliases: tuple[str, ...] = ()


def read_person(text: str) -> PersonName:
    """Return name, disambiguation and aliases of a text such as ``Ada Sample (Northlight)``.

    A full name in brackets may be an alias or a disambiguation, and is both; all else there is a
    disambiguation.
    """
    first, *others = _ALSO.split(text)
    aliases = [alias for other in others for alias in _COMMAS.split(other) if alias]
    if not first.strip():
        return PersonName(name=text)
    disambiguation = ""
    if match := _IN_BRACKETS.match(first.strip()):
        first, inside = match["name"], match["inside"].strip()
        if (also := _ALSO_INSIDE.match(inside)) and inside[also.end() :]:
            aliases += [alias for alias in _COMMAS.split(inside[also.end() :]) if alias]
        else:
            disambiguation = inside
            aliases += [inside] if _FULL_NAME.fullmatch(inside) else []
    return PersonName(
        name=first.strip(), disambiguation=disambiguation, aliases=tuple(dict.fromkeys(aliases))
    )


def split_people(text: str, is_known: IsKnown) -> tuple[str, ...]:
    """Return the people of a text: several if a sign of lists says so, or if all are known.

    ``Ada Sample, Dana Mock`` is a list; ``Sample, Ada`` may be a name; ``Ada Sample & Dana Mock``
    are two people only if both are known, since a pair may have such a name.
    """
    items = _items(_LIST_SIGNS, text)
    if len(items) > 1:
        return tuple(person for item in items for person in split_people(item, is_known))
    by_comma = _items(_COMMA, text)
    words = [len(item.split()) for item in by_comma]
    if len(by_comma) >= _MIN_ITEMS or (len(by_comma) > 1 and min(words) >= _MIN_WORDS):
        return tuple(person for item in by_comma for person in split_people(item, is_known))
    people = _items(_JOINTS, text)
    if len(people) > 1 and all(is_known(read_person(person).name) for person in people):
        return people
    return (text,)


def people_in(text: str) -> tuple[str, ...]:
    """Return the items of a text that is known to be a list of people, or a single one."""
    return tuple(person for item in _items(_LIST_SIGNS, text) for person in _items(_JOINTS, item))


def may_be_several(text: str) -> bool:
    """Return whether a text may name several people: such a name is not created."""
    return len(_items(_JOINTS, text)) > 1 or len(_items(_LIST_SIGNS, text)) > 1


def _items(separator: re.Pattern[str], text: str) -> tuple[str, ...]:
    """Return the items of a text; separators within brackets do not count."""
    masked = re.sub(r"[(\[][^()\[\]]*[)\]]", lambda match: "\0" * len(match[0]), text)
    items, at = [], 0
    for match in separator.finditer(masked):
        items.append(text[at : match.start()])
        at = match.end()
    items.append(text[at:])
    return tuple(item.strip() for item in items if item.strip())
