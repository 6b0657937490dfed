"""Find the words of a file name that describe the file, where they stand as tags.

Resolution, codec, release group, the tags of VR players, bitrates and copy marks are tags at the
end of a name or in brackets. ``Repack My Bags`` and ``The Web`` are titles: a tag is followed by
nothing but tags, and whoever compares the name with a title looks for the title first.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile

#: Words that are about a file wherever they stand at the end of a name.
_HARD = re.compile(
    r"""\d{3,4}[pi] | \d{3,5}x\d{3,4} | uhd | fhd | qhd | hdr10 | \d{2,3}fps | \d{1,2}bit
    | [xh]26[45] | hevc | xvid | divx | av1 | vp9 | aac\d* | e?ac3 | ddp?\d* | opus | flac
    | webdl | webrip | blu-?ray | bdrip | brrip | dvdrip | hdtv | hdrip | tvrip | rarbg
    | mp4 | mkv | wmv | avi | m4v | mov | mpe?g | xxx | vr180 | vr360 | 180x180 | 3dh | 3dv
    | mkx\d+ | fisheye\d* | sbs | \dk\d\d | \d+[km]bps | \d{3,5}kb?""",
    re.VERBOSE,
)
#: Words that are tags at the end of a name, though a title may end with them too.
_SOFT = re.compile(
    r"""web | dl | dvd | remux | repack | proper | hd | sd | hdr | avc | \d{1,2}k | vr | lr | rl
    | hq | lq | subs | subbed | dubbed | xpost | rq | oculus | samsung | gearvr | vive | psvr
    | 480 | 540 | 576 | 720 | 1080 | 1440 | 1920 | 2160 | 2880 | 3840 | 4096""",
    re.VERBOSE,
)
#: Words that are tags beside other tags only.
_WEAK = re.compile(
    r"""h | x | 60 | 30 | 180 | 360 | 264 | 265 | full | high | low | med | medium | go | rift
    | gear | quest | original | mono | stereo | tb | ou | multi | internal | 1600 | 2048 | 3072
    | 3584 | 5760 | 7680 | alpha | \d{4,}""",
    re.VERBOSE,
)
#: Between a tag and a release group.
_JOINTS = frozenset("-._ [")
_COPY = frozenset({"copy", "kopie", "copie", "copia"})
_RESOLUTION = re.compile(r"\d{3,4}[pi]|\d{3,5}x\d{3,4}|[xh]26[45]")
_AUDIO = re.compile(r"(?:aac|ac3|e?ac3|ddp?|dts|opus|flac)\d?")
#: Numbers of VR players that stand beside a title.
_VR_ANGLES = frozenset({"180", "360"})
_BITRATE = re.compile(r"\d{2,3}00")


@dataclass(frozen=True, slots=True)
class TagWord:
    """A word of a name: its text in lower case, the text before it, and its brackets.

    ``bracket`` is the number of the outermost brackets around the word, or ``None``.
    """

    text: str
    gap: str
    bracket: int | None


def find_tags(words: Sequence[TagWord]) -> frozenset[int]:
    """Return the positions of the words that stand as tags."""
    found: set[int] = set()
    brackets: dict[int, list[int]] = {}
    for at, word in enumerate(words):
        if word.bracket is not None:
            brackets.setdefault(word.bracket, []).append(at)
    for inside in brackets.values():
        texts = [words[at].text for at in inside]
        if all(map(_is_tag, texts)) or any(map(_RESOLUTION.fullmatch, texts)):
            found.update(inside)
    found.update(_end_run(words, found))
    return frozenset(found)


def _end_run(words: Sequence[TagWord], in_brackets: set[int]) -> set[int]:
    """Return the run of tags at the end, with the release group that is joined to a tag."""
    run: set[int] = set()
    maybe: list[int] = []  # tags only if another tag stands before them
    outside = [at for at in range(len(words)) if at not in in_brackets]
    for at in reversed(outside):
        word = words[at]
        is_version = word.text in {"0", "1"} and word.gap == "." and _follows_audio(words, at)
        is_soft = _is_soft(word) and _only_weak(words, maybe)
        if _is_hard(word.text) or is_version or is_soft:
            run.update((at, *maybe))
            maybe = []
        elif _WEAK.fullmatch(word.text) and (run or _only_weak(words, maybe)):
            maybe.append(at)
        elif (at == outside[-1] and word.gap in _JOINTS) or (len(maybe) <= 1 and word.gap == "-"):
            maybe.append(at)  # a release group, or a number behind a copy mark
        elif word.text in _COPY and all(words[other].text.isdigit() for other in maybe):
            run.update((at, *maybe))
            maybe = []
        else:
            break
    if run:
        weak = [*takewhile(lambda at: _WEAK.fullmatch(words[at].text), maybe)]
        while weak and _may_be_a_number(words[weak[-1]].text):
            weak.pop()  # it stands beside the title: "Clip 30 1080p"
        run.update(weak)
    return run


def _follows_audio(words: Sequence[TagWord], at: int) -> bool:
    return at > 0 and _AUDIO.fullmatch(words[at - 1].text) is not None


def _may_be_a_number(text: str) -> bool:
    return text.isdigit() and len(text) <= len("300") and text not in _VR_ANGLES


def _only_weak(words: Sequence[TagWord], positions: Sequence[int]) -> bool:
    return all(_WEAK.fullmatch(words[at].text) for at in positions)


def _is_hard(text: str) -> bool:
    return _HARD.fullmatch(text) is not None


def _is_soft(word: TagWord) -> bool:
    if word.text in _COPY:
        return word.bracket is not None or "-" in word.gap
    if word.gap == "_" and _BITRATE.fullmatch(word.text):
        return True
    return _SOFT.fullmatch(word.text) is not None


def _is_tag(text: str) -> bool:
    return any(kind.fullmatch(text) for kind in (_HARD, _SOFT, _WEAK)) or text in _COPY
