// The page's part of breaking on purpose: what the sandbox was told to spoil.

let faults = [];
let watching = null;
let working = false;

export function startFaults() {
  const meta = document.querySelector('meta[name="sandbox-faults"]');
  try {
    applyFaults(JSON.parse(meta?.content || "[]"));
  } catch {
    faults = [];
  }
}

export function applyFaults(next) {
  const before = faults;
  faults = next;
  for (const fault of next) if (!before.some((one) => alike(one, fault))) announceOnce(fault);
  if (next.length && !watching) {
    watching = new MutationObserver(spoil);
    watching.observe(document.body, { childList: true, subtree: true, attributes: true });
  }
  spoil();
}

const alike = (a, b) => JSON.stringify(a) === JSON.stringify(b);

function announceOnce({ kind, value }) {
  if (!["toast", "modal", "popup"].includes(kind)) return;
  const dom = document.createElement("div");
  if (kind === "toast") {
    dom.className = "fade toast warning show sandbox-extra";
    dom.setAttribute("role", "alert");
    dom.innerHTML = '<div class="toast-header"><span class="mr-auto"></span></div>';
    dom.querySelector("span").textContent = value;
    const place = () => document.querySelector(".toast-container");
    whenThere(place, (container) => {
      container.classList.remove("hidden");
      container.append(dom);
    });
    return;
  }
  dom.className = kind === "modal" ? "fade ModalComponent modal show" : "sandbox-popup";
  dom.setAttribute("role", "dialog");
  dom.style.display = "block";
  dom.innerHTML =
    '<div class="modal-dialog"><div class="modal-content"><div class="modal-body"></div>' +
    '<div class="ModalFooter modal-footer"><button type="button" class="btn btn-primary">OK' +
    "</button></div></div></div>";
  dom.querySelector(".modal-body").textContent = value;
  dom.querySelector("button").addEventListener("click", () => dom.remove());
  whenThere(() => document.querySelector(".main"), () => document.body.append(dom));
}

function whenThere(find, then) {
  const found = find();
  if (found) then(found);
  else requestAnimationFrame(() => whenThere(find, then));
}

function spoil() {
  if (working) return;
  working = true;
  for (const { kind, selector, value } of faults) {
    if (kind === "rename") rename(selector.replace(/^\./, ""), value);
    if (kind === "duplicate") duplicate(selector, value);
    if (kind === "cover") cover(selector);
  }
  watching?.takeRecords();
  working = false;
}

function rename(name, value) {
  for (const dom of document.querySelectorAll(`.${CSS.escape(name)}`)) {
    dom.classList.remove(name);
    dom.classList.add(value);
  }
}

function duplicate(selector, value) {
  for (const dom of document.querySelectorAll(`${selector}:not(.sandbox-copy)`)) {
    if (dom.nextElementSibling?.classList.contains("sandbox-copy")) continue;
    const copy = dom.cloneNode(true);
    copy.classList.add("sandbox-copy");
    copy.disabled = false;
    if (value !== "Sandbox") copy.textContent = value;
    dom.after(copy);
  }
}

function cover(selector) {
  document.querySelectorAll(".sandbox-cover").forEach((one) => {
    if (!document.contains(one.covered)) one.remove();
  });
  for (const dom of document.querySelectorAll(selector)) {
    const sheets = [...document.querySelectorAll(".sandbox-cover")];
    let sheet = sheets.find((one) => one.covered === dom);
    if (!sheet) {
      sheet = document.createElement("div");
      sheet.className = "sandbox-cover";
      sheet.covered = dom;
      document.body.append(sheet);
    }
    const box = dom.getBoundingClientRect();
    sheet.style.cssText =
      "position:fixed;z-index:5000;background:rgba(255,160,0,.25);" +
      `left:${box.left}px;top:${box.top}px;width:${box.width}px;height:${box.height}px;`;
  }
}
