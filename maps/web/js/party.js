// The party's page: what comes, from where and when; what to do meanwhile. It ends when the rescue has arrived.

import { get, imported, Problem } from "./api.js";
import { coalesced, h, icon, onAction, paint } from "./dom.js";
import { loadLanguage, otherLanguage, span, switchLanguage, t, timeOfDay } from "./i18n.js";
import { RepairShop } from "./party/repair_shop.js";
import { EventStream } from "./stream.js";
import { button, empty, startClocks, status, unitMark, until } from "./ui/parts.js";
import { missionTone } from "./world.js";

const STEPS = ["offered", "en_route", "on_scene"];
const STEP_OF = { offered: 0, accepted: 0, en_route: 1, on_scene: 2, loaded: 2, delivered: 2, done: 2 };
const COMING = new Set(["accepted", "en_route"]);
const ARRIVED = new Set(["on_scene", "loaded", "delivered", "done"]);

const AGAIN_MS = 3_000;

const token = location.pathname.split("/").pop();
const path = `/v1/track/${encodeURIComponent(token)}`;
const main = document.getElementById("party");
let rescue = null;
let trouble = null;
let ahead_ms = 0;
let map = null;
// When the service was last heard, and whether it is heard now.
let heard_at = null;
let live = true;

const now = () => Date.now() + ahead_ms;
const kindOf = (mission) => mission.kind ?? (["als", "bls"].includes(mission.need) ? "ambulance" : "tow");

function top() {
  return h(
    "header",
    { class: "party-top" },
    h("span", { class: "mark", "aria-hidden": "true" }),
    h("strong", {}, t("brand")),
    rescue?.drill ? h("span", { class: "chip" }, t("bar.drill", { speed: rescue.drill.speed })) : null,
    button(t("language.switch"), { action: "language", kind: "bare", lang: otherLanguage() }),
  );
}

/** When, and between when and when where that is more than a minute. */
function expected(mission) {
  const [from, to] = [mission.eta_band?.p10_at, mission.eta_band?.p90_at].map((at) => at && timeOfDay(at));
  const time = timeOfDay(mission.eta_at);
  return from && from !== to ? t("party.expected.between", { time, from, to }) : t("party.expected", { time });
}

/** While nothing is heard, what is shown is of a while ago: better said than guessed. */
const lostNote = () =>
  live ? null : h("p", { class: "note party-lost", "data-tone": "offered", "data-key": "lost", role: "status" }, icon("warning"), h("span", {}, t("party.lost", { time: timeOfDay(heard_at) })));

/** The one sentence that the person came for. */
function headline(missions) {
  const first = missions.filter((mission) => COMING.has(mission.status) && mission.eta_at).sort((a, b) => a.eta_at.localeCompare(b.eta_at))[0];
  if (first) {
    const left_s = Math.max(0, (Date.parse(first.eta_at) - now()) / 1000);
    return [
      h("h1", {}, t(left_s < 45 ? "party.soon" : "party.coming", { what: t(`party.kind.${kindOf(first)}`), span: span(left_s) })),
      h("p", {}, expected(first)),
    ];
  }
  if (missions.some((mission) => ARRIVED.has(mission.status))) return [h("h1", {}, t("party.arrived")), h("p", {}, t("party.arrived.text"))];
  return [h("h1", {}, t("party.choosing")), h("p", {}, t("party.choosing.text"))];
}

function rescuer(mission) {
  const tone = missionTone(mission.status);
  const at = STEP_OF[mission.status] ?? 0;
  return h(
    "li",
    { class: "rescuer", "data-key": mission.id ?? mission.call_sign },
    h(
      "header",
      {},
      unitMark(kindOf(mission), tone),
      h("div", {}, h("h2", {}, t(`party.kind.${kindOf(mission)}`)), h("span", { class: "quiet" }, mission.call_sign, mission.plate ? [" · ", h("span", { class: "plate" }, mission.plate)] : null)),
      h("div", { class: "eta" }, COMING.has(mission.status) && mission.eta_at ? until(mission.eta_at, now()) : null, status(tone, t(`party.status.${ARRIVED.has(mission.status) ? "on_scene" : mission.status}`))),
    ),
    h("ol", { class: "steps", "data-tone": tone }, STEPS.map((name, i) =>
      h("li", { "data-state": i < at ? "past" : i === at ? "now" : "ahead" }, t(`party.step.${name}`)))),
  );
}

