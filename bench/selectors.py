"""How far the selectors hold: on which Stash, in which language and size, and on changed pages.

::

    python bench/selectors.py matrix [--url URL ...] [--quick]
    python bench/selectors.py mutations
    python bench/selectors.py time [--url URL ...]

``matrix`` tours three sandboxes, or the given servers, in each language and size, and with each
theme in both profiles. ``mutations`` changes the sandbox's pages under a key, in a single way at a
time, and reports what became of the key. ``time`` measures a full check. No server is changed.

Each prints a table and writes ``bench/out/selectors-….json``.
"""

import importlib.util
import sys
import sysconfig
from pathlib import Path


def stand_aside() -> None:
    """Load the standard library's ``selectors``, which ``asyncio`` means by that name.

    Scripts of this folder have the folder first in their path, and find this file instead.
    """
    file = Path(sysconfig.get_path("stdlib")) / "selectors.py"
    spec = importlib.util.spec_from_file_location("selectors", file)
    if spec is None or spec.loader is None:
        raise ImportError(f"Python's own selectors are not at {file}.", name="selectors")
    module = importlib.util.module_from_spec(spec)
    sys.modules["selectors"] = module
    spec.loader.exec_module(module)


def main() -> None:
    """Run the command line."""
    sys.path.append(str(Path(__file__).parents[1]))
    import selector_figures  # noqa: PLC0415 # only now is asyncio's own `selectors` in its place

    selector_figures.main(__doc__ or "")


if __name__ == "__main__":
    main()
elif __name__ == "selectors":
    stand_aside()
