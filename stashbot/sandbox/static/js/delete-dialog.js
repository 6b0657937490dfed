// The dialog that deletes scenes.

import { t } from "./i18n.js";
import { Modal } from "./modal.js";
import { mutate } from "./store.js";
import { toast } from "./toasts.js";
import { Loading } from "./ui.js";
import { Component, h } from "./vdom.js";

export class DeleteDialog extends Component {
  constructor(props) {
    super(props);
    this.state = { file: false, generated: true, busy: false };
  }

  async confirm() {
    const { file, generated } = this.state;
    this.setState({ busy: true });
    try {
      await mutate("ScenesDestroy", {
        ids: this.props.scenes.map((scene) => scene.id),
        delete_file: file,
        delete_generated: generated,
      });
      this.props.onClose(true);
    } catch (error) {
      toast.error(error);
      this.props.onClose(false);
    }
  }

  render() {
    const { file, generated, busy } = this.state;
    const paths = this.props.scenes.flatMap((scene) => scene.files.map((one) => one.path));
    return h(
      Modal,
      {
        icon: "trash-can",
        header: t("deleteTitle"),
        accept: { text: t("delete"), variant: "danger", onClick: () => this.confirm(), disabled: busy },
        cancel: { text: t("cancel"), variant: "secondary", onClick: () => this.props.onClose(false) },
      },
      busy && Loading({ inline: true }),
      h("p", null, t("deleteSure")),
      file &&
        h(
          "div",
          { class: "delete-dialog alert alert-danger text-break" },
          h("ul", null, paths.map((path) => h("li", { key: path }, path))),
        ),
      h(
        "form",
        null,
        this.check("delete-file", t("deleteFile"), file, () => this.setState({ file: !file })),
        this.check("delete-generated", t("deleteGenerated"), generated, () =>
          this.setState({ generated: !generated }),
        ),
      ),
    );
  }

  check(id, label, checked, onChange) {
    return h(
      "div",
      { class: "form-check" },
      h("input", { type: "checkbox", id, class: "form-check-input", checked, onChange }),
      h("label", { title: "", for: id, class: "form-check-label" }, label),
    );
  }
}
