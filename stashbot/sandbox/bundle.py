"""The JavaScript of the sandbox's pages, bundled into a script for each page.

A page loads a few scripts instead of about fifty modules, like the pages of the real Stash. The
bundler only supports the module syntax that ``static/js`` uses: imports with names on a single
line, exported declarations, and a default export of a value.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

MAIN = "main.js"

_IMPORT = re.compile(r'^import\s+(?:(\w+)|\{([^}]*)\})\s+from\s+"(\./[^"]+)";$', re.MULTILINE)
_LAZY_IMPORT = re.compile(r'\bimport\("(\./[^"]+)"\)')
_EXPORT = re.compile(r"^export ((?:async )?(?:function\*?|class|const|let) ([\w$]+))", re.MULTILINE)
_EXPORT_DEFAULT = re.compile(r"^export default ", re.MULTILINE)
_EXPORT_LIST = re.compile(r"^export \{([^}]*)\};$", re.MULTILINE)
_UNKNOWN = re.compile(r"^(?:import|export)\b.*$", re.MULTILINE)

#: Keeps what was defined, and evaluates a module when it is needed for the first time.
_RUNTIME = """const { define, need } = (globalThis.sandboxModules ??= (() => {
  const factories = {}, modules = {};
  return {
    define: (name, factory) => (factories[name] ??= factory),
    need: (name) => (modules[name] ??= factories[name]()),
  };
})());
"""


@dataclass(frozen=True, kw_only=True)
class _Module:
    """A module as a definition for the runtime, with its imports and exports."""

    imports: tuple[str, ...]
    lazy_imports: tuple[str, ...]
    exports: tuple[str, ...]
    definition: str


@cache
def bundles(folder: Path) -> dict[str, str]:
    """Return the scripts to serve, by their paths below ``folder``.

    ``main.js`` and each lazily imported module contain their imports, except those that
    ``main.js`` contains already. All other modules only re-export their names.

    Raises:
        ValueError: a module uses unsupported syntax, or imports itself through other modules.
    """
    modules = {
        path.relative_to(folder).as_posix(): _parse(
            path.relative_to(folder).as_posix(), path.read_text("utf-8")
        )
        for path in sorted(folder.rglob("*.js"))
    }
    lazy = {name for module in modules.values() for name in module.lazy_imports}
    main = _closure(modules, MAIN)
    scripts = {}
    for name, module in modules.items():
        if name == MAIN:
            brought = main
        elif name in lazy:
            brought = [each for each in _closure(modules, name) if each not in main]
        else:
            brought = []
        definitions = "".join(modules[each].definition for each in brought)
        exports = "".join(_exported(name, each) for each in module.exports)
        scripts[name] = f'{_RUNTIME}{definitions}{exports}need("{name}");\n'
    return scripts


def _parse(name: str, text: str) -> _Module:
    imports: list[str] = []
    exports: dict[str, str] = {}

    def imported(match: re.Match[str]) -> str:
        default, names, path = match.groups()
        imports.append(_resolve(name, path))
        bound = f"default: {default}" if default else names.strip().replace(" as ", ": ")
        return f'const {{ {bound} }} = need("{imports[-1]}");'

    def declared(match: re.Match[str]) -> str:
        exports[match[2]] = match[2]
        return match[1]

    def listed(match: re.Match[str]) -> str:
        for entry in filter(None, map(str.strip, match[1].split(","))):
            local, _, exported = entry.partition(" as ")
            exports[exported or local] = local
        return ""

    def default(_match: re.Match[str]) -> str:
        exports["default"] = "defaultExport"
        return "const defaultExport = "

    body = _IMPORT.sub(imported, text)
    body = _EXPORT.sub(declared, body)
    body = _EXPORT_DEFAULT.sub(default, body)
    body = _EXPORT_LIST.sub(listed, body)
    if unknown := _UNKNOWN.search(body):
        raise ValueError(f"{name}: the bundle does not understand: {unknown[0]}")
    getters = ", ".join(f"get {key}() {{ return {local}; }}" for key, local in exports.items())
    return _Module(
        imports=tuple(imports),
        lazy_imports=tuple(_resolve(name, path) for path in _LAZY_IMPORT.findall(text)),
        exports=tuple(exports),
        definition=f'define("{name}", () => {{\n{body}\nreturn {{ {getters} }};\n}});\n',
    )


def _resolve(importer: str, path: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(importer), path))


def _closure(modules: dict[str, _Module], entry: str) -> list[str]:
    """Return the names of the module and its imports; imports precede their importers."""
    ordered: list[str] = []

    def visit(name: str, importers: tuple[str, ...]) -> None:
        if name in importers:
            raise ValueError(f"circular import: {' -> '.join((*importers, name))}")
        if name in ordered:
            return
        if name not in modules:
            raise ValueError(f"{importers[-1]} imports {name}, which does not exist")
        for imported in modules[name].imports:
            visit(imported, (*importers, name))
        ordered.append(name)

    visit(entry, ())
    return ordered


def _exported(module: str, name: str) -> str:
    if name == "default":
        return f'export default need("{module}").default;\n'
    return f'export const {name} = need("{module}").{name};\n'
