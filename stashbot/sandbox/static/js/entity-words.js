// Words of the forms of tags and groups. Persian lacks them and speaks English.

const en = {
  add_tag: "Add Tag", add_group: "Add Group", aliases: "Aliases",
  tag_ids: "Tags", parent_ids: "Parent Tags", child_ids: "Sub-Tags", studio_id: "Studio",
  stash_ids: "Stash IDs", ignore_auto_tag: "Ignore Auto Tag", sort_name: "Sort Name",
  description: "Description", synopsis: "Synopsis", duration: "Duration",
  containing_groups: "Containing Groups", clearImage: "Clear Image", frontImage: "Front image…",
  backImage: "Back image…", clearFront: "Clear front image", clearBack: "Clear back image",
  continue: "Continue",
};

const de = {
  add_tag: "Tag hinzufügen", add_group: "Gruppe hinzufügen",
  aliases: "Aliase", tag_ids: "Tags", parent_ids: "Übergeordnete Tags", child_ids: "Unter-Tags",
  studio_id: "Studio", stash_ids: "Stash-IDs", ignore_auto_tag: "Automatisches Taggen ignorieren",
  description: "Beschreibung", synopsis: "Zusammenfassung", duration: "Dauer",
  clearImage: "Bild löschen", frontImage: "Vorderseite…", backImage: "Rückseite…",
  continue: "Fortfahren",
};

const ja = {
  add_tag: "タグを追加", add_group: "グループを追加", aliases: "別名", tag_ids: "タグ",
  parent_ids: "親タグ", child_ids: "子タグ", studio_id: "スタジオ", description: "説明", duration: "長さ",
  clearImage: "画像を消去", continue: "続ける",
};

export default { en, de, ja };
