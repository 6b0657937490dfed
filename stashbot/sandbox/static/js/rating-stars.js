// Five stars. A press on the star that is the rating takes it away.

import { Icon } from "./icons.js";
import { h } from "./vdom.js";

export function RatingStars({ value, onSet }) {
  const rating = Math.round((value ?? 0) / 20);
  const star = (number) =>
    h(
      "button",
      {
        key: number,
        title: String(rating),
        type: "button",
        class: `minimal star-fill-${number <= rating ? 100 : 0} btn btn-secondary`,
        onClick: () => onSet(rating === number ? null : number * 20),
      },
      h("div", { class: "filled-star" }, Icon("star", "set")),
      h("div", { class: "unfilled-star" }, Icon("star", "unset", "far")),
    );
  return h(
    "div",
    { class: "rating-stars rating-stars-precision-full" },
    [1, 2, 3, 4, 5].map(star),
    h("span", { class: "star-rating-number" }),
  );
}
