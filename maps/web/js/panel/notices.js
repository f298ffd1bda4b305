// What asks for a person at the top of the queue: alarms about crews, and reports that may be of one accident.

import { h, icon } from "../dom.js";
import { t, span } from "../i18n.js";
import { button, since } from "../ui/parts.js";
import { placeName } from "./queue.js";

const numbered = (world, id) => {
  const incident = world.incidents.get(id);
  return incident ? `#${incident.number}` : t("notice.gone");
};

function alarmCard(world, alarm) {
  const unit = world.units.get(alarm.unit_id);
  const seen = Boolean(alarm.acknowledged_at);
  return h(
    "li",
    { class: "notice", "data-key": alarm.id, "data-kind": "alarm", "data-seen": String(seen) },
    icon("warning"),
    h(
      "div",
      { class: "notice-said" },
      h("strong", {}, t(`alarm.${alarm.kind}`, { who: unit?.call_sign ?? "" })),
      h("span", { class: "quiet" }, numbered(world, alarm.incident_id), " · ", since(alarm.raised_at, world.now()), seen ? ` · ${t("alarm.seen")}` : ""),
    ),
    h(
      "span",
      { class: "notice-acts" },
      button(t("notice.look"), { action: "choose-incident", kind: "bare", "data-id": alarm.incident_id }),
      seen ? null : button(t("alarm.acknowledge"), { action: "acknowledge", "data-id": alarm.id }),
    ),
  );
}

function alike({ apart_m: m, apart_s: s, same_plate: plate, same_phone: phone, likelihood }) {
  return [
    t("duplicate.likely", { percent: Math.round(likelihood * 100) }), m === null ? null : t("duplicate.apart", { metres: Math.round(m) }), span(s),
    plate ? t("duplicate.plate") : null, phone ? t("duplicate.phone") : null,
  ].filter(Boolean).join(" · ");
}

function duplicateCard(world, duplicate) {
  const { known_id: known, opened_id: opened } = duplicate;
  const place = world.incidents.get(known);
  return h(
    "li",
    { class: "notice", "data-key": duplicate.id, "data-kind": "duplicate" },
    icon("fork"),
    h(
      "div",
      { class: "notice-said" },
      h("strong", {}, t("duplicate.title", { one: numbered(world, opened), other: numbered(world, known) })),
      h("span", { class: "quiet" }, alike(duplicate), place ? ` · ${placeName(place)}` : ""),
    ),
    h(
      "span",
      { class: "notice-acts" },
      button(t("notice.look"), { action: "choose-incident", kind: "bare", "data-id": opened ?? known }),
      button(t("duplicate.dismiss"), { action: "dismiss-duplicate", "data-id": duplicate.id }),
      button(t("duplicate.join"), { action: "join-duplicate", kind: "main", "data-id": duplicate.id }),
    ),
  );
}

/** Alarms that nobody has seen to first, then proposals, then the alarms that somebody looks after. */
export function notices(world) {
  const alarms = [...world.alarms.values()].sort((a, b) => a.raised_at.localeCompare(b.raised_at));
  const seen = alarms.filter((alarm) => alarm.acknowledged_at);
  const cards = [
    ...alarms.filter((alarm) => !alarm.acknowledged_at).map((alarm) => alarmCard(world, alarm)),
    ...[...world.duplicates.values()].map((duplicate) => duplicateCard(world, duplicate)),
    ...seen.map((alarm) => alarmCard(world, alarm)),
  ];
  return cards.length ? h("ul", { class: "notices", "data-key": "notices", "aria-label": t("notice.title") }, cards) : null;
}

/** Reports that were joined to this accident, each of which can be parted again. */
export function joinedReports(extra) {
  const joined = (extra?.duplicates ?? []).filter(({ state }) => state === "joined");
  if (!joined.length) return null;
  return h(
    "section",
    { "data-key": "joined" },
    h("h3", {}, t("duplicate.joined")),
    h("ul", { class: "joined" }, joined.map((one) => h("li", { "data-key": one.id }, h("span", { class: "quiet" }, alike(one)), button(t("duplicate.split"), { action: "split-duplicate", "data-id": one.id })))),
  );
}
