// Tags and groups: what the forms for new ones show and send.

const text = (name) => ({ name, widget: "text" });
const area = (name) => ({ name, widget: "area" });
const list = (name, more) => ({ name, widget: "list", ...more });
const one = (name, kind) => ({ name, widget: "select", kind, multi: false });
const many = (name, kind) => ({ name, widget: "select", kind, multi: true });

// Top to bottom.
const FIELDS = {
  tag: [
    text("name"), text("sort_name"), list("aliases"), area("description"),
    many("parent_ids", "tag"), many("child_ids", "tag"), { widget: "stashIds", name: "stash_ids" },
    { widget: "rule" }, { widget: "check", name: "ignore_auto_tag" },
  ],
  group: [
    text("name"), text("aliases"), { name: "duration", widget: "duration" },
    { name: "date", widget: "date" }, { name: "containing_groups", widget: "groups" },
    one("studio_id", "studio"), text("director"), list("urls", { scrapes: true }),
    area("synopsis"), many("tag_ids", "tag"),
  ],
};

export const ENTITY_KINDS = {
  tag: { kind: "tag", plural: "tags", create: "TagCreate", fields: FIELDS.tag },
  group: { kind: "group", plural: "groups", create: "GroupCreate", fields: FIELDS.group },
};
