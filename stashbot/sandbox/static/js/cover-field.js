// The cover: shown, replaced from a file, an address or the clipboard.

import { Icon } from "./icons.js";
import { t } from "./i18n.js";
import { Modal } from "./modal.js";
import { Button } from "./ui.js";
import { Component, Portal, h } from "./vdom.js";

export class CoverField extends Component {
  didMount() {
    this.paste = (event) => {
      const file = [...(event.clipboardData?.files ?? [])][0];
      if (file?.type.startsWith("image/")) this.read(file);
    };
    document.addEventListener("paste", this.paste);
    this.outside = (event) => {
      const inside = document.getElementById("set-image-popover")?.contains(event.target);
      if (this.state.open && !inside && event.target !== this.button) this.setState({ open: false });
    };
    document.addEventListener("click", this.outside);
  }

  willUnmount() {
    document.removeEventListener("paste", this.paste);
    document.removeEventListener("click", this.outside);
  }

  read(file) {
    const reader = new FileReader();
    reader.onload = () => this.props.panel.set({ cover: reader.result });
    reader.readAsDataURL(file);
    this.setState({ open: false });
  }

  render() {
    const { panel } = this.props;
    const { scene } = panel.props;
    const { open, asking } = this.state;
    return h(
      "div",
      { class: "form-group" },
      h("label", { class: "form-label", for: "cover_image" }, t("coverImage")),
      h("img", {
        class: "scene-cover",
        src: panel.state.form.cover ?? scene.paths.screenshot,
        alt: t("coverImage"),
      }),
      Button(
        "secondary",
        {
          class: "mr-2",
          "aria-describedby": open ? "set-image-popover" : null,
          ref: (dom) => (this.button = dom),
          onClick: () => this.setState({ open: !open }),
        },
        t("setImage"),
      ),
      open && h(Portal, null, this.popover()),
      asking && this.urlDialog(),
    );
  }

  popover() {
    const box = this.button?.getBoundingClientRect() ?? { left: 20, top: 200 };
    return h(
      "div",
      {
        id: "set-image-popover",
        role: "tooltip",
        class: "fade show popover bs-popover-top",
        style: `left: ${box.left}px; top: ${Math.max(box.top - 120, 10)}px;`,
      },
      h("div", { class: "arrow" }),
      h(
        "div",
        { class: "popover-body" },
        h(
          "div",
          null,
          h(
            "label",
            { class: "image-input form-label" },
            Button("secondary", null, Icon("file"), h("span", null, t("fromFile"))),
            h("input", {
              type: "file",
              id: "cover_image",
              accept: ".jpg,.jpeg,.png,.webp,.gif",
              class: "form-control-file",
              onChange: (event) => event.target.files[0] && this.read(event.target.files[0]),
            }),
          ),
        ),
        h(
          "div",
          null,
          Button(
            "primary",
            {
              class: "minimal",
              onClick: () => this.setState({ open: false, asking: true, url: "" }),
            },
            Icon("link"),
            h("span", null, t("fromUrl")),
          ),
        ),
      ),
    );
  }

  urlDialog() {
    const close = () => this.setState({ asking: false });
    return h(
      Modal,
      {
        header: t("fromUrl"),
        onHide: close,
        cancel: { text: t("cancel"), variant: "secondary", onClick: close },
        accept: {
          text: t("confirm"),
          disabled: !this.state.url,
          onClick: () => {
            this.props.panel.set({ cover: this.state.url });
            close();
          },
        },
      },
      h("input", {
        class: "text-input form-control",
        placeholder: t("url"),
        value: this.state.url,
        onInput: (event) => this.setState({ url: event.target.value }),
      }),
    );
  }
}
