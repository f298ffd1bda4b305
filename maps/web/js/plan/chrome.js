// The bar across the planner's page, and what stands over its map.

import { h, paint } from "../dom.js";
import { otherLanguage, t } from "../i18n.js";
import { currentTheme } from "../theme.js";
import { button } from "../ui/parts.js";

export function paintTop(bar, region) {
  const dark = currentTheme() === "dark";
  paint(
    bar,
    h("span", { class: "mark", "aria-hidden": "true" }),
    h("h1", {}, t("plan.title")),
    h("span", { class: "plan-region" }, region ?? ""),
    h("nav", { class: "plan-links", "aria-label": t("plan.pages") }, h("a", { class: "button", "data-kind": "bare", href: "/" }, t("plan.desk"))),
    button(t("language.switch"), { action: "language", kind: "bare", sign: "globe", class: "button language", lang: otherLanguage() }),
    button(t(dark ? "theme.light" : "theme.dark"), { action: "theme", kind: "bare", sign: dark ? "sun" : "moon", iconOnly: true }),
    button(t("session.leave"), { action: "leave", kind: "bare", sign: "leave", iconOnly: true }),
  );
}

/** What a press on the map would do, what its colours mean, what is pointed at. */
export function paintCorner(map, { picking, layer, bands, pointed }) {
  let corner = map.querySelector(".plan-corner");
  if (!corner) map.append((corner = h("div", { class: "plan-corner" })));
  paint(
    corner,
    picking ? h("div", { class: "plan-hint", role: "status", "data-key": "hint" }, h("span", {}, t(`plan.pick.${picking}`)), button(t("dialog.back"), { action: "pick-stop" })) : null,
    layer && bands?.length ? legend(layer, bands, pointed) : null,
  );
  // Colours go through the object model: the page's policy forbids style attributes.
  for (const swatch of corner.querySelectorAll("i[data-colour]")) swatch.style.background = swatch.dataset.colour;
}

const legend = (layer, bands, pointed) =>
  h(
    "div",
    { class: "plan-legend", "data-key": "legend" },
    h("b", {}, t(`plan.layer.${layer}`), layer === "late" ? "" : ` · ${t("plan.min")}`),
    h("span", { class: "plan-bands" }, bands.map(({ colour, text }) => h("span", {}, h("i", { "data-colour": colour }), text))),
    h("span", { class: "plan-pointed" }, pointed ?? t("plan.point")),
  );
