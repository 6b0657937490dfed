// A list of addresses with a blank line at its end.

import { Icon } from "./icons.js";
import { t } from "./i18n.js";
import { Button } from "./ui.js";
import { Component, h } from "./vdom.js";

export class UrlList extends Component {
  change(index, value) {
    const urls = [...this.props.urls];
    urls[index] = value;
    if (index === urls.length - 1 && !value) urls.pop();
    this.props.onChange(urls);
  }

  drop(index) {
    this.props.onChange(this.props.urls.filter((_, other) => other !== index));
  }

  render() {
    const { urls, readOnly, problem } = this.props;
    const lines = readOnly ? (urls.length ? urls : [""]) : [...urls, ""];
    return h(
      "div",
      { class: `string-list-input ${problem ? "is-invalid" : ""}` },
      h(
        "div",
        { class: "form-group" },
        lines.map((url, index) => this.line(url, index, lines.length)),
      ),
    );
  }

  line(url, index, count) {
    const { placeholder, readOnly, problem } = this.props;
    return h(
      "div",
      { key: index, class: "input-group" },
      h("input", {
        placeholder,
        readOnly: Boolean(readOnly),
        class: `text-input ${problem ? "is-invalid" : ""} form-control`,
        value: url,
        onInput: (event) => this.change(index, event.target.value),
        onKeydown: (event) => event.key === "Enter" && event.preventDefault(),
      }),
      h(
        "div",
        { class: "input-group-append" },
        this.props.scrapable && this.scrapeButton(url),
        !readOnly && count > 2 &&
          h(
            "button",
            {
              draggable: "true",
              type: "button",
              class: "drag-handle minimal btn btn-secondary",
              disabled: index === count - 1,
            },
            Icon("grip-vertical"),
          ),
        !readOnly &&
          Button(
            "danger",
            {
              class: "",
              disabled: index === count - 1,
              ref: (dom) => dom?.classList.add("btn-sm"),
              onClick: () => this.drop(index),
            },
            Icon("minus"),
          ),
      ),
    );
  }

  // Made anew by every drawing, as Stash does: nobody may keep hold of it.
  scrapeButton(url) {
    const attributes = {
      key: `scrape-${(this.drawn = (this.drawn ?? 0) + 1)}`,
      title: t("scrape"),
      disabled: !url || !this.props.scrapable(url),
      class: "scrape-url-button text-input",
      onClick: () => this.props.onScrape(url),
    };
    return Button("secondary", attributes, Icon("file-arrow-down"));
  }
}
