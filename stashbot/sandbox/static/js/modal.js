// Bootstrap-like dialogs at the end of the body.

import { Icon } from "./icons.js";
import { Component, Portal, h } from "./vdom.js";

let open = 0;

const still = () => window.matchMedia("(prefers-reduced-motion: reduce)").matches;

// Slides in after mounting, and vanishes at once with the state of its owner.
export class Modal extends Component {
  constructor(props) {
    super(props);
    this.state = { shown: still() };
  }

  didMount() {
    open += 1;
    document.body.classList.add("modal-open");
    this.keys = (event) => {
      const menu = document.querySelector(".react-select__menu");
      if (event.key === "Escape" && this.props.onHide && !menu) this.props.onHide();
    };
    document.addEventListener("keydown", this.keys);
    requestAnimationFrame(() => requestAnimationFrame(() => this.setState({ shown: true })));
  }

  willUnmount() {
    open -= 1;
    if (!open) document.body.classList.remove("modal-open");
    document.removeEventListener("keydown", this.keys);
  }

  render() {
    const { shown } = this.state;
    return h(
      "span",
      { hidden: true },
      h(
        Portal,
        null,
        h("div", { class: `fade modal-backdrop ${shown ? "show" : ""}` }),
      ),
      h(Portal, null, this.dialogNode(shown)),
    );
  }

  dialogNode(shown) {
    const { dialogClass = "", size, children } = this.props;
    return h(
      "div",
      {
        role: "dialog",
        "aria-modal": "true",
        class: `fade ModalComponent modal ${shown ? "show" : ""}`,
        tabindex: "-1",
        style: "display: block;",
        ref: (dom) => dom && (this.dialog = dom),
        onClick: (event) => event.target === this.dialog && this.props.onHide?.(),
      },
      h(
        "div",
        { class: `modal-dialog  ${dialogClass}  ${size ? `modal-${size}` : ""}` },
        h(
          "div",
          { class: "modal-content" },
          h(
            "div",
            { class: "modal-header" },
            this.props.icon && Icon(this.props.icon),
            h("span", null, this.props.header ?? ""),
          ),
          h("div", { class: "modal-body" }, children),
          this.footer(),
        ),
      ),
    );
  }

  footer() {
    const { accept, cancel, leftButtons, footerClass = "" } = this.props;
    return h(
      "div",
      { class: `ModalFooter modal-footer ${footerClass}` },
      h("div", null, leftButtons || null),
      h(
        "div",
        null,
        this.props.footerButtons || null,
        cancel && footerButton(cancel, cancel.variant ?? "primary"),
        accept && footerButton(accept, accept.variant ?? "primary"),
      ),
    );
  }
}

function footerButton({ text, onClick, disabled }, variant) {
  return h(
    "button",
    { type: "button", class: `ml-2 btn btn-${variant}`, disabled: Boolean(disabled), onClick },
    text,
  );
}
