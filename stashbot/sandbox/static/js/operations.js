// The operations that the pages send, by name.

const STUDIO = `id name aliases image_path parent_studio { id name __typename } urls stash_ids {
  endpoint stash_id updated_at __typename } details rating100 __typename`;
const PERFORMER = `id name disambiguation alias_list gender birthdate death_date favorite
  image_path urls __typename`;
const TAG = `id name sort_name aliases image_path parent_count child_count __typename`;
const GROUP = `id name aliases date front_image_path studio { id name __typename } __typename`;
const GALLERY = `id title date __typename`;
const FILE = `id path size mod_time duration video_codec audio_codec width height frame_rate
  bit_rate fingerprints { type value __typename } __typename`;
const SLIM_SCENE = `id title code details director urls date rating100 o_counter organized
  interactive interactive_speed resume_time play_duration play_count files { ${FILE} }
  paths { screenshot preview stream webp vtt sprite funscript interactive_heatmap caption
    __typename }
  scene_markers { id title seconds __typename } galleries { ${GALLERY} }
  studio { id name image_path __typename }
  groups { group { id name front_image_path __typename } scene_index __typename }
  tags { id name __typename } performers { id name gender favorite image_path __typename }
  stash_ids { endpoint stash_id updated_at __typename } __typename`;
const SCENE = `id title code details director urls date rating100 o_counter organized interactive
  interactive_speed captions { language_code caption_type __typename } created_at updated_at
  resume_time last_played_at play_duration play_count play_history o_history files { ${FILE} }
  paths { screenshot preview stream webp vtt sprite funscript interactive_heatmap caption
    __typename }
  scene_markers { id title seconds __typename } galleries { ${GALLERY} } studio { ${STUDIO} }
  groups { group { ${GROUP} } scene_index __typename } tags { ${TAG} }
  performers { ${PERFORMER} } stash_ids { endpoint stash_id updated_at __typename }
  sceneStreams { url mime_type label __typename } __typename`;
const SCRAPED_STUDIO = `stored_id name urls image details aliases
  tags { stored_id name remote_site_id __typename } remote_site_id __typename`;
const SCRAPED_SCENE = `title code details director urls date image remote_site_id
  file { size duration video_codec width height __typename }
  studio { ${SCRAPED_STUDIO} parent { ${SCRAPED_STUDIO} } }
  tags { stored_id name remote_site_id __typename }
  performers { stored_id name disambiguation gender urls birthdate ethnicity country eye_color
    height measurements fake_tits penis_length circumcised career_length tattoos piercings aliases
    tags { stored_id name remote_site_id __typename } remote_site_id images details death_date
    hair_color weight __typename }
  groups { stored_id name aliases duration date rating director urls synopsis
    studio { ${SCRAPED_STUDIO} } tags { stored_id name remote_site_id __typename } front_image
    back_image __typename }
  fingerprints { hash algorithm duration __typename } __typename`;

const select = (operation, field, kind, fields) =>
  `query ${operation}($filter: FindFilterType, $${field}_filter: ${kind}FilterType, $ids: [ID!]) {
  find${operation.slice(4, -9)}(filter: $filter, ${field}_filter: $${field}_filter, ids: $ids) {
    count ${operation.slice(4, -9).toLowerCase()} { ${fields} } __typename } }`;

