"""How a judgement is shown: the marked file name, contradictions, and signals, at any width."""

from __future__ import annotations

from io import StringIO

import pytest
from rich.console import Console

from stashbot.cli.formatting import judgement_view
from stashbot.models import Contradiction, ContradictionKind, Evidence, NamePart

NAME = (
    NamePart(text="Northlight", by="studio"),
    NamePart(text="."),
    NamePart(text="24.05.08", by="date"),
    NamePart(text="."),
    NamePart(text="Harbour.Steps", by="title"),
    NamePart(text="."),
    NamePart(text="Extra", by="left over"),
    NamePart(text="."),
    NamePart(text="1080p", by="tag"),
)
AGAINST = Contradiction(
    kind=ContradictionKind.DATE,
    text="the file says 2024-05-08, AlphaSource says 2014-05-08",
)
SIGNAL = Evidence(signal="title", scene="Harbour.Steps", points=0.4, weight=0.4, note="a note")


@pytest.mark.parametrize("width", [80, 160])
def test_a_judgement_names_what_explains_each_part(width: int) -> None:
    """Without colours too, and no line is wider than the terminal or cuts a number of points."""
    written = StringIO()
    console = Console(width=width, file=written)
    for part in judgement_view((SIGNAL,), (AGAINST,), NAME):
        console.print(part)
    text = written.getvalue()
    assert "Northlight.24.05.08.Harbour.Steps.Extra.1080p" in text
    words = " ".join(text.split())
    assert "studio Northlight date 24.05.08 title Harbour.Steps left over Extra" in words
    assert "date contradicts: the file says 2024-05-08, AlphaSource says 2014-05-08" in words
    assert "0.40 of 0.40 a note" in words
    assert max(map(len, text.splitlines())) <= width
