// The desk's dialogs: keys, units better placed elsewhere, what would happen if, the log of the shift.

import { get, post } from "../api.js";
import { h } from "../dom.js";
import { clock, span, t, timeOfDay } from "../i18n.js";
import { needsText } from "../panel/timeline.js";
import { byWords, factWords, reasonWords } from "../panel/wording.js";
import { button, empty, field, stepper } from "../ui/parts.js";
import { ask, askReason, sayProblem, toast } from "../ui/toast.js";

const KEYS = [
  ["n", "report"], ["s", "send"], ["o", "override"], ["j k", "next"], ["1 2", "tabs"], ["e", "notices"], ["/", "search"], ["f", "frame"], ["g", "coverage"], ["r", "speeds"], ["i", "photographs"],
  ["b", "street"], ["a", "area"], ["v", "moves"], ["w", "what_if"], ["l", "log"], ["t", "replay"], ["m", "mute"], ["p", "screen"], ["Esc", "close"], ["?", "help"],
];

export function showHelp() {
  return ask({
    title: t("desk.help"), wide: true,
    fields: [h("dl", { class: "keys" }, KEYS.map(([keys, name]) => h("div", {}, h("dt", {}, keys.split(" ").map((key) => h("kbd", {}, key))), h("dd", {}, t(`desk.key.${name}`)))))],
  });
}

/** Free units that would cover more from another station: each accepted, or ignored with a reason. */
export async function showMoveUps() {
  let moves;
  try {
    moves = (await get("/v1/move-ups")).move_ups;
  } catch (error) {
    return sayProblem(error);
  }
  const list = h("ul", { class: "moves" }, moves.map((move) => moveRow(move)));
  const body = moves.length ? list : empty("check", t("desk.moves.none"), t("desk.moves.none.text"));
  return ask({ title: t("desk.moves"), text: moves.length ? t("desk.moves.text") : null, fields: [body], wide: true });
}

function moveRow(move) {
  const row = h("li", {}, h("div", {}, h("b", {}, move.call_sign), ` → ${move.station}`, h("span", { class: "quiet" }, t("desk.moves.gain", { points: move.gain_points.toFixed(1), drive: span(move.drive_s) }))));
  const answer = async (verb) => {
    const reason = verb === "ignore" ? await askReason({ title: t("desk.moves.ignore"), text: `${move.call_sign} → ${move.station}`, confirm: t("desk.moves.ignore"), reasons: [t("desk.moves.tired"), t("desk.moves.needed")] }) : "";
    if (reason === null) return;
    try {
      await post(`/v1/move-ups/${move.id}/${verb}`, { reason });
      row.replaceChildren(h("span", { class: "quiet" }, `${move.call_sign} → ${move.station} · ${t(`desk.moves.${verb === "accept" ? "accepted" : "ignored"}`)}`));
    } catch (error) {
      sayProblem(error);
    }
  };
  const accept = button(t("desk.moves.accept"), { kind: "main" });
  const ignore = button(t("desk.moves.ignore"), {});
  accept.addEventListener("click", () => answer("accept"));
  ignore.addEventListener("click", () => answer("ignore"));
  row.append(h("span", { class: "acts" }, accept, ignore));
  return row;
}

/** Which unit one might send where; free ones first, nobody unless chosen. */
function sendFields(world, chosenId) {
  const option = (value, label, selected = false) => h("option", { value, selected }, label);
  const able = [...world.units.values()].filter(({ status }) => status === "available" || status === "engaged");
  const units = able.sort((a, b) => a.status.localeCompare(b.status) || a.call_sign.localeCompare(b.call_sign, "zh-CN", { numeric: true }));
  const open = world.openIncidents();
  if (!open.length) return null;
  return h(
    "div",
    { class: "pair" },
    field("send", t("desk.what_if.send"), h("select", { class: "input" }, option("", "—"), units.map((unit) => option(unit.id, `${unit.call_sign} · ${t(`unit.${unit.status}`)}`)))),
    field("to", t("desk.what_if.to"), h("select", { class: "input" }, open.map((one) => option(one.id, `#${one.number} ${t(`kind.${one.kind}`)}`, one.id === chosenId)))),
  );
}

