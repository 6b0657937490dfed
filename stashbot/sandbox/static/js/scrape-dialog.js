// The dialog of scraped values: take or keep, row by row.

import { t } from "./i18n.js";
import { Modal } from "./modal.js";
import { createEntity } from "./entities.js";
import { ScrapeRow } from "./scrape-rows.js";
import { acceptedFields, creationInput } from "./scraped.js";
import { toast } from "./toasts.js";
import { Component, h } from "./vdom.js";

const KIND_OF = { studio: "studio", performers: "performer", groups: "group", tags: "tag" };

export class ScrapeDialog extends Component {
  constructor(props) {
    super(props);
    this.state = { rows: props.rows };
  }

  change(field, fields) {
    const rows = this.state.rows.map((row) => (row.field === field ? { ...row, ...fields } : row));
    this.setState({ rows });
  }

  row(field) {
    return this.state.rows.find((row) => row.field === field);
  }

  // Two clicks create twice; the second is refused by the server, the first one counts.
  async create(field, fresh) {
    const kind = KIND_OF[field];
    try {
      const made = await createEntity(kind, creationInput(kind, fresh));
      toast.success(`${t("created")} ${kind}`);
      this.take(field, fresh, made);
    } catch (error) {
      toast.error(error);
    }
  }

  take(field, fresh, made) {
    const row = this.row(field);
    const left = row.fresh.filter((one) => one !== fresh);
    const value = row.kind === "studio" ? made : [...row.value, made];
    this.change(field, { fresh: left, value, chosen: true });
  }

  render() {
    const { rows } = this.state;
    return h(
      Modal,
      {
        key: "rows",
        dialogClass: "scrape-dialog",
        size: "lg",
        icon: "pencil",
        header: t("results"),
        cancel: { text: t("cancel"), variant: "secondary", onClick: () => this.props.onClose() },
        accept: { text: t("apply"), onClick: () => this.props.onClose(acceptedFields(rows)) },
      },
      h(
        "div",
        { class: "dialog-container" },
        h(
          "form",
          { class: "", onSubmit: (event) => event.preventDefault() },
          heading(),
          rows.map((row) =>
            h(ScrapeRow, {
              key: row.field,
              row,
              onChange: (fields) => this.change(row.field, fields),
              onCreate: (fresh) => this.create(row.field, fresh),
            }),
          ),
        ),
      ),
    );
  }
}

function heading() {
  const column = (text) =>
    h(
      "label",
      { class: "d-lg-block d-none column-label form-label col-form-label col-lg-6" },
      text,
    );
  return h(
    "div",
    { class: "px-3 pt-3 row" },
    h(
      "div",
      { class: "col-lg-9 offset-lg-3" },
      h("div", { class: "row" }, column(t("existing")), column(t("scraped"))),
    ),
  );
}
