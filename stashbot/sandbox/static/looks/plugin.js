// A plugin that puts buttons beside Stash's own, in the classes of Stash's own, wherever they appear.
(() => {
  const PLACES = [
    [".scraper-group", "prepend", "btn btn-secondary"],
    [".edit-buttons", "append", "edit-button btn btn-primary"],
    [".scene-toolbar .scene-toolbar-group:last-child", "append", "minimal organized-button btn btn-secondary"],
  ];

  function inject() {
    for (const [place, how, classes] of PLACES) {
      for (const parent of document.querySelectorAll(place)) {
        if (parent.querySelector(":scope > .practice-plugin")) continue;
        const button = document.createElement("button");
        button.type = "button";
        button.className = `practice-plugin ${classes}`;
        button.textContent = "★";
        button.addEventListener("click", () => (button.dataset.pressed = "true"));
        parent[how](button);
      }
    }
  }

  new MutationObserver(inject).observe(document.body, { childList: true, subtree: true });
  inject();
})();
