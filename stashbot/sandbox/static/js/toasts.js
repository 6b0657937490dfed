// One toast at a time, with Stash's habits: errors go before successes, and a toast that went away
// stays in the document, only its container is hidden.

import { Icon } from "./icons.js";
import { t } from "./i18n.js";
import { Modal } from "./modal.js";
import { Component, h } from "./vdom.js";

const SHOWN = { success: 3000, danger: 5000, warning: 3000 };
let stack = null;

export const toast = {
  success: (content) => stack?.show({ variant: "success", content }),
  error: (error) => {
    console.error(error);
    stack?.show({ variant: "danger", content: error?.message ?? String(error) });
  },
};

export class ToastStack extends Component {
  constructor(props) {
    super(props);
    this.state = { toast: null, hidden: true, expanded: null };
    stack = this;
  }

  show(next) {
    const shown = this.state.hidden ? null : this.state.toast;
    if (shown?.variant === "danger" && next.variant !== "danger") return;
    clearTimeout(this.timer);
    const id = (this.lastId = (this.lastId || 0) + 1);
    this.setState({ toast: { ...next, id }, hidden: false });
    this.timer = setTimeout(() => this.hide(), SHOWN[next.variant]);
  }

  hide() {
    clearTimeout(this.timer);
    this.setState({ hidden: true });
  }

  render() {
    const { toast: one, hidden, expanded } = this.state;
    const expand = () => this.setState({ expanded: one, hidden: true });
    return h(
      "div",
      { class: `toast-container row ${hidden ? "hidden" : ""}` },
      one &&
        h(
          "div",
          {
            key: one.id,
            role: "alert",
            "aria-live": "assertive",
            "aria-atomic": "true",
            class: `fade toast ${one.variant} show`,
          },
          h(
            "div",
            { class: "toast-header" },
            h("span", { class: "mr-auto", onClick: expand }, one.content),
            one.variant === "danger" &&
              h(
                "button",
                { type: "button", class: "expand-error-button btn btn-minimal", onClick: expand },
                Icon("arrow-up-right-from-square"),
              ),
            h(
              "button",
              {
                type: "button",
                class: "close ml-2 mb-1",
                "data-dismiss": "toast",
                onClick: () => this.hide(),
              },
              h("span", { "aria-hidden": "true" }, "×"),
              h("span", { class: "sr-only" }, "Close"),
            ),
          ),
        ),
      expanded && this.expandedDialog(expanded),
    );
  }

  expandedDialog(one) {
    const close = () => this.setState({ expanded: null });
    return h(
      Modal,
      {
        dialogClass: "toast-expanded-dialog",
        icon: "triangle-exclamation",
        header: t("error"),
        onHide: close,
        leftButtons: h(
          "button",
          {
            type: "button",
            class: "btn btn-secondary",
            onClick: () => navigator.clipboard?.writeText(one.content),
          },
          t("copy"),
        ),
        accept: { text: t("close"), onClick: close },
      },
      one.content,
    );
  }
}
