// Waiting

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
