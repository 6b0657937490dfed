// Operations on the widgets of forms: lists of inputs, and selects

Object.assign(operations, {
  async fillList(op) {
    const inputs = () => findAll(op.target);
    const filled = () => inputs().filter((input) => input.value !== "");
    const held = () => filled().map((input) => input.value);
    const notHeld = () => new Failure({ kind: "not-held", key: op.target.key, wanted: op.values, held: held() });
    while (filled().length > op.values.length) {
      const before = filled().length;
      setValue(filled()[before - 1], "");
      await until(() => (filled().length < before ? true : undefined), op.timeout, notHeld);
    }
    for (const [place, value] of op.values.entries()) {
      const input = await until(() => inputs()[place], op.timeout, notHeld); // the last one adds one
      if (input.value === value) continue;
      input.focus({ preventScroll: true });
      setValue(input, value);
      await until(() => (inputs()[place] && inputs()[place].value === value ? true : undefined), op.timeout, notHeld);
    }
    return held();
  },
  async fillSelect(op) {
    // A name without what Stash writes beside it.
    const nameIn = (element) => {
      const copy = element.cloneNode(true);
      for (const { css } of op.aside.strategies) copy.querySelectorAll(css).forEach((node) => node.remove());
      return textOf(copy);
    };
    const held = () => findAll(op.values).map(nameIn);
    // `names` without those of `others`, each taken away once.
    const minus = (names, others) => {
      const left = [...others];
      return names.filter((name) => {
        const place = left.indexOf(name);
        if (place >= 0) left.splice(place, 1);
        return place < 0;
      });
    };
    const wanted = op.choices.map((choice) => choice.name);
    const notHeld = () => new Failure({ kind: "not-held", key: op.values.key, wanted, held: held() });
    for (const name of op.single ? [] : minus(held(), wanted)) {
      const labels = held();
      // While a select loads its options it has no such button: only a full set can be counted.
      const buttons = () => findAll(op.remove);
      await until(() => (buttons().length === labels.length ? true : undefined), op.timeout, notHeld);
      const button = buttons()[labels.indexOf(name)];
      // A value's own button listens to clicks, the one that empties a select to the press.
      button.dispatchEvent(new MouseEvent("mousedown", { bubbles: true, cancelable: true }));
      if (button.isConnected) button.click();
      await until(() => (held().length < labels.length ? true : undefined), op.timeout, notHeld);
    }
    const left = held();
    const choices = op.choices.filter(({ name }) => {
      const place = left.indexOf(name);
      if (place >= 0) left.splice(place, 1);
      return place < 0;
    });
    for (const choice of choices) {
      const inputs = findAll(op.input);
      const input = inputs[inputs.length - 1]; // groups have one a row, and the last one adds
      if (!input) throw notReady(op.input, "attached", 0);
      input.scrollIntoView({ behavior: "instant", block: "center" });
      input.focus({ preventScroll: true });
      setValue(input, choice.name);
      const before = held();
      const option = await until(
        () => {
          const named = findAll(op.option).filter((element) => nameIn(element) === choice.name);
          if (named.length <= 1) return named[0];
          const linked = named.filter((element) => element.querySelector(choice.link));
          if (linked.length === 1) return linked[0];
          throw new Failure({ kind: "ambiguous", key: op.option.key, count: named.length, reasons: {} });
        },
        op.timeout,
        () => notReady({ ...op.option, key: `${op.option.key} ${JSON.stringify(choice.name)}` }, "attached", op.timeout),
      );
      option.click();
      const added = () => minus(held(), op.single ? [] : before).includes(choice.name);
      await until(() => (added() ? true : undefined), op.timeout, notHeld);
    }
    if (choices.length && document.activeElement) document.activeElement.blur();
    return held();
  },
});
