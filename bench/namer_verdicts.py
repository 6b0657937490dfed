"""Say which proposals namer would match: its own parser and comparison at its defaults.

For a Python of its own in which ``namer`` is installed. Reads a JSON list of names and proposals
from stdin, writes ``{"verdicts": [bool], "us": float}``. No request is sent.
"""

from __future__ import annotations

import json
import sys
import time

from loguru import logger
from namer import metadataapi
from namer.comparison_results import LookedUpFileInfo, Performer
from namer.configuration_utils import default_config
from namer.fileinfo import parse_file_name


def main() -> None:
    """Judge what stdin holds."""
    logger.remove()
    config = default_config()
    evaluate = vars(metadataapi)["__evaluate_match"]
    verdicts = []
    asked = json.load(sys.stdin)
    started = time.process_time()
    for each in asked:
        proposal = LookedUpFileInfo()
        proposal.site, proposal.date, proposal.name = each["site"], each["date"], each["title"]
        proposal.performers = [Performer(name) for name in each["performers"]]
        match = evaluate(parse_file_name(each["name"], config), proposal, config)
        verdicts.append(match.is_match())
    elapsed = time.process_time() - started
    json.dump({"verdicts": verdicts, "us": elapsed / max(1, len(asked)) * 1e6}, sys.stdout)


if __name__ == "__main__":
    main()
