// Checks: what many keys find, and where that is

Object.assign(operations, {
  async countKeys(op) {
    const began = performance.now();
    const heldMs = op.keys.map(() => null); // when a key began to hold; null while it does not
    const look = () => op.keys.map(({ target, expected }, place) => {
      const strategies = target.strategies.map((strategy) => {
        const all = matches(strategy);
        return { count: all.length, visible: all.filter(visible).length, first: all.length ? describe(all[0]) : null };
      });
      const numbers = strategies.map(({ count, visible }) => (target.visible === false ? count : visible));
      const serving = numbers.find((number) => number && !(target.unique && number > 1)) || 0;
      const holds = expected === null ? serving > 0 : serving === expected;
      if (!holds) heldMs[place] = null;
      else if (heldMs[place] === null) heldMs[place] = Math.round(performance.now() - began);
      return strategies;
    });
    const allHold = () => heldMs.every(given);
    let found = look();
    let settled = allHold();
    if (!settled) {
      let scheduled = false;
      settled = await untilIdle(op.idleMs, op.timeout, (finish) => {
        if (scheduled) return;
        scheduled = true;
        requestAnimationFrame(() => {
          scheduled = false;
          look();
          if (allHold()) finish(true);
        });
      });
      found = look();
    }
    return { settled, keys: found.map((strategies, place) => ({ strategies, heldMs: heldMs[place] })) };
  },
  async readBoxes(op) {
    return op.targets.map((target) => {
      return findAll(target).filter(visible).slice(0, op.limit).map((element) => {
        const { left, top, width, height } = element.getBoundingClientRect();
        return [left, top, width, height].map(Math.round);
      });
    });
  },
  async readPageHeight() {
    const boxes = [document.scrollingElement, ...document.querySelectorAll("body *")];
    const hidden = boxes.map((box) => {
      const below = box.scrollHeight - box.clientHeight;
      if (below <= 0 || (box !== document.scrollingElement && !/auto|scroll/.test(getComputedStyle(box).overflowY))) return 0;
      return below;
    });
    return innerHeight + Math.max(0, ...hidden);
  },
});
