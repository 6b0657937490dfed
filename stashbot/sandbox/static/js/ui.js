// Small parts that all pages use.

import { Icon } from "./icons.js";
import { t } from "./i18n.js";
import { followLink } from "./router.js";
import { Component, h } from "./vdom.js";

export function Loading(props) {
  return h(
    "div",
    { class: `LoadingIndicator ${props?.inline ? "inline" : ""}` },
    h(
      "div",
      { role: "status", class: "spinner-border" },
      h("span", { class: "sr-only" }, t("loading")),
    ),
    h("h4", { class: "LoadingIndicator-message" }, t("loading")),
  );
}

export function ErrorMessage(props) {
  const header = h(
    "div",
    { class: "ErrorMessage-header alert-heading h4" },
    Icon("triangle-exclamation"),
    t("error"),
  );
  const content = h("div", { class: "ErrorMessage-content code" }, props.text);
  return h(
    "div",
    { class: "ErrorMessage-container" },
    h("div", { role: "alert", class: "fade ErrorMessage alert alert-danger show" }, header, content),
  );
}

export function Button(variant, props, ...children) {
  const { class: extra = "", ...rest } = props || {};
  return h(
    "button",
    { type: "button", class: `${extra} btn btn-${variant}`.trim(), ...rest },
    ...children,
  );
}

export function Link(props) {
  const { children, ...rest } = props;
  return h("a", { ...rest, onClick: props.onClick ?? followLink }, ...children);
}

export function Truncated(text, lines = 1) {
  return h("div", { class: "TruncatedText", style: `-webkit-line-clamp: ${lines};` }, text);
}

// A menu under a button. Its items exist only while it is open; a click elsewhere closes it.
export class Dropdown extends Component {
  constructor(props) {
    super(props);
    this.state = { open: false };
    this.outside = (event) => {
      if (this.state.open && !this.dom?.contains(event.target)) this.setState({ open: false });
    };
    this.keys = (event) => event.key === "Escape" && this.state.open && this.close();
  }

  didMount() {
    document.addEventListener("click", this.outside, true);
    document.addEventListener("keydown", this.keys);
  }

  willUnmount() {
    document.removeEventListener("click", this.outside, true);
    document.removeEventListener("keydown", this.keys);
  }

  close() {
    this.setState({ open: false });
  }

  // `group` makes the box a button group, `bare` gives it a class of its own instead.
  boxClass(extra, open) {
    const { bare, group } = this.props;
    const kind = bare ?? `dropdown${group ? " btn-group" : ""}`;
    return `${extra} ${open ? "show" : ""} ${kind}`.replace(/\s+/g, " ").trim();
  }

  render() {
    const { open } = this.state;
    const { title, class: extra = "", id, toggle, toggleClass, menuClass = "", menu } = this.props;
    return h(
      "div",
      {
        title: this.props.boxTitle,
        role: this.props.group ? "group" : null,
        class: this.boxClass(extra, open),
        ref: (dom) => dom && (this.dom = dom),
      },
      h(
        "button",
        {
          "aria-haspopup": "true",
          "aria-expanded": String(open),
          id,
          title,
          type: "button",
          class: toggleClass,
          onClick: () => this.setState({ open: !this.state.open }),
        },
        toggle,
      ),
      open &&
        h(
          "div",
          {
            "x-placement": "bottom-end",
            "aria-labelledby": id ?? "",
            class: `${menuClass} dropdown-menu show`.trim(),
          },
          menu(() => this.close()),
        ),
    );
  }
}

// A detached item has lost its handler here as in Stash: a click on it follows its address.
export function MenuItem(text, onClick, extra = "", key = text) {
  const click = (event) => {
    if (!event.currentTarget.isConnected) return;
    event.preventDefault();
    onClick();
  };
  return h(
    "a",
    { key, href: "#", class: `${extra} dropdown-item`.trim(), role: "button", onClick: click },
    text,
  );
}

export const IconButton = (variant, icon, props) => Button(variant, props, Icon(icon));

export function duration(seconds) {
  const whole = Math.floor(seconds);
  const two = (n) => String(n).padStart(2, "0");
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  if (hours) return `${hours}:${two(minutes)}:${two(whole % 60)}`;
  return `${minutes}:${two(whole % 60)}`;
}

export function words(seconds) {
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  return `${hours ? `${hours}h ` : ""}${minutes}m ${Math.floor(seconds % 60)}s`;
}

export function bytes(size) {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let index = 0;
  let value = size;
  while (value >= 1024 && index < units.length - 1) {
    value /= 1024;
    index += 1;
  }
  return `${value >= 100 || index < 2 ? Math.round(value) : value.toFixed(1)} ${units[index]}`;
}

export function resolution({ height }) {
  const steps = [2160, 1440, 1080, 720, 540, 480, 360, 240, 144];
  return `${steps.find((step) => height >= step) ?? height}p`;
}
