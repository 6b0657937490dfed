// stashbot's helper inside the page: waits on mutations, hit-tests, clicks, and keeps the answers
// that the app itself received. A whole phase of a flow is one call of `run`: one round trip.
// Installed before any script of the page; see actions.py for the operations' shapes.
(() => {
  "use strict";
  if (window.__stashbot) return;

  // ---- answers: what the app's own fetch received, newest last ---------------------------------
  const KEPT = 60;
  const BODIES = /^(Scrape|Scene|Studio|Performer|Tag|Group|Bulk|ListSceneScrapers$)/;
  const exchanges = [];
  const listeners = new Set();
  let sequence = 0;
  const notify = () => listeners.forEach((listener) => listener());

  const originalFetch = window.fetch;
  window.fetch = function fetch(input, init) {
    const promise = originalFetch.apply(this, arguments);
    const body = init && typeof init.body === "string" ? init.body : null;
    const url = typeof input === "string" ? input : (input && input.url) || "";
    if (!body || !/\/graphql(\?|$)/.test(url)) return promise;
    let request;
    try {
      request = JSON.parse(body);
    } catch {
      return promise;
    }
    const entry = {
      seq: ++sequence,
      operation: request.operationName || "",
      variables: request.variables || {},
      state: "pending",
      status: 0,
      payload: null,
      detail: "",
      started: performance.now(),
      elapsed: 0,
    };
    exchanges.push(entry);
    if (exchanges.length > KEPT) exchanges.shift();
    notify();
    const end = (state, fields) => {
      Object.assign(entry, { state, elapsed: Math.round(performance.now() - entry.started) }, fields);
      notify();
    };
    // The app aborts its request's signal once it has read the answer, and a clone with it. So the
    // body is read here, once, and the app gets a fresh Response over the same text.
    const keeps = BODIES.test(entry.operation);
    return promise.then(
      async (response) => {
        if (!keeps && response.ok) {
          end("done", { status: response.status });
          return response;
        }
        let text;
        try {
          text = await response.text();
        } catch (error) {
          end("failed", { status: response.status, detail: String(error).slice(0, 300) });
          throw error;
        }
        try {
          end("done", { status: response.status, payload: JSON.parse(text) });
        } catch {
          end("garbled", { status: response.status, detail: text.slice(0, 300) });
        }
        const { status, statusText, headers } = response;
        return new Response(text, { status, statusText, headers });
      },
      (error) => {
        end("failed", { detail: String(error).slice(0, 300) });
        throw error;
      },
    );
  };

  // ---- finding ----------------------------------------------------------------------------------
  const textOf = (element) => (element.textContent || "").trim();
  const matches = (strategy) => {
    let found = [...document.querySelectorAll(strategy.css)];
    if (strategy.text !== null && strategy.text !== undefined) {
      found = found.filter((element) => textOf(element) === strategy.text);
    }
    if (strategy.nth !== null && strategy.nth !== undefined) {
      found = found.slice(strategy.nth, strategy.nth + 1);
    }
    return found;
  };
  const describe = (element) => {
    const id = element.id ? `#${element.id}` : "";
    const classes = [...element.classList].slice(0, 4).map((name) => `.${name}`).join("");
    return `${element.tagName.toLowerCase()}${id}${classes}`;
  };
  const visible = (element) => {
    const box = element.getBoundingClientRect();
    if (!box.width || !box.height) return false;
    const style = getComputedStyle(element);
    return style.visibility === "visible" && style.display !== "none";
  };
  const centre = (element) => {
    const box = element.getBoundingClientRect();
    return { x: box.left + box.width / 2, y: box.top + box.height / 2, box };
  };
  const inViewport = (element) => {
    const { x, y } = centre(element);
    return x >= 0 && y >= 0 && x <= innerWidth && y <= innerHeight;
  };
  const cover = (element) => {
    const { x, y } = centre(element);
    const hit = document.elementFromPoint(x, y);
    if (!hit || hit === element || element.contains(hit)) return null;
    const label = hit.closest("label");
    if (label && label.control === element) return null;
    return hit;
  };
  const disabled = (element) =>
    element.matches(":disabled") || // also within a fieldset that is disabled
    element.getAttribute("aria-disabled") === "true" ||
    element.classList.contains("disabled");

  // Whether a box that scrolls, such as a long menu, hides the element's centre.
  const clipped = (element) => {
    const { x, y } = centre(element);
    for (let box = element.parentElement; box && box !== document.body; box = box.parentElement) {
      if (getComputedStyle(box).overflow === "visible") continue;
      const edge = box.getBoundingClientRect();
      if (x < edge.left || x > edge.right || y < edge.top || y > edge.bottom) return true;
    }
    return false;
  };

  // Brings an element to the centre of what shows it; remembers that it had to move.
  const moved = new WeakSet();
  const bringIn = (element) => {
    if (inViewport(element) && !(cover(element) && clipped(element))) return;
    element.scrollIntoView({ behavior: "instant", block: "center", inline: "nearest" });
    moved.add(element);
  };

  // The state of one strategy: {element} when it serves, else {reason}.
  const assess = (target, strategy, need) => {
    const all = matches(strategy);
    if (!all.length) return { reason: "absent" };
    const shown = target.visible === false || need === "attached" ? all : all.filter(visible);
    if (!shown.length) return { reason: "hidden" };
    if (target.unique && shown.length > 1) return { reason: `ambiguous: ${shown.length} matches`, count: shown.length };
    const element = shown[0];
    if (need === "attached") return { element };
    if (need === "click" || need === "enabled") {
      if (disabled(element)) return { reason: "disabled" };
    }
    if (need === "click" || need === "viewport") {
      bringIn(element);
      if (!inViewport(element)) return { reason: "off-screen" };
      const over = cover(element);
      if (over) return { reason: `covered by ${describe(over)}` };
    }
    return { element };
  };

  class Failure extends Error {
    constructor(fields) {
      super(fields.kind);
      this.fields = fields;
    }
  }

  // ---- waiting ----------------------------------------------------------------------------------
  // Resolves as soon as `check` returns something other than undefined. It is asked again after
  // every mutation, answer, scroll, resize or end of a transition; a coarse timer catches what
  // none of these announce, such as a style sheet that arrives.
  const until = (check, timeout, onTimeout) =>
    new Promise((resolve, reject) => {
      const events = ["transitionend", "animationend", "scroll", "resize", "load", "focusin"];
      let asked = false;
      let over = false;
      let heartbeat = 0;
      let deadline = 0;
      const finish = (settle, value) => {
        if (over) return;
        over = true;
        observer.disconnect();
        listeners.delete(ask);
        clearInterval(heartbeat);
        clearTimeout(deadline);
        events.forEach((name) => window.removeEventListener(name, ask, true));
        settle(value);
      };
      const look = () => {
        asked = false;
        if (over) return;
        try {
          const value = check();
          if (value !== undefined) finish(resolve, value);
        } catch (error) {
          finish(reject, error);
        }
      };
      const ask = () => {
        if (asked || over) return;
        asked = true;
        queueMicrotask(look);
      };
      const observer = new MutationObserver(ask);
      look();
      if (over) return;
      observer.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
      listeners.add(ask);
      events.forEach((name) => window.addEventListener(name, ask, true));
      heartbeat = setInterval(ask, 100);
      deadline = setTimeout(() => {
        look();
        if (!over) finish(reject, onTimeout());
      }, timeout);
    });

  const frame = () =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, 50); // a background tab draws no frames
      requestAnimationFrame(() => {
        clearTimeout(timer);
        resolve();
      });
    });

  const reasonsOf = (target, need) => {
    const reasons = {};
    let count = 0;
    for (const strategy of target.strategies) {
      const state = assess(target, strategy, need);
      const name = strategy.css + (strategy.text ? ` "${strategy.text}"` : "");
      reasons[name] = state.element ? "ready" : state.reason;
      count = Math.max(count, state.count || 0);
    }
    return { reasons, count };
  };
  const notReady = (target, need, timeout) => {
    const { reasons, count } = reasonsOf(target, need);
    return new Failure({ kind: count ? "ambiguous" : "not-ready", key: target.key, need, reasons, count, timeout });
  };
  const pick = (target, need) => {
    for (const strategy of target.strategies) {
      const { element } = assess(target, strategy, need);
      if (element) return element;
    }
    return undefined;
  };
  const waitFor = (target, need, timeout) =>
    until(() => pick(target, need), timeout, () => notReady(target, need, timeout));

  const matchesAll = (variables, wanted) =>
    Object.entries(wanted || {}).every(([path, value]) => {
      const held = path.split(".").reduce((node, part) => (node === null || node === undefined ? undefined : node[part]), variables);
      return String(held) === String(value);
    });
  const exchangeOf = (op, since) =>
    exchanges.find(
      (entry) => entry.seq > since && entry.operation === op.operation && matchesAll(entry.variables, op.match),
    );

  // ---- operations -------------------------------------------------------------------------------
  const setValue = (element, value) => {
    const kind = element.tagName === "TEXTAREA" ? HTMLTextAreaElement : HTMLInputElement;
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
      ready.click();
      return describe(ready);
    },
    async clickIfPresent(op) {
      return pick(op.target, "click") ? operations.click(op) : null;
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
    // Makes a list of inputs with a trailing blank one hold exactly `values`.
    async list(op) {
      const inputs = () => op.target.strategies.map(matches).find((list) => list.length) || [];
      const held = () => inputs().map((input) => input.value).filter((value) => value !== "");
      const notHeld = () => new Failure({ kind: "not-held", key: op.target.key, wanted: op.values, held: held() });
      while (held().length > op.values.length) {
        const before = held().length;
        const filled = inputs().filter((input) => input.value !== "");
        setValue(filled[filled.length - 1], "");
        await until(() => (held().length < before ? true : undefined), op.timeout, notHeld);
      }
      for (const [index, value] of op.values.entries()) {
        const input = await until(() => inputs()[index], op.timeout, notHeld);
        if (input.value === value) continue;
        input.focus({ preventScroll: true });
        setValue(input, value);
        await until(() => (inputs()[index] && inputs()[index].value === value ? true : undefined), op.timeout, notHeld);
      }
      return held();
    },
    // Makes a select hold exactly the `entities`, in any order. A `single` select is replaced by
    // picking; the last input of a key adds (groups have one a row). Names are compared without
    // what Stash writes beside them; of namesakes the option that links to the entity is picked.
    async select(op) {
      const bare = (element) => {
        const copy = element.cloneNode(true);
        for (const { css } of op.aside.strategies) copy.querySelectorAll(css).forEach((node) => node.remove());
        return textOf(copy);
      };
      const found = (target) => target.strategies.map(matches).find((list) => list.length) || [];
      const held = () => found(op.values).map(bare);
      const minus = (list, other) => {
        const rest = [...other];
        return list.filter((one) => {
          const at = rest.indexOf(one.name === undefined ? one : one.name);
          if (at >= 0) rest.splice(at, 1);
          return at < 0;
        });
      };
      const names = op.entities.map((entity) => entity.name);
      const notHeld = () => new Failure({ kind: "not-held", key: op.values.key, wanted: names, held: held() });
      for (const name of op.single ? [] : minus(held(), names)) {
        const labels = held();
        const button = found(op.remove)[labels.indexOf(name)];
        if (!button) throw notHeld();
        button.click();
        await until(() => (held().length < labels.length ? true : undefined), op.timeout, notHeld);
      }
      const missing = minus(op.entities, held());
      for (const entity of missing) {
        const inputs = found(op.input);
        const input = inputs[inputs.length - 1];
        if (!input) throw notReady(op.input, "attached", 0);
        input.scrollIntoView({ behavior: "instant", block: "center" });
        input.focus({ preventScroll: true });
        setValue(input, entity.name);
        const before = held();
        const option = await until(
          () => {
            const named = found(op.option).filter((one) => bare(one) === entity.name);
            if (named.length <= 1) return named[0];
            const linked = named.filter((one) => one.querySelector(entity.link));
            if (linked.length === 1) return linked[0];
            throw new Failure({ kind: "ambiguous", key: op.option.key, count: named.length, reasons: {} });
          },
          op.timeout,
          () => notReady({ ...op.option, key: `${op.option.key} ${JSON.stringify(entity.name)}` }, "attached", op.timeout),
        );
        option.click();
        await until(() => (minus([entity], minus(held(), op.single ? [] : before)).length ? undefined : true), op.timeout, notHeld);
      }
      if (missing.length && document.activeElement) document.activeElement.blur();
      return held();
    },
    async exchanges(op) {
      return exchanges
        .filter((entry) => entry.seq > (op.since || 0))
        .map(({ payload, variables, ...entry }) => ({ ...entry, variables: Object.keys(variables) }));
    },
  };

  const sequenceOf = async (ops, since) => {
    const results = [];
    for (const [index, op] of ops.entries()) {
      const started = performance.now();
      try {
        results.push(await operations[op.do](op, since));
      } catch (error) {
        if (error instanceof Failure && error.fields.at === undefined) {
          error.fields.at = index;
          error.fields.op = op.do;
          error.fields.waited = Math.round(performance.now() - started);
        }
        throw error;
      }
    }
    return results;
  };

  window.__stashbot = Object.freeze({
    async run(ops) {
      const since = sequence;
      const started = performance.now();
      try {
        const results = await sequenceOf(ops, since);
        return { results, elapsed: Math.round(performance.now() - started) };
      } catch (error) {
        const fields = error instanceof Failure ? error.fields : { kind: "script", detail: String((error && error.stack) || error) };
        return { failure: { ...fields, path: location.pathname } };
      }
    },
    matches: (target) => reasonsOf(target, "attached"),
  });
})();
