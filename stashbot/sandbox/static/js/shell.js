// The frame of every page: navigation bar, release notes, toasts, error boundary.

import { Icon } from "./icons.js";
import { t } from "./i18n.js";
import { Modal } from "./modal.js";
import { followLink, here, onRoute } from "./router.js";
import { release } from "./skin.js";
import { mutate, onStore } from "./store.js";
import { ToastStack, toast } from "./toasts.js";
import { Link, Loading } from "./ui.js";
import { Component, h } from "./vdom.js";

const NEWEST_NOTE = 20251026;
const MENU = [
  ["scenes", "/scenes", "circle-play"],
  ["images", "/images", "image"],
  ["groups", "/groups", "film"],
  ["markers", "/scenes/markers", "location-dot"],
  ["galleries", "/galleries", "images"],
  ["performers", "/performers", "user"],
  ["studios", "/studios", "video"],
  ["tags", "/tags", "tag"],
];

export class App extends Component {
  constructor(props) {
    super(props);
    const seen = props.configuration.ui?.lastNoteSeen ?? 0;
    this.state = { notes: seen < NEWEST_NOTE };
  }

  didMount() {
    this.stopRoute = onRoute(() => this.refresh());
    this.stopStore = onStore(() => this.refresh());
  }

  willUnmount() {
    this.stopRoute();
    this.stopStore();
  }

  async closeNotes() {
    const input = { ...this.props.configuration.ui, lastNoteSeen: NEWEST_NOTE };
    this.setState({ notes: false });
    try {
      await mutate("ConfigureUI", { input });
    } catch (error) {
      toast.error(error);
    }
  }

  render() {
    const sfw = this.props.configuration.interface.sfwContentMode;
    return h(
      "div",
      { id: "root" },
      h("link", { rel: "stylesheet", type: "text/css", href: "/css" }),
      TopNav({ logout: document.cookie.includes("session=") }),
      this.state.notes && ReleaseNotes({ close: () => this.closeNotes() }),
      h("div", { class: `main container-fluid${sfw ? " sfw-content-mode" : ""}` }, h(Boundary, null, this.page())),
      h(ToastStack),
    );
  }

  page() {
    const { path, search } = here();
    const scene = path.match(/^\/scenes\/([^/]+)/);
    if (path === "/scenes" || path === "/scenes/") return h(Lazy, { key: "list", view: LIST, search });
    if (scene && !["markers", "new"].includes(scene[1])) {
      const { configuration } = this.props;
      return h(Lazy, { key: "scene", view: SCENE, id: scene[1], search, configuration });
    }
    if (path === "/sceneDuplicateChecker") return h(Lazy, { key: "twins", view: DUPLICATES, search });
    if (path === "/") return FrontPage();
    const [, kind] = path.match(/^\/(tag|group)s\/new\/?$/) ?? [];
    if (kind) return h(Lazy, { key: `new-${kind}`, view: NEW_ENTITY, kind, search });
    return h(Lazy, { key: "elsewhere", view: ELSEWHERE });
  }
}

const LIST = { load: () => import("./scene-list.js"), name: "SceneList" };
const DUPLICATES = { load: () => import("./duplicates-page.js"), name: "DuplicatesPage" };
const SCENE = { load: () => import("./scene-page.js"), name: "ScenePage" };
const ELSEWHERE = { load: () => import("./elsewhere.js"), name: "Elsewhere" };
const NEW_ENTITY = { load: () => import("./entity-page.js"), name: "EntityNew" };

// A view whose module is fetched when it is first opened. If that fails, the page is broken.
class Lazy extends Component {
  didMount() {
    this.fetch();
  }

  async fetch() {
    const { view } = this.props;
    if (view.type) return;
    try {
      view.type = (await view.load())[view.name];
      if (!this.gone) this.refresh();
    } catch (error) {
      window.dispatchEvent(new CustomEvent("sandbox-broken", { detail: error }));
    }
  }

  render() {
    const { view, children, ...props } = this.props;
    return view.type ? h(view.type, props) : Loading();
  }
}

// Once broken, the page stays broken until it is loaded again.
class Boundary extends Component {
  constructor(props) {
    super(props);
    this.broken = (event) => {
      if (event.detail) this.setState({ error: event.detail });
    };
  }

  didMount() {
    window.addEventListener("sandbox-broken", this.broken);
  }

