// Operations on the widgets of forms: lists of inputs, and selects

Object.assign(operations, {
  async fillList(op) {
    const inputs = () => findAll(op.target);
    const filled = () => inputs().filter((input) => input.value !== "");
    const shown = () => filled().map((input) => input.value);
    const notFilled = () => new Failure({ kind: "not-filled", key: op.target.key, wanted: op.values, shown: shown() });
    while (filled().length > op.values.length) {
      const before = filled().length;
      setValue(filled()[before - 1], "");
      await until(() => (filled().length < before ? true : undefined), op.timeout, notFilled);
    }
    for (const [place, value] of op.values.entries()) {
      const input = await until(() => inputs()[place], op.timeout, notFilled); // the last one adds one
      if (input.value === value) continue;
      input.focus({ preventScroll: true });
      setValue(input, value);
      await until(() => (inputs()[place] && inputs()[place].value === value ? true : undefined), op.timeout, notFilled);
    }
    return shown();
  },
  async fillSelect(op) {
    // A name without what Stash writes beside it.
    const nameIn = (element) => {
      const copy = element.cloneNode(true);
      for (const { css } of op.aside.strategies) copy.querySelectorAll(css).forEach((node) => node.remove());
      return textOf(copy);
    };
    const shown = () => findAll(op.values).map(nameIn);
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
    const notFilled = () => new Failure({ kind: "not-filled", key: op.values.key, wanted, shown: shown() });
    for (const name of op.single ? [] : minus(shown(), wanted)) {
      const labels = shown();
      // While a select loads its options it has no such button: only a full set can be counted.
      const buttons = () => findAll(op.remove);
      await until(() => (buttons().length === labels.length ? true : undefined), op.timeout, notFilled);
      const button = buttons()[labels.indexOf(name)];
      // A value's own button listens to clicks, the one that empties a select to the press.
      button.dispatchEvent(new MouseEvent("mousedown", { bubbles: true, cancelable: true }));
      if (button.isConnected) button.click();
      await until(() => (shown().length < labels.length ? true : undefined), op.timeout, notFilled);
    }
    const left = shown();
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
      const before = shown();
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
      const added = () => minus(shown(), op.single ? [] : before).includes(choice.name);
      await until(() => (added() ? true : undefined), op.timeout, notFilled);
    }
    if (choices.length && document.activeElement) document.activeElement.blur();
    return shown();
  },
});
