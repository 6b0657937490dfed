// The two menus of sources: by the scene itself, and by words.

import { Icon } from "./icons.js";
import { t } from "./i18n.js";
import { Dropdown, IconButton, MenuItem } from "./ui.js";
import { h } from "./vdom.js";

export function ScraperMenus({ panel }) {
  return h(
    "div",
    { role: "group", class: "scraper-group btn-group" },
    menu(panel, {
      name: "fragment",
      toggle: t("scrapeWith"),
      variant: "primary",
      scrape: "FRAGMENT",
      choose: (scraper) => panel.scrapeFragment({ scraper_id: scraper.id }),
    }),
    menu(panel, {
      name: "query",
      toggle: Icon("magnifying-glass"),
      variant: "secondary",
      scrape: "NAME",
      choose: (scraper) => panel.setState({ searching: scraper }),
    }),
  );
}

function menu(panel, { name, toggle, variant, scrape, choose }) {
  const filter = panel.state.filters[name];
  const setFilter = (text) =>
    panel.setState({ filters: { ...panel.state.filters, [name]: text } });
  const shown = panel.scrapers
    .filter((one) => one.scene?.supported_scrapes.includes(scrape))
    .filter((one) => one.name.toLowerCase().includes(filter.toLowerCase()))
    .sort((a, b) => a.name.localeCompare(b.name));
  return h(Dropdown, {
    key: name,
    class: "scraper-menu",
    boxTitle: t("scrapeQuery"),
    toggle,
    toggleClass: `dropdown-toggle btn btn-${variant}`,
    menu: (close) => [
      h(
        "div",
        { key: "filter", class: "scraper-filter-container" },
        h(
          "div",
          { class: "btn-group" },
          h(
            "div",
            { class: "clearable-input-group" },
            h("input", {
              placeholder: "Filter...",
              class: "clearable-text-field form-control",
              value: filter,
              onInput: (event) => setFilter(event.target.value),
            }),
          ),
          IconButton("primary", "rotate", {
            title: t("reloadScrapers"),
            class: "reload-button",
            onClick: () => {
              close();
              panel.reloadScrapers();
            },
          }),
        ),
      ),
      ...shown.map((scraper) =>
        MenuItem(
          scraper.name,
          () => {
            close();
            choose(scraper);
          },
          "",
          scraper.id,
        ),
      ),
    ],
  });
}