  willUnmount() {
    window.removeEventListener("sandbox-broken", this.broken);
  }

  render() {
    if (!this.state.error) return this.props.children[0] ?? null;
    return h(
      "div",
      null,
      h("h2", null, "Something went wrong."),
      h("p", null, "If you recently upgraded Stash, please reload the page or clear your cache."),
      h("details", { class: "error-message" }, String(this.state.error)),
    );
  }
}

function FrontPage() {
  return h(
    "div",
    { class: "recommendations-container" },
    h("h2", null, "Practice Stash"),
    h("p", null, "A sandbox with an invented library. Nothing here is real."),
    h("p", null, h(Link, { href: "/scenes?sortby=path" }, t("scenes"))),
  );
}

function TopNav({ logout }) {
  const { path } = here();
  return h(
    "nav",
    { class: "top-nav navbar navbar-expand-xl navbar-dark bg-dark fixed-top" },
    h(
      "div",
      { class: "bg-dark order-sm-1 navbar-collapse collapse" },
      h("div", { class: "navbar-nav" }, MENU.map((entry) => menuEntry(entry, path))),
      h("div", { class: "navbar-nav" }, utilities(logout)),
    ),
    h(
      "div",
      { class: "navbar-brand" },
      h(
        "a",
        { href: "/", onClick: followLink },
        h(
          "button",
          { type: "button", class: "minimal brand-link d-inline-block btn btn-primary" },
          "Stash",
        ),
      ),
      h("span", { class: "sandbox-mark", title: "The practice Stash of stashbot" }, "sandbox"),
    ),
    h(
      "div",
      { class: "navbar-buttons flex-row ml-auto order-xl-2 navbar-nav" },
      utilities(logout),
      h(
        "button",
        {
          type: "button",
          "aria-label": "Toggle navigation",
          class: "nav-menu-toggle ml-sm-2 navbar-toggler collapsed",
        },
        Icon("bars"),
      ),
    ),
  );
}

function menuEntry([key, href, icon], path) {
  const active = path === href || (path.startsWith(`${href}/`) && key !== "scenes");
  return h(
    "div",
    { key, "data-rb-event-key": href, class: "col-4 col-sm-3 col-md-2 col-lg-auto nav-link" },
    h(
      "a",
      {
        href,
        onClick: followLink,
        class:
          "minimal p-4 p-xl-2 d-flex d-xl-inline-block flex-column justify-content-between " +
          `align-items-center ${active ? "active " : ""}btn btn-primary`,
      },
      Icon(icon, "nav-menu-icon d-block d-xl-inline mb-2 mb-xl-0"),
      h("span", null, t(key)),
    ),
  );
}

function utilities(logout) {
  const donate = "https://opencollective.com/stashapp";
  const button = (title, icon, extra) =>
    h("button", { title, type: "button", class: `${extra} btn btn-primary` }, Icon(icon));
  const flat = "minimal d-flex align-items-center h-100";
  return [
    h(
      "a",
      { target: "_blank", href: donate, "data-rb-event-key": donate, class: "nav-utility nav-link" },
      h(
        "button",
        { title: t("donate"), type: "button", class: "minimal donate btn btn-primary" },
        Icon("heart"),
        h("span", { class: "d-none d-sm-inline" }, t("donate")),
      ),
    ),
    h(Link, { class: "nav-utility", href: "/stats" }, button(t("statistics"), "chart-column", flat)),
    h(Link, { class: "nav-utility", href: "/settings" }, button(t("settings"), "gear", flat)),
    button(t("help"), "circle-question", "nav-utility minimal"),
    logout
      ? h(
          "a",
          { class: "nav-utility", href: "/logout" },
          button(t("logout"), "right-from-bracket", "minimal logout-button"),
        )
      : null,
  ];
}

function ReleaseNotes({ close }) {
  return h(
    Modal,
    {
      icon: "gears",
      header: t("releaseNotes"),
      accept: { text: t("close"), onClick: close },
    },
    h(
      "div",
      { class: "m-n3" },
      h(
        "div",
        { class: "p-3 markdown" },
        h("h3", null, `v${release}`),
        h("p", null, "This is a practice Stash: an invented library to try stashbot on."),
        h("p", null, "These notes cover the page until they are closed, as Stash's own do."),
      ),
    ),
  );
}
