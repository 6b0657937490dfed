// Checks: what a whole list of keys finds, once the page has come to rest

Object.assign(operations, {
  // Looks at all targets until each finds what it must, or the document has been still for `ms`.
  // Each gets what its strategies find, and after how many milliseconds it held.
  async check(op) {
    const began = performance.now();
    const held = op.targets.map(() => null);
    const look = () => op.targets.map(({ target, expected }, place) => {
      const answers = target.strategies.map((strategy) => {
        const all = matches(strategy);
        return { count: all.length, visible: all.filter(visible).length, first: all.length ? describe(all[0]) : null };
      });
      const numbers = answers.map((answer) => (target.visible === false ? answer.count : answer.visible));
      const serving = numbers.find((number) => number && !(target.unique && number > 1)) || 0;
      const holds = expected === null ? serving > 0 : serving === expected;
      if (!holds) held[place] = null;
      else if (held[place] === null) held[place] = Math.round(performance.now() - began);
      return answers;
    });
    let found = look();
    let settled = held.every((ms) => ms !== null);
    if (!settled) {
      settled = await new Promise((resolve) => {
        let timer = 0;
        const finish = (value) => {
          observer.disconnect();
          clearTimeout(timer);
          clearTimeout(deadline);
          resolve(value);
        };
        let asked = false;
        const ask = () => {
          asked = false;
          found = look();
          if (held.every((ms) => ms !== null)) finish(true);
        };
        const restart = () => {
          clearTimeout(timer);
          timer = setTimeout(() => finish(true), op.ms);
          if (!asked) {
            asked = true;
            requestAnimationFrame(ask);
          }
        };
        const observer = new MutationObserver(restart);
        const deadline = setTimeout(() => finish(false), op.timeout);
        observer.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
        restart();
      });
      found = look();
    }
    return { settled, found: found.map((answers, place) => ({ answers, held: held[place] })) };
  },
  // Where the elements of each target are, in CSS pixels of the viewport: at most `limit` a target.
  async boxes(op) {
    return op.targets.map((target) => {
      const serving = target.strategies.map(matches).find((list) => list.length) || [];
      return serving.filter(visible).slice(0, op.limit).map((element) => {
        const { left, top, width, height } = element.getBoundingClientRect();
        return [left, top, width, height].map(Math.round);
      });
    });
  },
  // How tall the page would like to be, with all boxes that scroll.
  async height() {
    const boxes = [document.scrollingElement, ...document.querySelectorAll("body *")];
    const beyond = boxes.map((box) => {
      const more = box.scrollHeight - box.clientHeight;
      if (more <= 0 || (box !== document.scrollingElement && !/auto|scroll/.test(getComputedStyle(box).overflowY))) return 0;
      return more;
    });
    return innerHeight + Math.max(0, ...beyond);
  },
});
