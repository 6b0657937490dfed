// Operations, as the functions of actions.py make them

const setValue = (element, value) => {
  const kinds = { TEXTAREA: HTMLTextAreaElement, SELECT: HTMLSelectElement };
  const kind = kinds[element.tagName] || HTMLInputElement;
  // React puts a setter of its own on each input and overlooks values that are set through it.
  Object.getOwnPropertyDescriptor(kind.prototype, "value").set.call(element, value);
  element.dispatchEvent(new Event("input", { bubbles: true }));
  element.dispatchEvent(new Event("change", { bubbles: true }));
};
const valueOf = (element) => ("value" in element && element.tagName !== "LI" ? element.value : textOf(element));
const textsOf = (target) => findAll(target).map(valueOf);
const atPlace = (target, nth) =>
  given(nth) ? { ...target, strategies: target.strategies.map((strategy) => ({ ...strategy, nth })) } : target;

const conditions = {
  present: ({ target, readiness }) => findReady(target, readiness) !== undefined,
  absent: ({ target }) => findReady(target, "attached") === undefined,
  answered(condition, since) {
    const entry = exchangeOf(condition, since);
    return Boolean(entry) && entry.state !== "pending";
  },
  not: ({ condition }, since) => !holds(condition, since),
};
const holds = (condition, since) => conditions[condition.is](condition, since);
const nameOf = (condition) =>
  condition.is === "not" ? `not ${nameOf(condition.condition)}` : `${condition.is} ${condition.target ? condition.target.key : condition.operation}`;

const operations = {
  async click(op) {
    const target = atPlace(op.target, op.nth);
    let ready = await waitFor(target, "click", op.timeout);
    if (scrolled.delete(ready)) {
      // Scrolling may move, cover or replace it within a frame: clicked is what is ready then.
      await frame();
      ready = await waitFor(target, "click", op.timeout);
    }
    if (typeof ready.focus === "function") ready.focus({ preventScroll: true });
    // The app may draw it anew when the focus moves, as Stash before 0.30 does its URL buttons.
    if (!ready.isConnected) ready = await waitFor(target, "click", op.timeout);
    ready.click();
    return describe(ready);
  },
  async clickIfPresent(op) {
    return findReady(op.target, "click") ? operations.click(op) : null;
  },
  async setValue(op) {
    const element = await waitFor(op.target, "enabled", op.timeout);
    if (element.value === op.value) return false;
    element.focus({ preventScroll: true });
    setValue(element, op.value);
    return true;
  },
  async navigate(op) {
    if (location.pathname + location.search === op.path) return false;
    history.pushState({}, "", op.path);
    dispatchEvent(new PopStateEvent("popstate", { state: {} }));
    return true;
  },
  async assertClean(op) {
    for (const target of op.covers) {
      const { length: count } = findAll(target);
      if (count) throw new Failure({ kind: "dirty", key: target.key, count });
    }
    const close = findReady(op.toast, "attached");
    if (close) close.click();
    return true;
  },
  async unless(op, since) {
    if (holds(op.condition, since)) return [];
    return sequenceOf(op.operations, since);
  },
  async fail(op) {
    throw new Failure({ kind: op.kind, key: op.key });
  },

  async wait(op, since) {
    const isVain = op.unless ? () => holds(op.unless, since) : undefined;
    await waitFor(op.target, op.readiness, op.timeout, isVain);
    return true;
  },
  async waitUntilGone(op) {
    await until(
      () => (findReady(op.target, "attached") === undefined ? true : undefined),
      op.timeout,
      () => new Failure({ kind: "still-there", key: op.target.key, timeout: op.timeout }),
    );
    return true;
  },
  async waitForFewer(op) {
    await until(
      () => (findAll(op.target).length < op.than ? true : undefined),
      op.timeout,
      () => new Failure({ kind: "still-there", key: op.target.key, timeout: op.timeout }),
    );
    return true;
  },
  async waitForAnswer(op, since) {
    return until(
      () => {
        const entry = exchangeOf(op, since);
        if (entry) return entry.state !== "pending" ? entry : undefined;
        // The app sent nothing: its form may have refused a value.
        if (op.refusal && findReady(op.refusal, "attached")) {
          throw new Failure({ kind: "refused", key: op.refusal.key, shown: textsOf(op.refusal) });
        }
        return undefined;
      },
      op.timeout,
      () => new Failure({ kind: "no-answer", operation: op.operation, sent: Boolean(exchangeOf(op, since)), timeout: op.timeout }),
    );
  },
  async waitUntilIdle(op) {
    return untilIdle(op.idleMs, op.timeout);
  },
  async race(op, since) {
    return until(
      () => {
        const place = op.conditions.findIndex((condition) => holds(condition, since));
        return place < 0 ? undefined : place;
      },
      op.timeout,
      () => new Failure({ kind: "none-of", conditions: op.conditions.map(nameOf), timeout: op.timeout }),
    );
  },

  async isPresent(op) {
    return findReady(op.target, op.readiness) !== undefined;
  },
  async count(op) {
    return findAll(op.target).length;
  },
  async readText(op) {
    const element = findReady(op.target, "attached");
    return element === undefined ? null : textOf(element);
  },
  async readTexts(op) {
    return textsOf(op.target);
  },
  async readValue(op) {
    return valueOf(await waitFor(op.target, "attached", op.timeout));
  },
  async readPath() {
    return location.pathname + location.search;
  },
  async readVideo(op) {
    const video = await waitFor(op.target, "attached", op.timeout);
    video.preload = "metadata";
    video.load();
    const loaded = () => (video.error || video.readyState >= HTMLMediaElement.HAVE_METADATA ? true : undefined);
    const timedOut = () => new Failure({ kind: "not-ready", key: op.target.key, reasons: { metadata: "not loaded" }, timeout: op.timeout });
    await until(loaded, op.timeout, timedOut);
    const { duration, videoWidth: width, videoHeight: height, error } = video;
    const live = !Number.isFinite(duration);
    return { duration: live ? null : duration, width, height, error: error ? error.message || `code ${error.code}` : null };
  },
};
