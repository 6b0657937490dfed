"""Videos of a single picture: WebM files with the length and size of the invented files."""

from __future__ import annotations

import io
import struct
from functools import lru_cache

from PIL import Image

from stashbot.sandbox.images import scene_picture

_EBML, _DOC_TYPE, _DOC_VERSION, _DOC_READ_VERSION = 0x1A45DFA3, 0x4282, 0x4287, 0x4285
_SEGMENT, _INFO, _TIMECODE_SCALE, _DURATION = 0x18538067, 0x1549A966, 0x2AD7B1, 0x4489
_TRACKS, _TRACK, _NUMBER, _UID, _KIND, _CODEC = 0x1654AE6B, 0xAE, 0xD7, 0x73C5, 0x83, 0x86
_VIDEO, _WIDTH, _HEIGHT = 0xE0, 0xB0, 0xBA
_CLUSTER, _TIMECODE, _SIMPLE_BLOCK = 0x1F43B675, 0xE7, 0xA3
_KEYFRAME = 0x80


@lru_cache(maxsize=64)
def scene_film(scene_id: str, seed: int, duration: float, width: int, height: int) -> bytes:
    """Return a WebM video that shows the scene's picture for ``duration`` seconds."""
    frame = _frame(scene_picture(scene_id, seed), width, height)
    header = _element(
        _EBML,
        _element(_DOC_TYPE, b"webm")
        + _element(_DOC_VERSION, b"\x02")
        + _element(_DOC_READ_VERSION, b"\x02"),
    )
    milliseconds = struct.pack(">d", duration * 1000)
    info = _element(
        _INFO,
        _element(_TIMECODE_SCALE, _number(1_000_000)) + _element(_DURATION, milliseconds),
    )
    video = _element(_WIDTH, _number(width)) + _element(_HEIGHT, _number(height))
    track = _element(
        _TRACK,
        _element(_NUMBER, b"\x01")
        + _element(_UID, b"\x01")
        + _element(_KIND, b"\x01")
        + _element(_CODEC, b"V_VP8")
        + _element(_VIDEO, video),
    )
    block = b"\x81" + struct.pack(">hB", 0, _KEYFRAME) + frame
    cluster = _element(_CLUSTER, _element(_TIMECODE, b"\x00") + _element(_SIMPLE_BLOCK, block))
    return header + _element(_SEGMENT, info + _element(_TRACKS, track) + cluster)


def _frame(picture: bytes, width: int, height: int) -> bytes:
    """Return the picture as a VP8 keyframe, taken from a lossy WebP file."""
    buffer = io.BytesIO()
    Image.open(io.BytesIO(picture)).resize((width, height)).save(
        buffer, "WEBP", quality=40, method=0
    )
    webp = buffer.getvalue()
    start = webp.index(b"VP8 ") + 4
    size = struct.unpack("<I", webp[start : start + 4])[0]
    return webp[start + 4 : start + 4 + size]


def _element(identifier: int, content: bytes) -> bytes:
    name = identifier.to_bytes((identifier.bit_length() + 7) // 8, "big")
    return name + (len(content) | 1 << 56).to_bytes(8, "big") + content


def _number(value: int) -> bytes:
    return value.to_bytes((value.bit_length() + 7) // 8, "big")
