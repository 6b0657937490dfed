// A look-alike of react-select's asynchronous, creatable select: same classes, same habits.
// Options are asked for after a pause in typing; until they arrive Enter does nothing.

import { arrow, cross, hasName, liveRegion, placedMenu } from "./select-parts.js";
import { Component, h } from "./vdom.js";

let count = 1;
const PAUSE = 100;

export class Select extends Component {
  constructor(props) {
    super(props);
    this.id = `react-select-${++count}`;
    this.state = { input: "", open: false, focused: false, at: 0, options: null, asked: null };
  }

  didMount() {
    if (!this.props.disabled) this.load("", 0);
  }

  willUnmount() {
    clearTimeout(this.timer);
  }

  get values() {
    const { value } = this.props;
    return this.props.multi ? value : value ? [value] : [];
  }

  load(input, pause = PAUSE) {
    clearTimeout(this.timer);
    const wanted = (this.wanted = {});
    this.setState({ options: null });
    this.timer = setTimeout(async () => {
      try {
        const options = await this.props.load(input);
        if (this.wanted === wanted) this.setState({ options, asked: input, at: 0 });
      } catch {
        if (this.wanted === wanted) this.setState({ options: [], asked: input, at: 0 });
      }
    }, pause);
  }

  // What the menu offers now: known objects that are not chosen, and last the creation of a new one.
  offered() {
    const { options, input } = this.state;
    if (options === null) return [];
    const chosen = new Set(this.values.map((one) => one.id));
    const offered = options
      .filter((one) => !this.props.multi || !chosen.has(one.id))
      .map((one) => ({ key: one.id, object: one }));
    const text = input.trim();
    if (text && this.props.create && !options.some((one) => hasName(one, text))) {
      offered.push({ key: "create", create: text });
    }
    return offered;
  }

  type(input) {
    this.setState({ input, open: true, at: 0 });
    this.load(input);
  }

  openMenu() {
    if (!this.state.open) this.setState({ open: true, at: 0 });
  }

  closeMenu() {
    const { input } = this.state;
    this.setState({ open: false, input: "" });
    if (input) this.load("", 0);
  }

  async pick(offer) {
    this.closeMenu();
    const object = offer.create ? await this.create(offer.create) : offer.object;
    if (!object || this.gone) return;
    this.props.onChange(this.props.multi ? [...this.values, object] : object);
  }

  // A select that creates is disabled meanwhile, and so loses the focus.
  async create(name) {
    this.setState({ creating: true });
    const made = await this.props.create(name);
    this.setState({ creating: false });
    return made;
  }

  get disabled() {
    return Boolean(this.props.disabled || this.state.creating);
  }

  drop(object) {
    const left = this.values.filter((one) => one !== object);
    this.props.onChange(this.props.multi ? left : null);
  }

