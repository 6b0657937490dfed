// Selectors for elements that healing found

const TRIES = 600;
const BY_PLACE = 60; // the cost of a place among siblings, more than of any name

// `sought` is what Python's Sought says of the element, with the tests of kindsOf.
const quoted = (value) => `"${value.replace(/["\\]/g, "\\$&")}"`;
const lasting = (value) => Boolean(value) && value.length <= 60 && !/[\d{}\s*]/.test(value);
// Attribute selectors for addresses that have the number in them.
const addressAtoms = (element, number) => {
  const atoms = [];
  for (const name of ["href", "src"]) {
    const value = element.getAttribute(name) || "";
    const found = new RegExp(`[\\w-]*/${number}(?=[/?#]|$)`).exec(value);
    if (!found) continue;
    const next = value[found.index + found[0].length];
    const part = `${found.index && value[found.index - 1] === "/" ? "/" : ""}${found[0]}${next || ""}`;
    atoms.push({ css: `[${name}${next ? "*" : "$"}=${quoted(part)}]`, cost: 0 });
  }
  return atoms;
};
// Simple selectors that match the element. The lower its cost, the longer one is likely to last.
const atomsOf = (element, { kinds, numbers, prefer }) => {
  const atoms = numbers.flatMap((number) => addressAtoms(element, number));
  const liked = (value, cost) => (prefer.includes(value) ? cost - 2 : cost);
  if (lasting(element.id)) atoms.push({ css: `#${CSS.escape(element.id)}`, cost: liked(element.id, 1), scope: true });
  for (const { name, value } of element.attributes) {
    if (!name.startsWith("data-") || TRANSIENT_DATA.test(name) || !lasting(value)) continue;
    atoms.push({ css: `[${name}=${quoted(value)}]`, cost: liked(value, 1), scope: true });
  }
  for (const [name, cost] of [["name", 2], ["for", 2], ["href", 3], ["type", 5], ["role", 5]]) {
    const value = element.getAttribute(name);
    if (lasting(value) && value !== "#") atoms.push({ css: `[${name}=${quoted(value)}]`, cost: liked(value, cost), scope: name === "role" });
  }
  for (const name of element.classList) {
    if (kinds.transient(name) || kinds.layout(name) || !lasting(name)) continue;
    const generic = kinds.generic(name);
    atoms.push({ css: `.${CSS.escape(name)}`, cost: liked(name, generic ? 4 : 2), scope: true });
  }
  const icons = iconsOf(element).filter((name) => !kinds.stateIcon(name));
  if (icons.length && icons.length <= 2) {
    for (const icon of icons) atoms.push({ css: `:has(svg[data-icon=${CSS.escape(icon)}])`, cost: 2 });
  } else if (!element.querySelector("svg") && /^(button|a)$/.test(element.localName)) {
    atoms.push({ css: ":not(:has(svg))", cost: 5 });
  }
  for (const name of prefer) {
    if (lasting(name) && element.getElementsByClassName(name).length) atoms.push({ css: `:has(.${CSS.escape(name)})`, cost: 2 });
  }
  for (const child of [...element.children].slice(0, 6)) {
    if (lasting(child.id)) atoms.push({ css: `:has(> #${CSS.escape(child.id)})`, cost: 5 });
    const own = [...child.classList].find((name) => kinds.own(name) && lasting(name));
    if (own) atoms.push({ css: `:has(> .${CSS.escape(own)})`, cost: 6 });
  }
  return atoms.sort((first, second) => first.cost - second.cost);
};
// Up to three of them together, with or without the tag.
const compoundsOf = (element, sought) => {
  const atoms = atomsOf(element, sought).slice(0, 8);
  const compounds = [{ css: element.localName, cost: 7 }];
  atoms.forEach((first, i) => {
    compounds.push({ css: first.css, cost: first.cost, strong: first.cost <= 1 });
    compounds.push({ css: element.localName + first.css, cost: first.cost + 1.5 });
    atoms.slice(i + 1).forEach((second, j) => {
      const pair = first.css + second.css;
      compounds.push({ css: pair, cost: first.cost + second.cost });
      compounds.push({ css: element.localName + pair, cost: first.cost + second.cost + 1.5 });
      for (const third of atoms.slice(i + j + 2)) compounds.push({ css: pair + third.css, cost: first.cost + second.cost + third.cost + 1 });
    });
  });
  return compounds;
};
// Selectors of ancestors, each with the combinator that leads down to the element.
const scopesOf = (element, sought) => {
  const near = ancestorsOf(element).map((ancestor, far) => {
    const atoms = atomsOf(ancestor, sought).filter((atom) => atom.scope).slice(0, 3);
    return atoms.map(({ css, cost }) => ({ css, cost: cost + 1 + far * 0.4, far }));
  });
  const singles = near.flat();
  const scopes = [{ css: "", cost: 0 }, ...singles.map(({ css, cost }) => ({ css: `${css} `, cost }))];
  for (const { css, cost, far } of singles) {
    if (far === 0) scopes.push({ css: `${css} > `, cost: cost + 0.7 });
    for (const outer of singles) {
      if (outer.far <= far) continue;
      scopes.push({ css: `${outer.css} ${css} `, cost: cost + outer.cost });
      if (far === 0) scopes.push({ css: `${outer.css} ${css} > `, cost: cost + outer.cost + 0.7 });
    }
  }
  return scopes;
};
const byPlace = (element) => ({
  css: `${element.localName}:nth-of-type(${siblingsOf(element).indexOf(element) + 1})`,
  cost: BY_PLACE,
});
// The selector of the lowest cost that finds exactly these elements; null where there is none. If
// none does, one that finds no other visible ones will do, unless the key may be hidden.
const selectorOf = (elements, sought) => {
  const wanted = new Set(elements);
  const exactly = (found) => found.length === wanted.size && found.every((element) => wanted.has(element));
  const scopes = scopesOf(elements[0], sought);
  const compounds = compoundsOf(elements[0], sought);
  const places = sought.many ? [] : [byPlace(elements[0])];
  const tries = [...compounds, ...places].flatMap((own) =>
    scopes.map((scope) => ({ css: scope.css + own.css, cost: scope.cost + own.cost + (scope.css || own.strong ? 0 : 3) })),
  );
  tries.sort((first, second) => first.cost - second.cost);
  let amongVisible = null;
  const lastResorts = tries.filter((attempt) => attempt.cost >= BY_PLACE).slice(0, 20);
  for (const { css } of [...tries.slice(0, TRIES), ...lastResorts]) {
    const found = matches({ css, text: sought.text });
    if (exactly(found)) return css;
    if (!amongVisible && sought.visible && exactly(found.filter(visible))) amongVisible = css;
  }
  return amongVisible;
};
