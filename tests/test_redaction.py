"""Secrets are hidden in every form in which they are kept."""

from __future__ import annotations

import html
import json
import timeit
from urllib.parse import quote, quote_plus

import pytest

from stashbot.redaction import HIDDEN, Scrubber

SECRET = 'pä"ss\\w ord/&<1>'


@pytest.mark.parametrize(
    "form",
    [
        SECRET,
        json.dumps(SECRET),
        json.dumps(SECRET, ensure_ascii=False),
        json.dumps({"body": json.dumps({"a": SECRET})}),
        quote(SECRET),
        quote(SECRET, safe=""),
        quote(SECRET, safe="").lower().replace("%c3", "%C3").replace("%C3", "%c3"),
        quote_plus(SECRET),
        quote(quote(SECRET)),
        json.dumps(quote(SECRET)),
        html.escape(SECRET),
        html.escape(SECRET, quote=False),
        html.escape(json.dumps(SECRET)),
        repr(SECRET),
    ],
)
def test_a_known_value_is_hidden_in_every_form(form: str) -> None:
    """As it is, in JSON, JSON within JSON, URLs, forms, HTML: nothing of the value remains."""
    scrubbed = Scrubber([SECRET]).text(f"before {form} after")
    assert HIDDEN in scrubbed
    assert "ord" not in scrubbed
    assert scrubbed.startswith("before ")
    assert scrubbed.endswith(" after")


@pytest.mark.parametrize(
    "text",
    [
        '{"apiKey":"hunter2"}',
        '{"password": "hunter2\\"hunter2"}',
        '{"body":"{\\"api_key\\":\\"hunter2\\",\\"n\\":1}"}',
        '{"body":"{\\"password\\":\\"hunter2\\\\\\"hunter2\\",\\"n\\":1}"}',
        '{"name":"ApiKey","value":"hunter2"}',
        '{"name":"session","value":"hunter2|x=="}',
        '{"name":"Cookie","value":"a=b; session=hunter2"}',
        "GET /scene/1/stream?apikey=hunter2&x=1",
        "Set-Cookie: session=hunter2; Path=/",
        "ApiKey: hunter2",
        "http://me:hunter2@stash.example/",
        "username=me&password=hunter2",
    ],
)
def test_named_secrets_are_hidden_whatever_they_are(text: str) -> None:
    """Stash's own keys, cookies and passwords are hidden without being known."""
    scrubbed = Scrubber().text(text)
    assert "hunter2" not in scrubbed
    assert HIDDEN in scrubbed
    if text.startswith("{"):
        parsed = json.loads(scrubbed)
        if "body" in parsed:
            json.loads(parsed["body"])


@pytest.mark.parametrize(
    "text",
    [
        "password: must not be empty",
        '{"password":"","session":{"a":1}}',
        "2 sessions, key=5",
        '{"name":"title","value":"A scene"}',
        "http://stash.example:9999/scenes/1",
    ],
)
def test_other_text_is_left_alone(text: str) -> None:
    """What holds no secret comes out as it went in."""
    assert Scrubber(["hunter2"]).text(text).replace(HIDDEN, "") == text


def test_a_short_value_is_hidden_only_where_it_stands_alone() -> None:
    """A password of one letter does not make every text unreadable."""
    assert Scrubber(["a"]).text("a banana, 'a'") == f"{HIDDEN} banana, '{HIDDEN}'"


def test_empty_values_hide_nothing_and_later_ones_count() -> None:
    """An empty secret is passed over; one that is learned later is hidden from then on."""
    scrubber = Scrubber(["", " "])
    assert scrubber.text("token-1 here") == "token-1 here"
    scrubber.add("token-1")
    assert scrubber.text("token-1 here") == f"{HIDDEN} here"
    assert "token-1" not in repr(scrubber)


def test_the_longest_value_wins() -> None:
    """A secret that begins with another one leaves no tail behind."""
    assert Scrubber(["hunter", "hunter2long"]).text("hunter2long") == HIDDEN


def test_binary_data_is_scrubbed_of_long_values_only() -> None:
    """Bytes that are no text lose long secrets and keep what may be chance."""
    scrubber = Scrubber(["hunter22", "ab12"])
    assert scrubber.data(b"\xff hunter22 ab12") == b"\xff *** ab12"
    assert scrubber.data("ä ab12".encode()) == "ä ***".encode()


def test_the_time_does_not_explode_with_backslashes() -> None:
    """JSON within JSON within JSON is scrubbed about as fast as plain text of the same length."""

    def seconds(filling: str) -> float:
        text = f'{{"session": "{filling}"}}\n' * 500
        return min(timeit.repeat(lambda: Scrubber(["correct horse battery"]).text(text), number=1))

    assert seconds("\\" * 1000) < 10 * seconds("y" * 1000) + 0.05
