// The case's own record, newest first.

import { h } from "../dom.js";
import { listed, t, timeOfDay } from "../i18n.js";
import { factWords, reasonWords } from "./wording.js";

const SHOWN = 60;

/** What is missing of each capability; a list where the record counts none. */
export function needsText(needs) {
  return listed(Object.entries(needs ?? {}).map(([capability, n]) => `${t(`capability.${capability}`)}${n > 1 ? ` ×${n}` : ""}`));
}

function words(world, entry) {
  const facts = { ...entry.facts };
  facts.call_sign ??= world.units.get(facts.unit_id)?.call_sign ?? "";
  if (entry.kind === "incident.held") facts.needs = needsText(facts.needs);
  const reason = facts.reason || facts.end_reason;
  return `${factWords(entry.kind, facts)}${reason ? ` · ${reasonWords(reason)}` : ""}`;
}

export function timeline(world, extra) {
  const entries = extra?.entries ?? [];
  if (!entries.length) return null;
  return h(
    "section",
    { "data-key": "timeline" },
    h("h3", {}, t("timeline.title")),
    h(
      "ol",
      { class: "timeline" },
      [...entries].reverse().slice(0, SHOWN).map((entry) =>
        h(
          "li",
          { "data-key": entry.seq ?? entry.sequence ?? entry.at },
          h("time", { datetime: entry.at }, timeOfDay(entry.at, { seconds: true })),
          h("span", { class: "what" }, words(world, entry)),
        ),
      ),
    ),
  );
}
