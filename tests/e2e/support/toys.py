"""Small pages that a test writes, under the same guard, helper and registry rules as Stash's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from stashbot.selectors import Registry, SelectorSet

_FRAME = {
    "states.toml": '[toy]\nwhy = "a page of a test"\n',
    "releases.toml": '[stash]\noldest = "0.25"\nnewest = "0.30"\nwhy = "a test"\n',
}


def toy_selectors(
    folder: Path, keys: Mapping[str, Sequence[str]], many: Sequence[str] = ()
) -> SelectorSet:
    """Return a registry of read keys ``toy.<name>`` with these CSS selectors, in order.

    Keys in ``many`` may match many elements, all others a single element.
    """
    page = "".join(
        f'[{name}]\nstate = "toy"\ncount = "{"many" if name in many else "unique"}"\n'
        f'access = "read"\nwhy = "a test"\nstrategies = [{", ".join(map(_strategy, css))}]\n'
        for name, css in keys.items()
    )
    for file, text in {**_FRAME, "toy.toml": page}.items():
        (folder / file).write_text(text, encoding="utf-8")
    return Registry.load(folder=folder).for_release((0, 30))


def _strategy(css: str) -> str:
    return f"{{ css = '{css}' }}"


class Calls:
    """Calls ``page.evaluate``, and keeps the arguments of each round trip."""

    def __init__(self, page: Any) -> None:
        self._evaluate = page.evaluate
        self.sent: list[Any] = []

    async def __call__(self, script: str, argument: Any = None) -> Any:
        """Evaluate the script as the page does."""
        self.sent.append(argument)
        return await self._evaluate(script, argument)
