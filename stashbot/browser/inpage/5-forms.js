// Operations on the widgets of forms: lists of inputs and selects

Object.assign(operations, {
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
      // While a select loads its options it has no such button: only a full set can be counted.
      const buttons = () => found(op.remove);
      await until(() => (buttons().length === labels.length ? true : undefined), op.timeout, notHeld);
      const button = buttons()[labels.indexOf(name)];
      // A value's own button listens to clicks, the one that empties a select to the press.
      button.dispatchEvent(new MouseEvent("mousedown", { bubbles: true, cancelable: true }));
      if (button.isConnected) button.click();
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
});
