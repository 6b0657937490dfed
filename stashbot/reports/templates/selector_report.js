"use strict";
(() => {
  const box = document.getElementById("filter");
  const output = document.getElementById("shown");
  const states = [...document.querySelectorAll(".state")];
  const rows = [...document.querySelectorAll("tr[data-text]")];

  const apply = () => {
    const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
    let left = 0;
    for (const row of rows) {
      const fits = words.every((word) => row.dataset.text.includes(word));
      row.classList.toggle("out", !fits);
      left += fits;
    }
    for (const state of states) {
      const own = state.querySelectorAll("tr[data-text]");
      const fits = new Set();
      for (const row of own) if (!row.classList.contains("out")) fits.add(row.dataset.n);
      for (const mark of state.querySelectorAll(".mark"))
        mark.classList.toggle("out", !fits.has(mark.dataset.n));
      state.classList.toggle("out", words.length > 0 && fits.size === 0);
    }
    output.textContent = words.length ? `${left} of ${rows.length} keys` : "";
  };

  box.addEventListener("input", apply);
  addEventListener("keydown", (event) => {
    if (event.key === "/" && document.activeElement !== box && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      box.focus();
    } else if (event.key === "Escape" && document.activeElement === box) {
      box.value = "";
      apply();
    }
  });

  const show = (event) => {
    const row = event.target.closest?.("tr[data-n]");
    const state = row?.closest(".state");
    const mark = state?.querySelector(`.mark[data-n="${row.dataset.n}"] rect`);
    const pane = state?.querySelector(".pane");
    if (!mark || !pane || pane.scrollHeight <= pane.clientHeight) return;
    const there = mark.getBoundingClientRect();
    const seen = pane.getBoundingClientRect();
    if (there.top >= seen.top && there.bottom <= seen.bottom) return;
    pane.scrollTop += there.top - seen.top - (seen.height - Math.min(there.height, seen.height)) / 2;
  };
  addEventListener("mouseover", show);
  addEventListener("focusin", show);
  document.documentElement.classList.add("scripted");
  apply();
})();