const safety = () =>
  h("section", { class: "safety" }, h("h2", {}, t("party.safety")), h("ol", {}, [1, 2, 3, 4].map((n) => h("li", {}, t(`party.safety.${n}`)))));

const calls = () =>
  h("nav", { class: "calls", "aria-label": t("party.call") }, ["120", "122", "110"].map((number) =>
    h("a", { class: "button", href: `tel:${number}` }, icon("phone"), h("span", {}, number), " ", h("span", {}, t(`party.call.${number}`)))));

const message = (sign, title, text) => paint(main, top(), empty(sign, title, text), calls());

function show() {
  document.title = t("party.title");
  if (trouble) return message("clock", t(`party.${trouble}`), t(`party.${trouble}.text`));
  if (!rescue) return message("clock", t("party.loading"), "");
  const missions = (rescue.missions ?? []).filter((mission) => STEP_OF[mission.status] !== undefined);
  if (rescue.ended) {
    document.getElementById("party-map").hidden = true;
    const how = rescue.incident?.status === "cancelled" ? "cancelled" : "ended";
    return paint(main, top(), h("section", { class: "coming" }, h("h1", {}, t(`party.${how}`)), h("p", {}, t(`party.${how}.text`))), h("ul", { class: "rescuers" }, missions.map(rescuer)), calls(), shop.section(rescue));
  }
  return paint(main, top(), lostNote(), h("section", { class: "coming" }, headline(missions)), safety(), h("ul", { class: "rescuers" }, missions.map(rescuer)), calls(), shop.section(rescue));
}

const paintSoon = coalesced(() => {
  show();
  map?.update(rescue);
});
const shop = new RepairShop(path, paintSoon);

function take(answer) {
  rescue = answer;
  trouble = null;
  heard_at = new Date().toISOString();
  if (answer.now) ahead_ms = Date.parse(answer.now) - Date.now();
  paintSoon();
  if (!map && !answer.ended) openMap();
}

/** The map comes last: by then the words have long been read. */
async function openMap() {
  map = { update: () => {} };
  const { PartyMap } = await imported(new URL("./map/party_map.js", import.meta.url).href);
  map = await PartyMap.open(document.getElementById("party-map"), rescue).catch(() => ({ update: () => {} }));
}

function follow() {
  const stream = new EventStream(`${path}/stream`, {
    onEvent: (name, value) => {
      if (name === "end" || value.ended) stream.stop();
      take(name === "end" ? { ...rescue, ...value, ended: true } : { ...rescue, ...value });
    },
    onState: (state) => {
      live = state !== "lost";
      if (live) heard_at = new Date().toISOString();
      if (state === "refused") get(path).then(take, failed);
      paintSoon();
    },
  });
  stream.start();
}

function failed(error) {
  trouble = error instanceof Problem && error.status >= 400 && error.status < 500 ? "gone" : "offline";
  show();
}

await loadLanguage();
onAction(document.body, (action, { dataset }) => {
  if (action === "language") switchLanguage().then(show);
  else if (action === "choose-shop") shop.choose(dataset.id || null);
});
startClocks(document.body, now);
setInterval(paintSoon, 10_000);
show();

/** Asked until the service answers: nobody at a roadside should have to load a page again. */
async function begin() {
  try {
    take(await get(path));
    if (!rescue.ended) follow();
  } catch (error) {
    failed(error);
    if (trouble === "offline") setTimeout(begin, AGAIN_MS);
  }
}
await begin();
