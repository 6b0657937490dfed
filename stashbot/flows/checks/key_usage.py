"""Which selector keys each flow needs: what would break if one of them did."""

from __future__ import annotations

from collections.abc import Collection, Mapping

_OPEN = (
    "shell.ready",
    "scene.edit_tab",
    "scene.header",
    "scene.missing",
    "edit_form.cover_of",
    "edit_form.form",
    "edit_form.save",
)
_OVERLAYS = (
    "shell.dialog",
    "shell.dialog_cancel",
    "shell.error_boundary",
    "shell.release_notes",
    "shell.release_notes_close",
    "shell.toast_close",
    "shell.toast_error",
)

#: Flows by name, each with the keys that its pages look up. The only such table.
NEEDS: Mapping[str, tuple[str, ...]] = {
    "login": ("login.username", "login.password", "login.submit"),
    "open a scene": _OPEN,
    "clear the page": _OVERLAYS,
    "scrape": (
        "scrapers.fragment_toggle",
        "scrapers.source",
        "scrapers.sources",
        "edit_form.form",
        "scrape_dialog.dialog",
        "scrape_dialog.cancel",
        "shell.toast_error",
    ),
    "scrape by name": (
        "scrapers.query_toggle",
        "scrapers.query_source",
        "scrapers.query_input",
        "scrapers.query_search",
        "scrapers.query_results",
        "scrapers.query_dialog",
        "scrapers.query_cancel",
    ),
    "scrape by address": ("edit_form.url_scrape", "edit_form.form"),
    "apply": ("scrape_dialog.dialog", "scrape_dialog.cancel", "shell.toast_error"),
    "apply by the dialog": ("scrape_dialog.keep", "scrape_dialog.apply"),
    "create": (
        "scrape_dialog.new_named",
        "scrape_dialog.new_collapse",
        "shell.toast_error",
    ),
    "create on a page": ("tag.new_name", "tag.create", "group.new_name", "group.create"),
    "fill the form": (
        "edit_form.text",
        "edit_form.urls",
        "edit_form.select_values",
        "edit_form.select_input",
        "edit_form.select_remove",
        "edit_form.select_clear",
        "shell.select_option",
        "shell.select_aside",
        "shell.select_link",
    ),
    "save": ("edit_form.save", "edit_form.invalid", "edit_form.form"),
    "organize": (
        "scene.organized",
        "scene.organized_on",
        "scene.organized_off",
        "shell.toast_close",
        "shell.toast_error",
    ),
    "probe": ("scene.video",),
}


def broken_flows(
    has: Collection[str], broken: Collection[str]
) -> dict[str, tuple[tuple[str, ...], tuple[str, ...]]]:
    """The flows that do not work: by name, the keys that the release lacks, and those that broke.

    ``has`` are the keys of the server's release, ``broken`` those that find not what they must.
    """
    found = {}
    for flow, keys in NEEDS.items():
        lacking = tuple(key for key in keys if key not in has)
        failing = tuple(key for key in keys if key in broken)
        if lacking or failing:
            found[flow] = (lacking, failing)
    return found
