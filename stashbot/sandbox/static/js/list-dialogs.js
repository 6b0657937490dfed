// The dialogs over the list of scenes, by name.

import { BulkEdit } from "./bulk-edit.js";
import { DeleteDialog } from "./delete-dialog.js";
import { FilterDialog } from "./filter-dialog.js";
import { GenerateDialog } from "./generate-dialog.js";
import { IdentifyDialog } from "./identify-dialog.js";
import { MergeDialog } from "./merge-dialog.js";
import { h } from "./vdom.js";

const DIALOGS = {
  delete: DeleteDialog,
  edit: BulkEdit,
  generate: GenerateDialog,
  identify: IdentifyDialog,
  merge: MergeDialog,
};

// props: name, list, scenes, onClose(done), onFilter(change of the list)
export function ListDialog({ name, list, scenes, onClose, onFilter }) {
  if (name === "filter") {
    return h(FilterDialog, { key: name, list, onApply: onFilter, onHide: () => onClose(false) });
  }
  return h(DIALOGS[name], { key: name, scenes, onClose });
}
