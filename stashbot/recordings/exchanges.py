"""GraphQL exchanges as they are kept: what was asked and answered, and nothing of whose it is.

A recorded exchange shows how Stash speaks: operations, variables, the shape of answers. Words that
belong to a server's owner (titles, names, paths, addresses) are replaced by neutral ones, the same
word always by the same, so that an answer stays consistent in itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Literal

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    parse,
    print_ast,
)
from pydantic import Field

from stashbot.models import Model

#: Elements of a list that are kept.
LISTED = 2
#: Texts under these names are Stash's own words: kinds, orders, versions, languages, moments.
_OWN_WORDS = frozenset(
    {
        *("__typename", "type", "sort", "direction", "mode", "modifier", "status", "language"),
        *("version", "hash", "build_time", "created_at", "updated_at", "date", "video_codec"),
        *("audio_codec", "format", "resolution", "gender", "supported_scrapes", "locale"),
        *("logLevel", "sortby", "sortdir", "circumcised", "visibility", "algorithm", "value_type"),
        *("blobsStorage", "videoFileNamingAlgorithm", "maxTranscodeSize"),
        "maxStreamingTranscodeSize",
    }
)
#: Words of fewer letters are left in running text: there they are chance.
_SHORT = 4
_PLAIN = re.compile(r"-?\d+(\.\d+)?|true|false")
_MOMENT = re.compile(r"\d{4}-\d{2}(-\d{2}([T ].*)?)?")
_ADDRESS = re.compile(r"(?:https?|wss?)://[^/\s]+(/\S*)?", re.I)
_PATH_ID = re.compile(r"/(scene|performer|studio|tag|group|image|gallery)/\d+/\w+")


class Exchange(Model):
    """One operation and its answer. ``fields`` is what was asked of the answer, as a tree.

    ``status`` 0: the request never left, because it was a write and the guard was shut.
    """

    operation: str
    kind: Literal["query", "mutation"]
    variable_types: dict[str, str] = Field(default_factory=dict)
    fields: dict[str, Any] = Field(default_factory=dict)
    variables: dict[str, Any] = Field(default_factory=dict)
    status: int
    content_type: str = ""
    response: Any = None
    states: tuple[str, ...] = ()


class Neutral:
    """Replaces what belongs to a server's owner; the same text always by the same words."""

    def __init__(self) -> None:
        self._words: dict[str, str] = {}
        self._counts: dict[str, int] = {}

    def value(self, value: Any, name: str = "") -> Any:
        """``value`` with neutral texts; numbers, ids, truth values and Stash's own words stay."""
        if isinstance(value, Mapping):
            return {self._key(key): self.value(one, str(key)) for key, one in value.items()}
        if isinstance(value, list):
            return [self.value(one, name) for one in value]
        return self.text(value, name) if isinstance(value, str) else value

    def text(self, text: str, name: str) -> str:
        """One text that stood under ``name``."""
        if not text or name in _OWN_WORDS or _PLAIN.fullmatch(text) or _MOMENT.fullmatch(text):
            return text
        if address := _ADDRESS.fullmatch(text):
            place = _PATH_ID.search(address[1] or "")
            return f"http://stash.test{place[0]}" if place else self._word(text, "address")
        return self._word(text, name or "text")

    def learn(self, words: Iterable[str | None], name: str) -> None:
        """Words of the owner's to be replaced by ``name``, wherever they are met."""
        for word in words:
            if word:
                self._word(word, name)

    def within(self, text: str) -> str:
        """Running ``text`` with all words replaced that were met so far.

        Upper and lower case and what stands between the parts of a word make no difference, for
        Stash makes search terms of file names.
        """
        forms = {form: told for word, told in self._words.items() if (form := _form(word))}
        if not forms:
            return text
        pattern = re.compile(
            "|".join(rf"(?<![^\W_])(?:{form})(?![^\W_])" for form in sorted(forms, key=len)[::-1]),
            re.I,
        )
        by_parts = {_parts(word): told for word, told in self._words.items()}
        return pattern.sub(lambda match: by_parts[_parts(match[0])], text)

    def _word(self, text: str, name: str) -> str:
        if text not in self._words:
            self._counts[name] = self._counts.get(name, 0) + 1
            number = self._counts[name]
            self._words[text] = (
                f"https://example.test/{number}" if name == "address" else f"{name} {number}"
            )
        return self._words[text]

    def _key(self, key: Any) -> str:
        """Keys are Stash's own, but for maps by address, such as stash-box endpoints."""
        return self._word(str(key), "address") if _ADDRESS.fullmatch(str(key)) else str(key)


def _parts(word: str) -> tuple[str, ...]:
    return tuple(part.casefold() for part in re.findall(r"[^\W_]+", word))


def _form(word: str) -> str:
    """A pattern of the word's parts; empty for what is too short to be told from chance."""
    parts = _parts(word)
    if sum(map(len, parts)) < _SHORT or not any(one.isalpha() for part in parts for one in part):
        return ""
    return r"[\W_]+".join(map(re.escape, parts))


def exchange_of(
    body: Mapping[str, Any],
    *,
    status: int,
    content_type: str,
    response: Any,
    neutral: Neutral,
    state: str,
) -> Exchange | None:
    """An exchange from a request's body and its answer; ``None`` for what is no operation."""
    try:
        tree = parse(str(body.get("query") or ""), no_location=True)
    except GraphQLError:
        return None
    operations = [n for n in tree.definitions if isinstance(n, OperationDefinitionNode)]
    fragments = {n.name.value: n for n in tree.definitions if isinstance(n, FragmentDefinitionNode)}
    if len(operations) != 1:
        return None
    (operation,) = operations
    declared = operation.variable_definitions or ()
    named = body.get("operationName") or (operation.name.value if operation.name else "anonymous")
    return Exchange(
        operation=str(named),
        kind="mutation" if operation.operation.value == "mutation" else "query",
        variable_types={one.variable.name.value: print_ast(one.type) for one in declared},
        fields=_fields(operation.selection_set, fragments),
        variables=neutral.value(body.get("variables") or {}),
        status=status,
        content_type=content_type.partition(";")[0],
        response=_shortened(neutral.value(response)),
        states=(state,) if state else (),
    )


def _fields(
    selected: SelectionSetNode | None, fragments: Mapping[str, FragmentDefinitionNode]
) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for node in selected.selections if selected else ():
        if isinstance(node, FragmentSpreadNode):
            tree = _merged(tree, _fields(fragments[node.name.value].selection_set, fragments))
        elif isinstance(node, InlineFragmentNode):
            tree = _merged(tree, _fields(node.selection_set, fragments))
        elif isinstance(node, FieldNode):
            tree = _merged(tree, {node.name.value: _fields(node.selection_set, fragments)})
    return tree


def _merged(one: dict[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    for name, below in other.items():
        one[name] = _merged(one.get(name, {}), below)
    return one


def _shortened(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _shortened(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_shortened(one) for one in value[:LISTED]]
    return value
