"""Addresses: which are mended, which are none, and which are the same page."""

from __future__ import annotations

import pytest

from stashbot.decide.intake.addresses import clean_url, has_page, page_key

SITE = "https://northlight.example"


@pytest.mark.parametrize(
    ("url", "cleaned"),
    [
        (f"{SITE}/v/12", f"{SITE}/v/12"),
        ("Northlight.example/v/1", "https://Northlight.example/v/1"),
        ("//cdn.northlight.example/a", "https://cdn.northlight.example/a"),
        ("HTTPS://northlight.example/v 1\n", f"{SITE}/v%201"),
        (f"{SITE}/v/12#play", f"{SITE}/v/12"),
        (f"{SITE}/#/v/12", f"{SITE}/#/v/12"),
        (f"{SITE}/video/12?utm_source=a&nats=XYZ", f"{SITE}/video/12"),
        (f"{SITE}/video?id=12&ref=front&lang=en", f"{SITE}/video?id=12&lang=en"),
        (f"{SITE}/v/caf%C3%A9", f"{SITE}/v/caf%C3%A9"),
        ("northlight.example:8080/v", "https://northlight.example:8080/v"),
        ("/media/a.jpg", None),
        ("media/a.jpg", None),
        ("https://i.x.examplehttps//cdn/a.jpg", None),
        ("https://northlight.example/https://northlight.example/v/1", None),
        ("javascript:void(0)", None),
        ("mailto:a@northlight.example", None),
        ("https://", None),
        ("https://[bad", None),
        ("", None),
    ],
)
def test_an_address_is_completed_and_shortened(url: str, cleaned: str | None) -> None:
    """Keys that name a page stay; what is no address of a page is none."""
    assert clean_url(url) == cleaned


@pytest.mark.parametrize(
    ("url", "other", "same"),
    [
        (f"{SITE}/video/12", "https://www.northlight.example/video/12?utm_source=a&nats=XYZ", True),
        (
            "https://members.northlight.example/en/video/evening-light/12",
            "https://www.northlight.example/en/video/evening-light/12",
            True,
        ),
        (f"{SITE}/v/12", f"{SITE}/v/12#play", True),
        (f"{SITE}/v/evening%20light", f"{SITE}/v/evening light", True),
        (f"{SITE}/v/caf%C3%A9", f"{SITE}/v/caf\u00e9/", True),
        (f"{SITE}/v?a=1&id=2", "http://Northlight.example/v?id=2&a=1", True),
        (f"{SITE}/v?id=12", f"{SITE}/v?id=13", False),
        (f"{SITE}/v/12", f"{SITE}/V/12", False),
        (f"{SITE}/v/12", "https://shop.northlight.example/v/12", False),
        ("https://m.example/v/1", "https://www.m.example/v/1", True),
    ],
)
def test_addresses_of_the_same_page(url: str, other: str, same: bool) -> None:
    """Login hosts, tracking, order of keys, fragments and encoding do not count."""
    assert (page_key(url) == page_key(other)) is same


def test_a_root_is_no_page() -> None:
    """A path, a key or a path behind the sign of a fragment is."""
    assert [
        has_page(url) for url in (SITE, f"{SITE}/", f"{SITE}/v", f"{SITE}/?id=1", f"{SITE}/#/v/1")
    ] == [False, False, True, True, True]
