"""Changes that a release of Stash might make to the elements of selector keys."""

from __future__ import annotations

from typing import Any

from stashbot.sandbox.faults import PageFault
from stashbot.testing.page_mutation import Mutation

_SAVE = "#scene-edit-details .edit-buttons > .edit-button.btn-primary"
_DELETE = "#scene-edit-details .edit-buttons > .edit-button.btn-danger"
_GROUP = "#scene-edit-details .scraper-group"
_QUERY = f"{_GROUP} .dropdown-toggle:has(svg)"
_FRAGMENT = f"{_GROUP} .dropdown-toggle:not(:has(svg))"
_MENU = ".scraper-group .dropdown-menu.show"
_DIALOG_FOOT = ".scrape-dialog .modal-footer"
_BADGE = ".scrape-dialog [data-field=tags] .tag-item.badge"
_LIST_MENU = ".scene-list-operations-dropdown.dropdown-menu.show"
_SWAP_ICON = ".modal[role=dialog] svg[data-icon=right-left]"
_MERGE_FOOT = f".modal:has({_SWAP_ICON}) .modal-footer"
_TWINS = "#scene-duplicate-checker tbody"
_TITLE, _DATE = {"field": "title"}, {"field": "date"}
_STUDIO = {"field": "studio_id", "widget": "studio-select"}
_TAGS = {"field": "tag_ids", "widget": "tag-select"}
_NEW_TAG = {"field": "tags", "name": "stashbot tour tag 00"}


def _on(
    state: str,
    key: str,
    kind: str,
    selector: str,
    values: dict[str, str] | None = None,
    **more: Any,
) -> Mutation:
    fault = PageFault.model_validate({"kind": kind, "selector": selector, **more})
    return Mutation(state=state, key=key, values=values or {}, fault=fault)


def _renamed(state: str, key: str, name: str, values: dict[str, str] | None = None) -> Mutation:
    return _on(state, key, "rename", name, values, value=f"x-{name}")


