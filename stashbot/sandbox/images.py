"""Generated pictures: a different thumbnail for each scene, and simple pictures of entities."""

from __future__ import annotations

import colorsys
import io
import math
import random
from functools import lru_cache

from PIL import Image, ImageDraw

SIZE = (640, 360)
_Color = tuple[int, int, int]


@lru_cache(maxsize=512)
def scene_picture(scene_id: str, seed: int, kind: str = "JPEG") -> bytes:
    """Return a generated cover for a scene without a cover: hills under a sky."""
    rng = random.Random(f"picture-{seed}-{scene_id}")  # noqa: S311 - a picture, no secret
    hue = (int(scene_id) * 0.618034) % 1.0
    image = Image.new("RGB", SIZE)
    draw = ImageDraw.Draw(image)
    for y in range(SIZE[1]):
        share = y / SIZE[1]
        draw.line([(0, y), (SIZE[0], y)], fill=_color(hue + share * 0.12, 0.55, 0.25 + share * 0.5))
    sun_x, sun_y, size = rng.randrange(80, 560), rng.randrange(40, 150), rng.randrange(24, 60)
    draw.ellipse([sun_x, sun_y, sun_x + size, sun_y + size], fill=_color(hue + 0.1, 0.25, 0.98))
    for layer in range(4):
        _hills(draw, rng, layer, hue)
    return _encoded(image, kind)


def _hills(draw: ImageDraw.ImageDraw, rng: random.Random, layer: int, hue: float) -> None:
    base = 190 + layer * 42
    waves = [(rng.uniform(8, 34), rng.uniform(0.006, 0.024), rng.uniform(0, 6)) for _ in range(3)]
    ridge = [
        (x, base + sum(height * math.sin(x * speed + shift) for height, speed, shift in waves))
        for x in range(0, SIZE[0] + 8, 8)
    ]
    fill = _color(hue + 0.45 + layer * 0.03, 0.5, 0.55 - layer * 0.12)
    draw.polygon([(0, SIZE[1]), *ridge, (SIZE[0], SIZE[1])], fill=fill)


@lru_cache(maxsize=512)
def entity_picture(kind: str, entity_id: str) -> bytes:
    """Return the picture of a studio, performer, tag or group: a colored disc."""
    hue = (int(entity_id) * 0.618034 + len(kind) * 0.1) % 1.0
    image = Image.new("RGB", (320, 320), _color(hue, 0.35, 0.3))
    draw = ImageDraw.Draw(image)
    draw.ellipse([60, 60, 260, 260], fill=_color(hue, 0.5, 0.75))
    return _encoded(image, "PNG")


def _color(hue: float, saturation: float, value: float) -> _Color:
    red, green, blue = colorsys.hsv_to_rgb(hue % 1.0, saturation, value)
    return round(red * 255), round(green * 255), round(blue * 255)


def _encoded(image: Image.Image, kind: str) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, quality=80)
    return buffer.getvalue()
