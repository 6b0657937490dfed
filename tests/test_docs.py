"""``docs/settings.md`` and the settings of the program are the same."""

import json
import re
from enum import Enum
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from pydantic.fields import FieldInfo
from pydantic_core import to_jsonable_python

from stashbot.settings import Section, Settings

ROOT = Path(__file__).parents[1]
SECTION = re.compile(r"^##+ `\[([\w.]+)\]`$", re.MULTILINE)
ROW = re.compile(r"^\| `(\w+)` \| (.+?) \| (.+) \|$", re.MULTILINE)


def _documented() -> dict[str, dict[str, tuple[str, str]]]:
    """Default and description of each row of each section."""
    _, *parts = SECTION.split((ROOT / "docs" / "settings.md").read_text(encoding="utf-8"))
    return {
        name: {key: (default, text) for key, default, text in ROW.findall(body)}
        for name, body in zip(parts[::2], parts[1::2], strict=True)
    }


def _settings() -> dict[str, dict[str, FieldInfo]]:
    sections: dict[str, dict[str, FieldInfo]] = {}
    left: dict[str, Any] = {name: f.annotation for name, f in Settings.model_fields.items()}
    while left:
        name, section = left.popitem()
        inner = {key: f for key, f in section.model_fields.items() if _is_table(f)}
        left |= {f"{name}.{key}": field.annotation for key, field in inner.items()}
        sections[name] = {
            key: field for key, field in section.model_fields.items() if key not in inner
        }
    return sections


def _is_table(field: FieldInfo) -> bool:
    return isinstance(field.annotation, type) and issubclass(field.annotation, Section)


def _default(field: FieldInfo) -> str:
    default = field.get_default(call_default_factory=True)
    return "*unset*" if default is None else f"`{json.dumps(to_jsonable_python(default))}`"


def _options(annotation: Any) -> set[str]:
    """Return the words that a setting can be, if it is a choice of words."""
    if get_origin(annotation) is Literal:
        return {word.value if isinstance(word, Enum) else word for word in get_args(annotation)}
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return {member.value for member in annotation}
    return set()


def test_every_setting_is_documented_with_its_default() -> None:
    """``docs/settings.md`` has a row for every setting, and none for what is no setting."""
    documented = {
        name: {key: default for key, (default, _) in rows.items()}
        for name, rows in _documented().items()
    }
    actual = {
        name: {key: _default(field) for key, field in fields.items()}
        for name, fields in _settings().items()
    }
    assert documented == actual


def test_every_choice_of_a_setting_is_documented() -> None:
    """Where a setting is a choice of words, its row or default names each that is accepted."""
    documented = _documented()
    unsaid = {
        f"{name}.{key}": word
        for name, fields in _settings().items()
        for key, field in fields.items()
        for word in _options(field.annotation)
        if f'"{word}"' not in " ".join(documented[name][key]) and _accepted(name, key, word)
    }
    assert unsaid == {}


def _accepted(section: str, key: str, word: str) -> bool:
    table: Any = Settings
    for part in section.split("."):
        table = table.model_fields[part].annotation
    try:
        table.model_validate({key: word})
    except ValueError:
        return False
    return True
