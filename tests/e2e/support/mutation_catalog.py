"""Ways in which a release might change Stash's pages under the selector keys."""

from __future__ import annotations

from typing import Any

from stashbot.sandbox.faults import PageFault
from tests.e2e.support.page_mutation import Mutation

_SAVE = "#scene-edit-details .edit-buttons > .edit-button.btn-primary"
_DELETE = "#scene-edit-details .edit-buttons > .edit-button.btn-danger"
_GROUP = "#scene-edit-details .scraper-group"
_QUERY = f"{_GROUP} .dropdown-toggle:has(svg)"
_FRAGMENT = f"{_GROUP} .dropdown-toggle:not(:has(svg))"
_MENU = ".scraper-group .dropdown-menu.show"
_DIALOG_FOOT = ".scrape-dialog .modal-footer"
_BADGE = ".scrape-dialog [data-field=tags] .tag-item.badge"
_BULK_FOOT = ".modal[role=dialog]:has(.multi-set) .modal-footer"
_TITLE, _DATE = {"field": "title"}, {"field": "date"}
_STUDIO = {"field": "studio_id", "widget": "studio-select"}
_TAGS = {"field": "tag_ids", "widget": "tag-select"}
_SCRAPED_TAGS = {"field": "tags"}


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
    _on("scene", "scene.operations", "id", "#operation-menu"),
    _on("scene", "scene.operations", "wrap", "#operation-menu"),
    _on("scene", "scene.video", "id", "#VideoJsPlayer"),
    _on("edit-form", "edit_form.form", "id", "#scene-edit-details"),
    _on("edit-form", "edit_form.text", "id", "#scene-edit-details #title", _TITLE),
    _on(
        "edit-form", "edit_form.text", "id", "#scene-edit-details #date", _DATE, value="scene-date"
    ),
    _on("edit-form", "edit_form.text", "id", "#scene-edit-details #date", _TITLE, value="title"),
    _on(
        "edit-form",
        "edit_form.row",
        "attribute",
        "#scene-edit-details [data-field]",
        _STUDIO,
        attribute="data-field",
        value="data-row",
    ),
    _renamed("edit-form", "edit_form.cover", "scene-cover"),
    _renamed("edit-form", "edit_form.urls", "string-list-input"),
    _renamed("edit-form", "edit_form.select_input", "react-select__input", _STUDIO),
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
    _on("fragment-menu", "scrapers.menu_filter", "remove", f"{_MENU} input"),
    _on("scrape-dialog", "scrape_dialog.apply", "duplicate", f"{_DIALOG_FOOT} .btn-primary"),
    _on("scrape-dialog", "scrape_dialog.apply", "reorder", f"{_DIALOG_FOOT} > div"),
    _renamed("scrape-dialog", "scrape_dialog.apply", "modal-footer"),
    _renamed("scrape-dialog", "scrape_dialog.cancel", "btn-secondary"),
    _renamed("scrape-dialog", "scrape_dialog.dialog", "scrape-dialog"),
    _on(
        "scrape-dialog",
        "scrape_dialog.row_tags",
        "attribute",
        ".scrape-dialog [data-field]",
        attribute="data-field",
    ),
    _on(
        "scrape-dialog",
        "scrape_dialog.use",
        "reorder",
        ".scrape-dialog [data-field=title] .input-group-prepend",
        _TITLE,
    ),
    _renamed("scene-list", "scene_list.cards", "scene-card"),
    _renamed("scene-list", "scene_list.filter_button", "filter-button"),
    _renamed("scene-list", "scene_list.search", "search-term-input"),
    _on("scene-list", "scene_list.operations", "id", "#more-menu"),
    _on("scene-list", "scene_list.sort", "wrap", ".sort-by-select .dropdown-toggle"),
    _on(
        "scene-list-selection",
        "scene_list.edit_selected",
        "attribute",
        ".scene-list-operations svg[data-icon=pencil]",
        attribute="data-icon",
    ),
    _renamed("bulk-edit", "bulk_edit.dialog", "multi-set"),
    _renamed("bulk-edit", "bulk_edit.performers", "performer-select"),
    _on(
        "bulk-edit",
        "bulk_edit.performers_set",
        "reorder",
        ".multi-set:has(.performer-select) > .btn-group",
    ),
    _on("bulk-edit", "bulk_edit.cancel", "tag", f"{_BULK_FOOT} .btn-secondary", value="a"),
    _renamed("tagger", "tagger.rows", "search-item"),
    _on(
        "tagger",
        "tagger.config_toggle",
        "attribute",
        ".tagger-container-header svg[data-icon=gear]",
        attribute="data-icon",
    ),
    _on("tagger", "tagger.source", "id", ".tagger-container-header select#scraper"),
    _renamed("tagger-result", "tagger.result", "search-result"),
    _on("performer-edit", "performer.form_name", "id", "#performer-edit #name"),
    _on("performer-edit", "performer.cancel", "wrap", ".details-edit > .btn-primary"),
    _on("tag", "tag.edit", "reorder", "#tag-page .details-edit"),
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
    _on(
        "scrape-dialog",
        "scrape_dialog.create",
        "attribute",
        f"{_BADGE} svg[data-icon=plus]",
        _SCRAPED_TAGS,
        attribute="data-icon",
    ),
    _on("scrape-dialog", "scrape_dialog.create", "reorder", _BADGE, _SCRAPED_TAGS),
    _on(
        "scrape-dialog",
        "scrape_dialog.create",
        "remove",
        f"{_BADGE} button:has(svg[data-icon=plus])",
        _SCRAPED_TAGS,
    ),
    _on(
        "link-tag-dialog",
        "scrape_dialog.link_save",
        "reorder",
        ".create-link-tag-modal .modal-footer > div",
    ),
    _on(
        "link-tag-dialog",
        "scrape_dialog.link_save",
        "remove",
        ".create-link-tag-modal .modal-footer .btn-primary",
    ),
    _on(
        "scene-list-selection",
        "scene_list.delete_selected",
        "reorder",
        ".scene-list-operations > .btn-group",
    ),
    _renamed("scene-list-selection", "scene_list.delete_selected", "btn-danger"),
    _renamed("bulk-edit", "bulk_edit.apply", "modal-footer"),
    _on("bulk-edit", "bulk_edit.apply", "duplicate", f"{_BULK_FOOT} .btn-primary"),
    _on("bulk-edit", "bulk_edit.apply", "reorder", f"{_BULK_FOOT} > div"),
    _on("bulk-edit", "bulk_edit.apply", "remove", f"{_BULK_FOOT} .btn-primary"),
    _on(
        "tagger-result",
        "tagger.save",
        "move",
        ".search-result.active .justify-content-end > button.btn-primary",
        to=".tagger-container-header",
    ),
    _on(
        "tagger-result",
        "tagger.studio_create",
        "reorder",
        ".search-result.active .btn-group:has(> .studio-select)",
    ),
    _on(
        "tagger-result",
        "tagger.studio_create",
        "remove",
        ".search-result.active .btn-group:has(> .studio-select) > button:first-child",
    ),
    _on(
        "tagger-result",
        "tagger.tag_create",
        "attribute",
        ".search-result.active .tag-item svg[data-icon=plus]",
        attribute="data-icon",
    ),
    _renamed("performer-edit", "performer.save", "btn-success"),
    _on(
        "performer-edit", "performer.save", "remove", "#performer-page .details-edit > .btn-success"
    ),
    _on("studio-edit", "studio.save", "duplicate", "#studio-page .details-edit > .save"),
    _on("tag", "tag.delete", "reorder", "#tag-page .details-edit"),
    _renamed("tag-new", "tag.create", "details-edit"),
    _on(
        "delete-dialog",
        "dialogs.delete_accept",
        "reorder",
        ".modal[role=dialog]:has(#delete-file) .modal-footer > div",
    ),
    _on("delete-dialog", "dialogs.delete_accept", "id", "#delete-file"),
)
ALL = (*READS, *WRITES)
