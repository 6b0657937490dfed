"""``python -m stashbot``."""

from stashbot.cli import main

if __name__ == "__main__":
    main()