#: On keys that read.
READS = (
    _on(
        "scene",
        "scene.edit_tab",
        "attribute",
        "[data-rb-event-key]",
        attribute="data-rb-event-key",
        value="data-key",
    ),
    _on(
        "scene",
        "scene.tab",
        "remove",
        ".scene-tabs [data-rb-event-key=scene-file-info-panel]",
        {"panel": "scene-file-info-panel"},
    ),
    _on("scene", "scene.tab", "reorder", ".scene-tabs .nav-tabs", {"panel": "scene-edit-panel"}),
    _renamed("scene", "scene.tabs", "nav-tabs"),
    _renamed("scene", "scene.header", "scene-header"),
    _on("scene", "scene.video", "id", "#VideoJsPlayer"),
    _on("edit-form", "edit_form.form", "id", "#scene-edit-details"),
    _on("edit-form", "edit_form.text", "id", "#scene-edit-details #title", _TITLE),
    _on(
        "edit-form", "edit_form.text", "id", "#scene-edit-details #date", _DATE, value="scene-date"
    ),
    _on("edit-form", "edit_form.text", "id", "#scene-edit-details #date", _TITLE, value="title"),
    _renamed("edit-form", "edit_form.urls", "string-list-input"),
    _renamed("edit-form", "edit_form.select_input", "react-select__input", _STUDIO),
    _on(
        "edit-form",
        "edit_form.select_input",
        "attribute",
        "#scene-edit-details [data-field]",
        _STUDIO,
        attribute="data-field",
        value="data-row",
    ),
    _on(
        "edit-form",
        "edit_form.select_input",
        "move",
        "#scene-edit-details [data-field=tag_ids]",
        _TAGS,
        to="#scene-edit-details .edit-buttons",
    ),
    _renamed("edit-form", "scrapers.fragment_toggle", "scraper-menu"),
    _renamed("edit-form", "scrapers.fragment_toggle", "dropdown-toggle"),
    _renamed("edit-form", "scrapers.fragment_toggle", "scraper-group"),
    _on("edit-form", "scrapers.fragment_toggle", "duplicate", _FRAGMENT),
    _on("edit-form", "scrapers.fragment_toggle", "reorder", _GROUP),
    _on("edit-form", "scrapers.fragment_toggle", "text", _FRAGMENT, value="Abrufen"),
    _on("edit-form", "scrapers.query_toggle", "attribute", f"{_QUERY} svg", attribute="data-icon"),
    _on("edit-form", "scrapers.query_toggle", "tag", _QUERY, value="a"),
    _on("edit-form", "scrapers.query_toggle", "remove", _QUERY),
    _renamed("fragment-menu", "scrapers.sources", "dropdown-item"),
    _on("fragment-menu", "scrapers.sources", "reorder", _MENU),
    _on(
        "fragment-menu",
        "scrapers.source",
        "text",
        f"{_MENU} .dropdown-item",
        {"name": "{source}"},
        value="Another source",
    ),
    _on("scrape-dialog", "scrape_dialog.apply", "duplicate", f"{_DIALOG_FOOT} .btn-primary"),
    _on("scrape-dialog", "scrape_dialog.apply", "reorder", f"{_DIALOG_FOOT} > div"),
    _renamed("scrape-dialog", "scrape_dialog.apply", "modal-footer"),
    _renamed("scrape-dialog", "scrape_dialog.cancel", "btn-secondary"),
    _renamed("scrape-dialog", "scrape_dialog.dialog", "scrape-dialog"),
    _on(
        "scrape-dialog",
        "scrape_dialog.use",
        "reorder",
        ".scrape-dialog [data-field=title] .row",
        _TITLE,
    ),
    _renamed("scene-list", "scene_list.cards", "scene-card"),
    _on("scene-list", "scene_list.operations", "id", "#more-menu"),
    _on("scene-list", "scene_list.cards", "tag", ".scene-card", value="article"),
    _renamed("scene-list", "scene_list.card_links", "scene-card-link"),
    _renamed("scene-list", "scene_list.card_check", "card-check"),
    _on("list-operations-menu", "scene_list.menu_merge", "reorder", _LIST_MENU),
    _on("merge-dialog", "merge_dialog.dialog", "attribute", _SWAP_ICON, attribute="data-icon"),
    _on("merge-dialog", "merge_dialog.next", "reorder", f"{_MERGE_FOOT} > div"),
    _on("merge-dialog", "merge_dialog.cancel", "tag", f"{_MERGE_FOOT} .btn-secondary", value="a"),
    _renamed("merge-fields", "merge_dialog.fields", "scrape-dialog"),
    _renamed("duplicates", "duplicates.table", "duplicate-checker-table"),
    _renamed("duplicate-rows", "duplicates.groups", "duplicate-group"),
    _on("duplicate-rows", "duplicates.row_link", "wrap", f"{_TWINS} td p > a"),
    _on("tag-new", "tag.new_name", "id", "#tag-edit #name"),
)
#: On keys that write.
WRITES = (
    _renamed("edit-form", "edit_form.save", "edit-button"),
    _renamed("edit-form", "edit_form.save", "edit-buttons"),
    _on("edit-form", "edit_form.save", "duplicate", _SAVE),
    _on("edit-form", "edit_form.save", "reorder", "#scene-edit-details .edit-buttons"),
    _on("edit-form", "edit_form.save", "wrap", _SAVE),
    _on("edit-form", "edit_form.save", "tag", _SAVE, value="a"),
    _on("edit-form", "edit_form.save", "text", _SAVE, value="Delete"),
    _on("edit-form", "edit_form.save", "remove", _SAVE),
    _on("edit-form", "edit_form.save", "move", _SAVE, to="#scene-edit-details"),
    _on("edit-form", "edit_form.delete", "duplicate", _DELETE),
    _renamed("edit-form", "edit_form.delete", "btn-danger"),
    _renamed("edit-form", "edit_form.delete", "btn-primary"),
    _renamed("scene", "scene.organized", "organized-button"),
    _on("scene", "scene.organized", "attribute", ".organized-button svg", attribute="data-icon"),
    _on("scene", "scene.organized", "duplicate", ".organized-button"),
    _on("scene", "scene.organized", "remove", ".organized-button"),
    _renamed("tag-new", "tag.create", "details-edit"),
    _on("scrape-dialog", "scrape_dialog.new_named", "text", _BADGE, _NEW_TAG, value="Other"),
    _on("scrape-dialog", "scrape_dialog.new_named", "duplicate", _BADGE, _NEW_TAG),
    _renamed("scrape-dialog", "scrape_dialog.new_named", "tag-item", _NEW_TAG),
    _renamed("merge-fields", "merge_dialog.fields_apply", "modal-footer"),
    _on("merge-fields", "merge_dialog.fields_apply", "duplicate", f"{_DIALOG_FOOT} .btn-primary"),
    _on("merge-fields", "merge_dialog.fields_apply", "reorder", f"{_DIALOG_FOOT} > div"),
    _on("merge-fields", "merge_dialog.fields_apply", "remove", f"{_DIALOG_FOOT} .btn-primary"),
    _renamed("duplicate-rows", "duplicates.row_merge", "edit-button"),
    _on("duplicate-rows", "duplicates.row_merge", "reorder", f"{_TWINS} td:last-child"),
    _on("duplicate-rows", "duplicates.row_merge", "remove", f"{_TWINS} .btn-primary"),
    _on("tag-new", "tag.create", "duplicate", ".details-edit > .btn-success"),
)
ALL = (*READS, *WRITES)
