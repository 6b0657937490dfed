"""The pages' scripts are bundled completely, and unsupported modules are refused."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from stashbot.sandbox.app import STATIC
from stashbot.sandbox.bundle import bundles

SCRIPTS = STATIC / "js"
PAGES = {
    "duplicates-page.js",
    "entity-page.js",
    "scene-list.js",
    "scene-page.js",
    "elsewhere.js",
}


def defined(script: str) -> list[str]:
    return re.findall(r'^define\("([^"]+)"', script, re.MULTILINE)


def written(folder: Path, **modules: str) -> Path:
    for name, text in modules.items():
        (folder / f"{name}.js").write_text(text)
    return folder


def test_a_page_loads_two_scripts() -> None:
    """``main.js`` and the page's own script bring every module that they import, each once."""
    scripts = bundles(SCRIPTS)
    main = defined(scripts["main.js"])
    assert {name for name in scripts if defined(scripts[name])} == {"main.js", *PAGES}
    for page in PAGES:
        names = main + defined(scripts[page])
        assert len(names) == len(set(names))
        needed = re.findall(r'need\("([^"]+)"\)', scripts["main.js"] + scripts[page])
        assert set(needed) <= set(names)


def test_every_module_belongs_to_a_page() -> None:
    """Every script under ``static/js`` is loaded by a page."""
    scripts = bundles(SCRIPTS)
    assert {name for script in scripts.values() for name in defined(script)} == set(scripts)


def test_imports_and_exports_are_bundled(tmp_path: Path) -> None:
    """Names, renamed names and defaults reach the importer; a lazy import has its exports."""
    folder = written(
        tmp_path,
        main='import { a as b } from "./named.js";\nimport words from "./words.js";\n'
        'const page = () => import("./page.js");\n',
        named="const inner = 1;\nexport { inner as a };\n",
        words='export default { hello: "Hello" };\n',
        page='import { a } from "./named.js";\nexport async function show() { return a; }\n',
    )
    scripts = bundles(folder)
    assert defined(scripts["main.js"]) == ["named.js", "words.js", "main.js"]
    assert 'const { a: b } = need("named.js");' in scripts["main.js"]
    assert 'const { default: words } = need("words.js");' in scripts["main.js"]
    assert defined(scripts["page.js"]) == ["page.js"]
    assert 'export const show = need("page.js").show;' in scripts["page.js"]
    assert 'export const a = need("named.js").a;' in scripts["named.js"]


@pytest.mark.parametrize(
    ("main", "other", "message"),
    [
        ('import { a } from "./other.js";\n', 'import { b } from "./main.js";\n', "circular"),
        ('import { a } from "./nowhere.js";\n', "", "does not exist"),
        ('import * as all from "./other.js";\n', "", "not understand"),
        ('export * from "./other.js";\n', "", "not understand"),
    ],
)
def test_unsupported_modules_are_refused(
    tmp_path: Path, main: str, other: str, message: str
) -> None:
    """Circular imports, missing modules and unsupported syntax are refused."""
    with pytest.raises(ValueError, match=message):
        bundles(written(tmp_path, main=main, other=other))