/** A unit sent elsewhere, closed hospitals, crews called in: the plan as it is and as it would be. */
export async function showWhatIf(world, chosenId = null) {
  const hospitals = [...world.places.values()].filter(({ kind }) => kind === "hospital");
  const answer = await ask({
    title: t("desk.what_if"), text: t("desk.what_if.text"), confirm: t("desk.what_if.ask"),
    fields: [
      sendFields(world, chosenId),
      h("div", { class: "pair" }, stepper("ambulance", t("desk.what_if.ambulances"), 0, { most: 50 }), stepper("tow", t("desk.what_if.tows"), 0, { most: 50 })),
      h("fieldset", { class: "checks" }, h("legend", {}, t("desk.what_if.close")), hospitals.map(({ id, name }) => h("label", { class: "check" }, h("input", { type: "checkbox", name: `close-${id}` }), name))),
    ],
  });
  if (!answer) return;
  const close_hospitals = Object.keys(answer).filter((key) => key.startsWith("close-")).map((key) => key.slice(6));
  try {
    const found = await post("/v1/what-if", { send: answer.send ? [{ unit_id: answer.send, incident_id: answer.to }] : [], close_hospitals, more_crews: { ambulance: Number(answer.ambulance) || 0, tow: Number(answer.tow) || 0 } });
    await ask({ title: t("desk.what_if.answer"), text: t("desk.what_if.nothing_changed"), fields: [comparison(found), bedsMoved(found, world)], wide: true });
  } catch (error) {
    sayProblem(error);
  }
}

function comparison({ as_it_is: now, as_imagined: then }) {
  const row = (label, one, other) => h("tr", {}, h("th", { scope: "row" }, label), h("td", {}, one), h("td", {}, other));
  const points = (side, kind) => `${(side.coverage_points[kind] ?? 0).toFixed(1)}%`;
  const time = (side) => (side.mean_response_s === null ? "—" : clock(side.mean_response_s));
  return h(
    "table",
    { class: "compare" },
    h("thead", {}, h("tr", {}, h("td", {}), h("th", { scope: "col" }, t("desk.what_if.now")), h("th", { scope: "col" }, t("desk.what_if.then")))),
    h("tbody", {}, row(t("desk.what_if.sent"), now.assignments.length, then.assignments.length), row(t("desk.what_if.held"), now.held.length, then.held.length), row(t("desk.what_if.response"), time(now), time(then)), row(t("desk.what_if.cover.ambulance"), points(now, "ambulance"), points(then, "ambulance")), row(t("desk.what_if.cover.tow"), points(now, "tow"), points(then, "tow"))),
  );
}

function bedsMoved({ hospitals }, world) {
  const moved = hospitals.filter(({ now, then }) => now?.place_id !== then?.place_id);
  if (!moved.length) return null;
  return h("ul", {}, moved.map(({ incident_id: id, now, then }) => h("li", {}, `#${world.incidents.get(id)?.number ?? ""} ${now?.name ?? "—"} → ${then?.name ?? "—"}`)));
}

/** What was done and by whom, newest first, with a line to add one's own. */
export async function showLog() {
  const { entries } = await get("/v1/shift-log?limit=150").catch(() => ({ entries: [] }));
  const answer = await ask({
    title: t("desk.log"), confirm: t("desk.log.write"), wide: true,
    fields: [field("text", t("desk.log.note"), h("input", { class: "input", maxlength: 1000, required: true, autocomplete: "off" })), h("ol", { class: "timeline log", tabindex: "0", "aria-label": t("desk.log") }, entries.map(logLine))],
  });
  if (!answer) return;
  await post("/v1/shift-log", { kind: "note", text: answer.text }).then(() => toast(t("desk.log.kept")), sayProblem);
}

function logLine({ at, what, call_sign: sign, facts }) {
  const words = factWords(what, { ...facts, call_sign: sign ?? "", distance_m: Math.round(facts.distance_m ?? 0), needs: needsText(facts.needs), by_min: Math.round((facts.by_s ?? 0) / 60) });
  const more = [facts.text, facts.reason && reasonWords(facts.reason)].filter(Boolean).join(" · ");
  return h("li", {}, h("time", {}, timeOfDay(at, { seconds: true })), h("span", { class: "what" }, words, more ? h("span", { class: "quiet" }, ` ${more}`) : null, facts.by ? h("span", { class: "quiet" }, ` (${byWords(facts.by)})`) : null));
}
