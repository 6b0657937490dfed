// What a fault of the page shows once: a toast, a dialog, a popup.

export function announce({ kind, value }) {
  if (kind === "toast") showToast(value || "Sandbox");
  if (kind === "modal") showDialog("fade ModalComponent modal show", value || "Sandbox");
  if (kind === "popup") showDialog("sandbox-popup", value || "Sandbox");
}

function showToast(text) {
  const dom = document.createElement("div");
  dom.className = "fade toast warning show sandbox-extra";
  dom.setAttribute("role", "alert");
  dom.innerHTML = '<div class="toast-header"><span class="mr-auto"></span></div>';
  dom.querySelector("span").textContent = text;
  const place = () => document.querySelector(".toast-container");
  whenThere(place, (container) => {
    container.classList.remove("hidden");
    container.append(dom);
  });
}

function showDialog(classes, text) {
  const dom = document.createElement("div");
  dom.className = classes;
  dom.setAttribute("role", "dialog");
  dom.style.display = "block";
  dom.innerHTML =
    '<div class="modal-dialog"><div class="modal-content"><div class="modal-body"></div>' +
    '<div class="ModalFooter modal-footer"><button type="button" class="btn btn-primary">OK' +
    "</button></div></div></div>";
  dom.querySelector(".modal-body").textContent = text;
  dom.querySelector("button").addEventListener("click", () => dom.remove());
  whenThere(() => document.querySelector(".main"), () => document.body.append(dom));
}

function whenThere(find, then) {
  const found = find();
  if (found) then(found);
  else requestAnimationFrame(() => whenThere(find, then));
}