export const OPERATIONS = {
  Configuration: `query Configuration { configuration {
    general { stashes { path excludeVideo excludeImage __typename } databasePath apiKey username
      password maxSessionAge stashBoxes { name endpoint api_key max_requests_per_minute __typename }
      __typename }
    interface { sfwContentMode menuItems showScrubber maximumLoopDuration noBrowser
      notificationsEnabled autostartVideo autostartVideoOnPlaySelected continuePlaylistDefault
      showStudioAsText css cssEnabled javascript javascriptEnabled customLocales
      customLocalesEnabled language
      disableDropdownCreate { performer tag studio movie gallery __typename } __typename }
    scraping { scraperUserAgent scraperCertCheck scraperCDPPath excludeTagPatterns __typename }
    defaults { deleteFile deleteGenerated __typename } ui plugins __typename } }`,
  SystemStatus: `query SystemStatus { systemStatus { databaseSchema databasePath appSchema status
    configPath os workingDir homeDir ffmpegPath ffprobePath __typename } }`,
  Plugins: `query Plugins { plugins { id name enabled description url version requires
    paths { css javascript __typename } __typename } }`,
  JobQueue: `query JobQueue { jobQueue { id status subTasks description progress startTime endTime
    addTime error __typename } }`,
  FindScene: `query FindScene($id: ID!, $checksum: String) {
    findScene(id: $id, checksum: $checksum) { ${SCENE} } }`,
  FindSceneMarkerTags: `query FindSceneMarkerTags($id: ID!) { sceneMarkerTags(scene_id: $id) {
    tag { id name __typename } scene_markers { id title seconds __typename } __typename } }`,
  FindScenes: `query FindScenes($filter: FindFilterType, $scene_filter: SceneFilterType,
    $scene_ids: [Int!]) {
    findScenes(filter: $filter, scene_filter: $scene_filter, scene_ids: $scene_ids) {
      count filesize duration scenes { ${SLIM_SCENE} } __typename } }`,
  ListSceneScrapers: `query ListSceneScrapers { listScrapers(types: [SCENE]) { id name
    scene { urls supported_scrapes __typename } __typename } }`,
  ReloadScrapers: `mutation ReloadScrapers { reloadScrapers }`,
  FindStudiosForSelect: select("FindStudiosForSelect", "studio", "Studio", STUDIO),
  FindPerformersForSelect: select("FindPerformersForSelect", "performer", "Performer", PERFORMER),
  FindTagsForSelect: select("FindTagsForSelect", "tag", "Tag", TAG),
  FindGroupsForSelect: select("FindGroupsForSelect", "group", "Group", GROUP),
  FindGalleriesForSelect: select("FindGalleriesForSelect", "gallery", "Gallery", GALLERY),
  ScrapeSingleScene: `query ScrapeSingleScene($source: ScraperSourceInput!,
    $input: ScrapeSingleSceneInput!) {
    scrapeSingleScene(source: $source, input: $input) { ${SCRAPED_SCENE} } }`,
  ScrapeSceneURL: `query ScrapeSceneURL($url: String!) { scrapeSceneURL(url: $url) {
    ${SCRAPED_SCENE} } }`,
  SceneUpdate: `mutation SceneUpdate($input: SceneUpdateInput!) {
    sceneUpdate(input: $input) { ${SCENE} } }`,
  ScenesDestroy: `mutation ScenesDestroy($ids: [ID!]!, $delete_file: Boolean,
    $delete_generated: Boolean) { scenesDestroy(input: {ids: $ids, delete_file: $delete_file,
    delete_generated: $delete_generated}) }`,
  StudioCreate: `mutation StudioCreate($input: StudioCreateInput!) {
    studioCreate(input: $input) { ${STUDIO} } }`,
  PerformerCreate: `mutation PerformerCreate($input: PerformerCreateInput!) {
    performerCreate(input: $input) { ${PERFORMER} } }`,
  TagCreate: `mutation TagCreate($input: TagCreateInput!) {
    tagCreate(input: $input) { ${TAG} } }`,
  GroupCreate: `mutation GroupCreate($input: GroupCreateInput!) {
    groupCreate(input: $input) { ${GROUP} } }`,
  SceneAddPlay: `mutation SceneAddPlay($id: ID!, $times: [Timestamp!]) {
    sceneAddPlay(id: $id, times: $times) { count history __typename } }`,
  SceneAddO: `mutation SceneAddO($id: ID!, $times: [Timestamp!]) {
    sceneAddO(id: $id, times: $times) { count history __typename } }`,
  SceneGenerateScreenshot: `mutation SceneGenerateScreenshot($id: ID!, $at: Float) {
    sceneGenerateScreenshot(id: $id, at: $at) }`,
  MetadataScan: `mutation MetadataScan($input: ScanMetadataInput!) {
    metadataScan(input: $input) }`,
  ConfigureUI: `mutation ConfigureUI($input: Map, $partial: Map) {
    configureUI(input: $input, partial: $partial) }`,
  FindScenesForSelect: `query FindScenesForSelect($filter: FindFilterType,
    $scene_filter: SceneFilterType, $ids: [ID!]) {
    findScenes(filter: $filter, scene_filter: $scene_filter, ids: $ids) { count scenes { id title
      date code studio { name __typename } files { path __typename }
      paths { screenshot __typename } __typename } __typename } }`,
  SceneMerge: `mutation SceneMerge($input: SceneMergeInput!) {
    sceneMerge(input: $input) { id __typename } }`,
  FindDuplicateScenes: `query FindDuplicateScenes($distance: Int, $duration_diff: Float) {
    findDuplicateScenes(distance: $distance, duration_diff: $duration_diff) { ${SLIM_SCENE} } }`,
};
