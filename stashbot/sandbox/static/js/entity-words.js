// Words of the pages of performers, studios, tags and groups. Persian lacks them and speaks English.

const en = {
  add_performer: "Create Performer", add_studio: "Add Studio", add_tag: "Add Tag", add_group: "Add Group",
  performer: "Performer", disambiguation: "Disambiguation", alias_list: "Aliases", aliases: "Aliases",
  gender: "Gender", birthdate: "Birthdate", death_date: "Death Date", country: "Country",
  ethnicity: "Ethnicity", hair_color: "Hair Colour", eye_color: "Eye Colour", height_cm: "Height (cm)",
  weight: "Weight (kg)", penis_length: "Penis Length (cm)", circumcised: "Circumcised",
  measurements: "Measurements", fake_tits: "Fake Tits", tattoos: "Tattoos", piercings: "Piercings",
  career_length: "Career Length", tag_ids: "Tags", parent_id: "Parent Studio", parent_ids: "Parent Tags",
  child_ids: "Sub-Tags", studio_id: "Studio", stash_ids: "Stash IDs", ignore_auto_tag: "Ignore Auto Tag",
  sort_name: "Sort Name", description: "Description", synopsis: "Synopsis", duration: "Duration",
  containing_groups: "Containing Groups", customFields: "Custom Fields", clearImage: "Clear Image",
  frontImage: "Front image…", backImage: "Back image…", clearFront: "Clear front image",
  clearBack: "Clear back image", autoTag: "Auto Tag", updatedEntity: "Updated",
  deleteEntity: "Are you sure you want to delete", appearswith: "Appears With",
  childstudios: "Subsidiary Studios", subgroups: "Sub-Groups", continue: "Continue", newItem: "New",
};

const de = {
  add_performer: "Darsteller erstellen", add_studio: "Studio hinzufügen", add_tag: "Tag hinzufügen",
  add_group: "Gruppe hinzufügen", performer: "Darsteller", disambiguation: "Begriffsklärung",
  alias_list: "Aliase", aliases: "Aliase", gender: "Geschlecht", birthdate: "Geburtsdatum",
  death_date: "Sterbedatum", country: "Land", hair_color: "Haarfarbe", eye_color: "Augenfarbe",
  height_cm: "Größe (cm)", weight: "Gewicht (kg)", measurements: "Maße", career_length: "Karrieredauer",
  tag_ids: "Tags", parent_id: "Übergeordnetes Studio", parent_ids: "Übergeordnete Tags",
  child_ids: "Unter-Tags", studio_id: "Studio", stash_ids: "Stash-IDs",
  ignore_auto_tag: "Automatisches Taggen ignorieren", description: "Beschreibung",
  synopsis: "Zusammenfassung", duration: "Dauer", clearImage: "Bild löschen",
  frontImage: "Vorderseite…", backImage: "Rückseite…", autoTag: "Automatisch taggen",
  updatedEntity: "Aktualisiert:", deleteEntity: "Wirklich löschen:", continue: "Fortfahren", newItem: "Neu",
};

const ja = {
  add_performer: "出演者を作成", add_studio: "スタジオを追加", add_tag: "タグを追加", add_group: "グループを追加",
  performer: "出演者", alias_list: "別名", aliases: "別名", gender: "性別", birthdate: "生年月日",
  country: "国", hair_color: "髪の色", eye_color: "目の色", height_cm: "身長 (cm)", weight: "体重 (kg)",
  tag_ids: "タグ", parent_ids: "親タグ", child_ids: "子タグ", studio_id: "スタジオ", description: "説明",
  duration: "長さ", clearImage: "画像を消去", autoTag: "自動タグ付け", continue: "続ける", newItem: "新規",
};

export default { en, de, ja };
