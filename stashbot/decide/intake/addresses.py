"""Clean addresses, and tell when two of them are the same page."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

#: Keys of a query that say where a visitor comes from, not which page it is.
_TRACKING = re.compile(
    r"utm_.*|mtm_.*|pk_.*|fbclid|gclid|dclid|msclkid|yclid|igshid|mc_[ce]id|_ga|_gl|ats?"
    r"|aff(?:iliate)?(?:_?id)?|affid|nats|natscode|ref(?:errer|_src|_url)?|campaign(?:_?id)?|clickid"
    r"|click_id|subid\d?|sub_id\d?|track(?:ing)?(?:_?id)?|tracker|trk|promo(?:code)?|coupon|ccbill",
    re.IGNORECASE,
)
#: A fragment that begins like a path leads to a page; the others to a place on it.
_PATH_FRAGMENT = re.compile(r"[!/]")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_HOST = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?\.)+[a-z][a-z0-9-]+(?::\d+)?", re.I)
#: A second address that a scraper glued to the first, or into its host.
_GLUED = re.compile(r"https?:?//", re.IGNORECASE)
#: Hosts of the same pages: with and without a login, and for small screens.
_SAME_SITE = re.compile(r"^(?:www\d?|members?|m|mobile|join)\.(?=[^.]+\.)", re.IGNORECASE)


def clean_url(url: str) -> str | None:
    """Return the address with a scheme, and without tracking keys and fragment.

    ``None`` for what is no address of a page: another scheme, a path alone, two glued together.
    The path and keys that name a page, such as ``?id=12``, stay as they are written.
    """
    text = re.sub(r"[\t\r\n]", "", url).strip().replace(" ", "%20")
    if text.startswith("//"):
        text = f"https:{text}"
    elif not _SCHEME.match(text) or _HOST.match(text.partition("/")[0]):
        text = f"https://{text}" if _HOST.fullmatch(text.partition("/")[0]) else text
    try:
        parts = urlsplit(text)
        host = parts.hostname or ""
    except ValueError:
        return None
    if parts.scheme.lower() not in {"http", "https"} or "http" in host.split("."):
        return None
    if not host or _GLUED.search(text.split("://", 1)[1].partition("?")[0]):
        return None
    query = "&".join(
        pair for pair in parts.query.split("&") if not _TRACKING.fullmatch(pair.partition("=")[0])
    )
    fragment = parts.fragment if _PATH_FRAGMENT.match(parts.fragment) else ""
    return urlunsplit((parts.scheme.lower(), parts.netloc, parts.path, query, fragment))


def page_key(url: str) -> str:
    """Return a text that is the same for all addresses of a page.

    Scheme, ``www.`` and ``members.``, tracking keys, the order of keys, fragments, percent-encoding
    and a final slash do not count.
    """
    cleaned = clean_url(url)
    if cleaned is None:
        return url.strip()
    parts = urlsplit(cleaned)
    host = _SAME_SITE.sub("", (parts.hostname or "").casefold())
    port = f":{parts.port}" if _port(cleaned) else ""
    path = quote(unquote(parts.path), safe="/").rstrip("/")
    query = urlencode(sorted(parse_qsl(parts.query, keep_blank_values=True)))
    return "".join(
        (host, port, path, query and f"?{query}", parts.fragment and f"#{parts.fragment}")
    )


def has_page(url: str) -> bool:
    """Return whether an address names a page, and not only a site."""
    return "/" in page_key(url) or "?" in page_key(url) or "#" in page_key(url)


def _port(url: str) -> int | None:
    """Return the port if it is not the usual port of the scheme."""
    parts = urlsplit(url)
    usual = {"http": 80, "https": 443}
    try:
        return None if parts.port == usual[parts.scheme] else parts.port
    except ValueError:
        return None
