// The edit form of a scene. One panel lives as long as the page: it survives the change to another
// scene, and so does whatever scrape it has under way.

import { EditForm } from "./edit-form.js";
import { changedFields, emptyForm, formOf, inputOf, problemsOf } from "./form-values.js";
import { bindKeys } from "./hotkeys.js";
import { t } from "./i18n.js";
import { QueryModal } from "./query-modal.js";
import { guardLeaving } from "./router.js";
import { ScrapeDialog } from "./scrape-dialog.js";
import { scrapedDifferences } from "./scraped.js";
import { ask, cached, forget, mutate, onStore, query } from "./store.js";
import { toast } from "./toasts.js";
import { Loading } from "./ui.js";
import { Component, h } from "./vdom.js";

export class EditPanel extends Component {
  constructor(props) {
    super(props);
    const initial = props.scene ? formOf(props.scene) : emptyForm();
    this.state = {
      initial,
      form: { ...initial },
      loading: false,
      proposal: null,
      searching: null,
      filters: { fragment: "", query: "" },
    };
  }

  didMount() {
    this.loadScrapers();
    this.stop = onStore((event) => event.type === "reset" && this.loadScrapers());
    this.unbind = bindKeys({
      ss: () => this.canSave && this.props.visible && this.save(),
      dd: () => this.props.onDelete(),
    });
    this.guard();
  }

  willUnmount() {
    this.stop();
    this.unbind();
    this.unguard?.();
  }

  // Other saved values reset the form; equal ones keep what was typed, even on another scene: two
  // scenes without data look alike to the form.
  didUpdate() {
    const fresh = formOf(this.props.scene);
    const now = JSON.stringify(inputOf(fresh));
    const before = this.seen ?? JSON.stringify(inputOf(this.state.initial));
    if (now !== before) this.setState({ initial: fresh, form: { ...fresh } }, () => this.guard());
    this.seen = now;
  }

  async loadScrapers() {
    try {
      await query("ListSceneScrapers");
      this.refresh();
    } catch (error) {
      toast.error(error);
    }
  }

  get scrapers() {
    return cached("ListSceneScrapers")?.listScrapers ?? [];
  }

  get dirty() {
    return changedFields(this.state.initial, this.state.form).length > 0;
  }

  get canSave() {
    return this.dirty && Object.keys(problemsOf(this.state.form)).length === 0;
  }

  set(fields) {
    this.setState({ form: { ...this.state.form, ...fields } });
    this.guard();
  }

  // The question before leaving stands only while the form itself is on screen.
  guard() {
    this.unguard?.();
    this.unguard = this.dirty && !this.state.loading ? guardLeaving(t("leave")) : null;
  }

  busy(loading) {
    this.setState({ loading });
    this.guard();
  }

  async save() {
    const { form } = this.state;
    const input = { id: this.props.scene.id, ...inputOf(form) };
    this.busy(true);
    try {
      await mutate("SceneUpdate", { input });
      toast.success(t("updated"));
      const saved = formOf(this.props.scene);
      this.setState({ initial: saved, form: { ...saved } });
    } catch (error) {
      toast.error(error);
    }
    this.busy(false);
  }

  // Scrapes. `finish` takes the answer; whichever scene is shown when it comes gets the dialog.
  async scraping(request, finish) {
    this.busy(true);
    let answer = null;
    try {
      answer = await request();
    } catch (error) {
      toast.error(error);
      this.busy(false);
      return;
    }
    this.busy(false);
    finish(answer);
  }

  scrapeFragment(source) {
    const input = { scene_id: this.props.scene.id };
    this.scraping(
      () => ask("ScrapeSingleScene", { source, input }),
      ({ scrapeSingleScene: found }) => {
        if (!found.length) toast.success("No scenes found");
        else this.propose(found[0]);
      },
    );
  }

  scrapeUrl(url) {
    this.scraping(
      () => ask("ScrapeSceneURL", { url }),
      ({ scrapeSceneURL: found }) => found && this.propose(found),
    );
  }

  scrapeChosen(source, { title, code, details, director, date, urls, remote_site_id }) {
    this.setState({ searching: null });
    const chosen = { title, code, details, director, date, urls, remote_site_id };
    this.scraping(
      () => ask("ScrapeSingleScene", { source, input: { scene_input: chosen } }),
      ({ scrapeSingleScene: found }) => found.length && this.propose(found[0]),
    );
  }

  propose(scraped) {
    const rows = scrapedDifferences(this.state.form, scraped);
    if (rows.length) this.setState({ proposal: { rows, scraped } });
  }

  async reloadScrapers() {
    this.busy(true);
    try {
      await mutate("ReloadScrapers", {});
      forget("ListSceneScrapers");
      await query("ListSceneScrapers", {}, { fresh: true });
    } catch (error) {
      toast.error(error);
    }
    this.busy(false);
  }

  render() {
    const { loading, proposal, searching } = this.state;
    if (loading) return Loading();
    return h(
      "div",
      { id: "scene-edit-details" },
      proposal &&
        h(ScrapeDialog, {
          rows: proposal.rows,
          onClose: (fields) => {
            this.setState({ proposal: null });
            if (fields) this.set(fields);
          },
        }),
      searching &&
        h(QueryModal, {
          source: searching,
          text: this.state.form.title || this.fileName(),
          onHide: () => this.setState({ searching: null }),
          onChoose: (scene) => this.scrapeChosen({ scraper_id: searching.id }, scene),
        }),
      h(EditForm, { panel: this }),
    );
  }

  fileName() {
    return this.props.scene.files[0]?.path.split("/").pop() ?? "";
  }
}
