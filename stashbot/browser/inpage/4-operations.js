// Operations

const setValue = (element, value) => {
  const kinds = { TEXTAREA: HTMLTextAreaElement, SELECT: HTMLSelectElement };
  const kind = kinds[element.tagName] || HTMLInputElement;
  Object.getOwnPropertyDescriptor(kind.prototype, "value").set.call(element, value);
  element.dispatchEvent(new Event("input", { bubbles: true }));
  element.dispatchEvent(new Event("change", { bubbles: true }));
};
const listTexts = (target) => {
  for (const strategy of target.strategies) {
    const found = matches(strategy);
    if (found.length) return found.map((element) => ("value" in element && element.tagName !== "LI" ? element.value : textOf(element)));
  }
  return [];
};
const countOf = (target) => (target.strategies.map(matches).find((list) => list.length) || []).length;
const holds = (condition, since) => {
  if (condition.not) return !holds(condition.not, since);
  if (condition.answer) {
    const entry = exchangeOf(condition.answer, since);
    return Boolean(entry) && entry.state !== "pending";
  }
  if (condition.gone) return pick(condition.gone, "attached") === undefined;
  if (condition.enabled) return pick(condition.enabled, "enabled") !== undefined;
  if (condition.text) {
    const element = pick(condition.text.target, "attached");
    return element !== undefined && textOf(element) === condition.text.value;
  }
  return pick(condition.present, condition.need || "attached") !== undefined;
};

const operations = {
  async wait(op) {
    await waitFor(op.target, op.need || "viewport", op.timeout);
    return true;
  },
  async gone(op) {
    await until(
      () => (pick(op.target, "attached") === undefined ? true : undefined),
      op.timeout,
      () => new Failure({ kind: "still-there", key: op.target.key, timeout: op.timeout }),
    );
    return true;
  },
  async click(op) {
    let ready = await waitFor(op.target, "click", op.timeout);
    if (moved.delete(ready)) {
      // Scrolling may move, cover or replace it within a frame: clicked is what is ready then.
      await frame();
      ready = await waitFor(op.target, "click", op.timeout);
    }
    if (typeof ready.focus === "function") ready.focus({ preventScroll: true });
    // The app may draw it anew when the focus moves, as Stash before 0.30 does its URL buttons.
    if (!ready.isConnected) ready = await waitFor(op.target, "click", op.timeout);
    ready.click();
    return describe(ready);
  },
  async clickIfPresent(op) {
    return pick(op.target, "click") ? operations.click(op) : null;
  },
  async fail(op) {
    throw new Failure({ kind: op.kind, key: op.key });
  },
  async unless(op, since) {
    if (holds(op.condition, since)) return [];
    return sequenceOf(op.ops, since);
  },
  async set(op) {
    const element = await waitFor(op.target, op.need || "enabled", op.timeout);
    if (element.value === op.value) return false;
    element.focus({ preventScroll: true });
    setValue(element, op.value);
    return true;
  },
  async press(op) {
    const element = document.activeElement || document.body;
    for (const type of ["keydown", "keyup"]) {
      element.dispatchEvent(new KeyboardEvent(type, { key: op.value, bubbles: true, cancelable: true }));
    }
    return describe(element);
  },
  async answer(op, since) {
    const entry = await until(
      () => {
        const found = exchangeOf(op, since);
        if (found) return found.state !== "pending" ? found : undefined;
        // Nothing was sent: the form may have refused a value of its own accord.
        if (op.refused && pick(op.refused, "attached")) {
          throw new Failure({ kind: "refused", key: op.refused.key, held: listTexts(op.refused) });
        }
        return undefined;
      },
      op.timeout,
      () => {
        const found = exchangeOf(op, since);
        return new Failure({ kind: "no-answer", operation: op.operation, sent: Boolean(found), timeout: op.timeout });
      },
    );
    return entry;
  },
  async race(op, since) {
    return until(
      () => {
        const index = op.conditions.findIndex((condition) => holds(condition, since));
        return index < 0 ? undefined : index;
      },
      op.timeout,
      () => new Failure({ kind: "none-of", conditions: op.conditions.map((c) => JSON.stringify(c).slice(0, 200)), timeout: op.timeout }),
    );
  },
  // Resolves once the document has not changed for `ms`, or says false at the timeout.
  async quiet(op) {
    return new Promise((resolve) => {
      let timer = 0;
      const finish = (value) => {
        observer.disconnect();
        clearTimeout(timer);
        clearTimeout(deadline);
        resolve(value);
      };
      const restart = () => {
        clearTimeout(timer);
        timer = setTimeout(() => finish(true), op.ms);
      };
      const observer = new MutationObserver(restart);
      const deadline = setTimeout(() => finish(false), op.timeout);
      observer.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
      restart();
    });
  },
  async texts(op) {
    return listTexts(op.target);
  },
  async count(op) {
    return countOf(op.target);
  },
  async present(op) {
    return pick(op.target, op.need || "attached") !== undefined;
  },
  async value(op) {
    const element = await waitFor(op.target, "attached", op.timeout);
    return "value" in element ? element.value : textOf(element);
  },
  async text(op) {
    const element = pick(op.target, "attached");
    return element === undefined ? null : textOf(element);
  },
  // In-app navigation as a person's back button does it: no reload, no autoplay.
  async go(op) {
    if (location.pathname + location.search === op.path) return false;
    history.pushState({}, "", op.path);
    dispatchEvent(new PopStateEvent("popstate", { state: {} }));
    return true;
  },
  // Proves that nothing lies over the page and closes a notification; fails where a dialog is open.
  async clean(op) {
    for (const target of op.targets) {
      const count = countOf(target);
      if (count) throw new Failure({ kind: "dirty", key: target.key, count });
    }
    const close = pick(op.toast, "attached");
    if (close) close.click();
    return true;
  },
  async path() {
    return location.pathname + location.search;
  },
  // What each strategy of a target finds just now, without waiting or scrolling.
  async inspect(op) {
    return op.target.strategies.map((strategy) => {
      const all = matches(strategy);
      const first = all.length ? describe(all[0]) : null;
      return { count: all.length, visible: all.filter(visible).length, first };
    });
  },
  // Has a video load its metadata and nothing more; says what the element then reports.
  async metadata(op) {
    const video = await waitFor(op.target, "attached", op.timeout);
    video.preload = "metadata";
    video.load();
    const loaded = () => (video.error || video.readyState >= HTMLMediaElement.HAVE_METADATA ? true : undefined);
    const timedOut = () => new Failure({ kind: "not-ready", key: op.target.key, reasons: { metadata: "not loaded" }, count: 0, timeout: op.timeout });
    await until(loaded, op.timeout, timedOut);
    const { duration, videoWidth: width, videoHeight: height, error } = video;
    const live = !Number.isFinite(duration);
    return { duration: live ? null : duration, width, height, error: error ? error.message || `code ${error.code}` : null };
  },
  async fewer(op) {
    await until(
      () => (countOf(op.target) < op.than ? true : undefined),
      op.timeout,
      () => new Failure({ kind: "still-there", key: op.target.key, timeout: op.timeout }),
    );
    return true;
  },
  async exchanges(op) {
    return exchanges
      .filter((entry) => entry.seq > (op.since || 0))
      .map(({ payload, variables, ...entry }) => ({ ...entry, variables: Object.keys(variables) }));
  },
};
