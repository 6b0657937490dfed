// Japanese.

export default {
  save: "保存", delete: "削除", cancel: "キャンセル", apply: "適用", close: "閉じる", edit: "編集", search: "検索",
  scrapeWith: "スクレイプ元…", scrapeQuery: "検索してスクレイプ", scrape: "スクレイプ", reloadScrapers: "スクレイパーを再読込",
  setImage: "画像を設定…", title: "タイトル", code: "スタジオコード", date: "日付", director: "監督",
  galleries: "ギャラリー", studio: "スタジオ", studios: "スタジオ", performers: "出演者", groups: "グループ",
  group: "グループ", tags: "タグ", tag: "タグ", details: "詳細", coverImage: "カバー画像", sceneNumber: "シーン番号",
  selectGalleries: "ギャラリーを選択", selectStudio: "スタジオを選択", selectPerformers: "出演者を選択",
  selectGroup: "グループを選択", selectGroups: "グループを選択", selectTags: "タグを選択", scenes: "シーン", scene: "シーン",
  images: "画像", markers: "マーカー", filters: "フィルター", fileInfo: "ファイル情報", history: "履歴", queue: "キュー",
  organized: "整理済み", operations: "操作", playCount: "再生回数", oCount: "Oカウント", rescan: "再スキャン",
  generate: "生成", thumbCurrent: "現在の位置からサムネイルを生成", thumbDefault: "既定のサムネイルを生成", merge: "統合",
  existing: "既存", scraped: "取得", results: "シーンのスクレイプ結果", query: "シーンのスクレイプ検索",
  releaseNotes: "リリースノート", donate: "寄付", statistics: "統計", settings: "設定", help: "ヘルプ",
  logout: "ログアウト", createdAt: "作成日時", updatedAt: "更新日時", updated: "シーンを更新しました", created: "作成しました:",
  deleted: "シーンを削除しました", rescanning: "シーンを再スキャン中…", leave: "保存されていない変更があります。移動しますか？",
  loading: "読み込み中...", name: "名前", deleteFile: "ファイルを削除", deleteGenerated: "生成ファイルを削除",
  deleteSure: "このシーンを削除しますか？", deleteTitle: "シーンを削除", path: "パス", rating: "評価", duration: "長さ",
  error: "エラー", copy: "クリップボードにコピー", new: "新規", selectAll: "すべて選択", likeCount: "いいね数",
  selectNone: "選択解除", play: "再生", playRandom: "ランダム再生", identify: "識別…", export: "エクスポート",
  exportAll: "すべてエクスポート…", true: "はい", false: "いいえ", source: "ソース", destination: "宛先", swap: "入れ替え",
  next: "次へ",
};