  keydown(event) {
    const offered = this.offered();
    const { open, input, at } = this.state;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!open) return this.openMenu();
      const step = event.key === "ArrowDown" ? 1 : -1;
      const size = Math.max(offered.length, 1);
      this.setState({ at: (at + step + size) % size });
    } else if ((event.key === "Enter" || event.key === "Tab") && open && offered[at]) {
      event.preventDefault();
      this.pick(offered[at]);
    } else if (event.key === "Enter") {
      event.preventDefault();
    } else if (event.key === "Escape" && open) {
      event.preventDefault();
      event.stopPropagation();
      this.closeMenu();
    } else if (event.key === "Backspace" && !input && this.values.length) {
      event.preventDefault();
      this.drop(this.values[this.values.length - 1]);
    }
  }

  render() {
    const { multi, class: extra } = this.props;
    const { disabled } = this;
    const { open, focused } = this.state;
    const state = disabled ? " react-select--is-disabled css-3iigni" : " css-b62m3t";
    const control =
      "react-select__control" +
      (disabled ? " react-select__control--is-disabled css-16xfy0z-control" : "") +
      (focused ? " react-select__control--is-focused" : "") +
      (open ? " react-select__control--menu-is-open" : "") +
      (disabled ? "" : focused ? " css-t3ipsp-control" : " css-13cymwt-control");
    return h(
      "div",
      { class: `react-select ${extra}${state}-container`, ref: (dom) => dom && (this.dom = dom) },
      h("span", { id: `${this.id}-live-region`, class: "css-7pg0cj-a11yText" }),
      liveRegion(this),
      h(
        "div",
        {
          class: control,
          "aria-disabled": disabled ? "true" : null,
          onMousedown: (event) => this.press(event),
        },
        h(
          "div",
          {
            class:
              "react-select__value-container" +
              (multi ? " react-select__value-container--is-multi" : "") +
              (this.values.length ? " react-select__value-container--has-value" : "") +
              " css-hlgwow",
          },
          this.shownValues(),
          this.inputNode(),
        ),
        this.indicators(),
      ),
      open && !disabled && placedMenu(this),
    );
  }

  press(event) {
    if (this.disabled || event.button !== 0) return;
    if (event.target.tagName !== "INPUT") event.preventDefault();
    if (this.state.open && event.target.tagName !== "INPUT") this.closeMenu();
    else this.openMenu();
    this.input?.focus();
  }

  shownValues() {
    const { multi, placeholder = "", label } = this.props;
    const { disabled } = this;
    if (!this.values.length) {
      if (this.state.input) return null;
      const id = `${this.id}-placeholder`;
      return h("div", { class: "react-select__placeholder css-1jqq78o-placeholder", id }, placeholder);
    }
    if (!multi) {
      if (this.state.input) return null;
      const single = `react-select__single-value css-1dimb5e-singleValue`;
      return h("div", { class: single }, label(this.values[0]));
    }
    return this.values.map((one, index) =>
      h(
        "div",
        { key: `${one.id}-${index}`, class: "react-select__multi-value css-1p3m7a8-multiValue" },
        h("div", { class: "react-select__multi-value__label css-9jq23d" }, label(one)),
        !disabled &&
          h(
            "div",
            {
              role: "button",
              class: "react-select__multi-value__remove css-v7duua",
              "aria-label": "Remove option",
              onMousedown: (event) => {
                event.preventDefault();
                event.stopPropagation();
              },
              onClick: () => this.drop(one),
            },
            cross(14),
          ),
      ),
    );
  }

  inputNode() {
    const { disabled } = this;
    const { input, open, at } = this.state;
    return h(
      "div",
      { class: "react-select__input-container css-19bb58m", "data-value": input },
      h("input", {
        class: "react-select__input",
        autocapitalize: "none",
        autocomplete: "off",
        autocorrect: "off",
        id: `${this.id}-input`,
        spellcheck: "false",
        tabindex: "0",
        type: "text",
        "aria-autocomplete": "list",
        "aria-expanded": String(open),
        "aria-haspopup": "true",
        role: "combobox",
        "aria-activedescendant": open ? `${this.id}-option-${at}` : "",
        value: input,
        disabled,
        ref: (dom) => dom && (this.input = dom),
        onInput: (event) => this.type(event.target.value),
        onKeydown: (event) => this.keydown(event),
        onFocus: () => this.setState({ focused: true }),
        onBlur: () => {
          this.setState({ focused: false });
          if (this.state.open || this.state.input) this.closeMenu();
        },
      }),
    );
  }

  indicators() {
    const { multi, onChange } = this.props;
    if (this.disabled) return h("div", { class: "react-select__indicators css-1wy0on6" });
    const clear = (event) => {
      event.preventDefault();
      event.stopPropagation();
      onChange(multi ? [] : null);
    };
    const kind = (name) => `react-select__indicator react-select__${name}-indicator`;
    return h(
      "div",
      { class: "react-select__indicators css-1wy0on6" },
      this.state.options === null &&
        this.state.open &&
        h("div", { class: `${kind("loading")} css-at12u2-loadingIndicator`, "aria-hidden": "true" }),
      this.values.length > 0 &&
        h(
          "div",
          {
            class: `${kind("clear")} css-1xc3v61-indicatorContainer`,
            "aria-hidden": "true",
            onMousedown: clear,
          },
          cross(20),
        ),
      h(
        "div",
        { class: `${kind("dropdown")} css-1xc3v61-indicatorContainer`, "aria-hidden": "true" },
        arrow(),
      ),
    );
  }
}
