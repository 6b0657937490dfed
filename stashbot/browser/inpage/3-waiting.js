// Waiting for what happens in the page

const CHANGES = { subtree: true, childList: true, attributes: true, characterData: true };
const EVENTS = ["transitionend", "animationend", "scroll", "resize", "load", "focusin"];

// The app's error screens that end every wait, as `run` is given them: {target, pattern}, of which
// only the text has to match the pattern, if there is one.
let errorScreens = [];
// Throws if the app shows one of them, or did not get what it cannot do without: what is waited for
// does not come any more.
const failIfBroken = () => {
  for (const { target, pattern } of errorScreens) {
    const text = findAll(target).map(textOf).find((shown) => !pattern || new RegExp(pattern, "i").test(shown));
    if (given(text)) throw new Failure({ kind: "broken", key: target.key, shown: [text.slice(0, 500)] });
  }
  const bad = errorScreens.length ? badEssential() : undefined;
  if (bad) throw new Failure({ kind: "broken", operation: bad.operation, shown: [bad.fault] });
};

// Resolves as soon as `check` returns something other than undefined; at the timeout it rejects
// with `onTimeout()`, and before that if the app shows an error in place of the page. A `Failure`
// then says how long was waited. `check` runs again after every mutation, answer, scroll, resize or end of a
// transition. A coarse timer catches what none of these announce, such as a style sheet that arrives.
const until = (check, timeout, onTimeout) =>
  new Promise((resolve, reject) => {
    let scheduled = false;
    let over = false;
    let heartbeat = 0;
    let deadline = 0;
    const started = performance.now();
    const finish = (settle, value) => {
      if (over) return;
      over = true;
      if (value instanceof Failure) value.fields.waited = Math.round(performance.now() - started);
      observer.disconnect();
      listeners.delete(schedule);
      clearInterval(heartbeat);
      clearTimeout(deadline);
      EVENTS.forEach((name) => window.removeEventListener(name, schedule, true));
      settle(value);
    };
    const look = () => {
      scheduled = false;
      if (over) return;
      try {
        const value = check();
        if (value !== undefined) finish(resolve, value);
        else failIfBroken();
      } catch (error) {
        finish(reject, error);
      }
    };
    const schedule = () => {
      if (scheduled || over) return;
      scheduled = true;
      queueMicrotask(look);
    };
    const observer = new MutationObserver(schedule);
    look();
    if (over) return;
    observer.observe(document, CHANGES);
    listeners.add(schedule);
    EVENTS.forEach((name) => window.addEventListener(name, schedule, true));
    heartbeat = setInterval(schedule, 100);
    deadline = setTimeout(() => {
      look();
      if (!over) finish(reject, onTimeout());
    }, timeout);
  });

// Resolves to true once the document has not changed for `idleMs`, to false at the timeout.
// `onChange` runs after each change.
const untilIdle = (idleMs, timeout, onChange = () => {}) =>
  new Promise((resolve) => {
    let timer = 0;
    const finish = (idle) => {
      observer.disconnect();
      clearTimeout(timer);
      clearTimeout(deadline);
      resolve(idle);
    };
    const restart = () => {
      clearTimeout(timer);
      timer = setTimeout(() => finish(true), idleMs);
      onChange(finish);
    };
    const observer = new MutationObserver(restart);
    const deadline = setTimeout(() => finish(false), timeout);
    observer.observe(document, CHANGES);
    restart();
  });

const frame = () =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, 50); // a background tab draws no frames
    requestAnimationFrame(() => {
      clearTimeout(timer);
      resolve();
    });
  });

// Waits for a ready element; where `isVain` says that it will not come, it fails at once.
const waitFor = (target, readiness, timeout, isVain = () => false) =>
  until(
    () => {
      const element = findReady(target, readiness);
      if (element !== undefined) return element;
      failIfBroken(); // before the page says that it lacks what only the answer lacked
      if (isVain()) throw notReady(target, readiness, timeout);
      return undefined;
    },
    timeout,
    () => notReady(target, readiness, timeout),
  );

// Whether the variables have these values at these dotted paths.
const variablesHave = (variables, wanted) =>
  Object.entries(wanted).every(([path, value]) => {
    const found = path.split(".").reduce((node, part) => (given(node) ? node[part] : undefined), variables);
    return String(found) === String(value);
  });
// The first exchange after `since` that is meant by {operation, variables}.
const exchangeOf = ({ operation, variables }, since) =>
  exchanges.find(
    (entry) => entry.seq > since && entry.operation === operation && variablesHave(entry.variables, variables),
  );
