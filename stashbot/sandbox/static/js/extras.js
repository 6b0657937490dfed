// What an owner adds to Stash: custom script and plugins. Custom CSS is part of the frame (shell.js).

export function loadScript(src) {
  const script = document.createElement("script");
  script.src = src;
  script.async = false;
  document.head.append(script);
}

// As Stash does, the page asks for the custom script whatever the settings say.
export function loadCustomScript() {
  loadScript("/javascript");
}

const loaded = new Set();

export function loadPlugins(plugins) {
  for (const { id, enabled, paths } of plugins ?? []) {
    if (!enabled || loaded.has(id)) continue;
    loaded.add(id);
    for (const href of paths.css ?? []) {
      const link = document.createElement("link");
      Object.assign(link, { rel: "stylesheet", type: "text/css", href });
      document.head.append(link);
    }
    for (const src of paths.javascript ?? []) loadScript(src);
  }
}
