// Why this unit and not another, as the service wrote it down when it decided.

import { h } from "../dom.js";
import { t } from "../i18n.js";

export function decision(_world, _incident, extra) {
  if (!extra?.decisions?.length) return null;
  return h("section", { "data-key": "decision" }, h("h3", {}, t("decision.title")));
}
