// Shows every component of the design system, from the same functions that the pages use.

import { h, onAction, paint } from "./dom.js";
import { currentLanguage, loadLanguage, otherLanguage, switchLanguage, t } from "./i18n.js";
import { currentTheme, onTheme, switchTheme } from "./theme.js";
import { button, chip, choice, empty, field, note, priorityMark, since, startClocks, status, stepper, unitMark, until } from "./ui/parts.js";
import { askReason, toast } from "./ui/toast.js";

const TONES = ["available", "offered", "moving", "on_scene", "loaded", "broken", "off", "held", "done"];
const GROUNDS = ["canvas", "surface", "surface-2", "surface-3", "ink", "text-2", "text-3", "focus"];
const SIZES = ["xs", "sm", "md", "lg", "xl", "2xl"];
const started = new Date(Date.now() - 252_000).toISOString();
const ends = new Date(Date.now() + 95_000).toISOString();
const both = (zh, en) => (currentLanguage() === "zh-CN" ? zh : en);

const section = (title, text, ...samples) =>
  h("section", {}, h("h2", {}, title), text ? h("p", { class: "quiet" }, text) : null, samples);
const sample = (flow, ...children) => h("div", { class: "sample", "data-flow": flow }, children);

function toneWord(tone) {
  const words = {
    available: "unit.available", offered: "mission.offered", moving: "mission.en_route", on_scene: "mission.on_scene",
    loaded: "mission.loaded", broken: "unit.out_of_service", off: "unit.off_shift", held: "need.held", done: "mission.done",
  };
  return t(words[tone]);
}

function foundations() {
  return [
    section(
      both("颜色", "Colour"),
      both("颜色只表示状态与轻重；按钮与面板只用墨与纸。", "Colour means status or gravity and nothing else; buttons and panels are ink and paper."),
      sample("row", GROUNDS.map((name) => h("div", { class: "swatch", "data-swatch": name }, h("i", {}), name))),
    ),
    section(
      both("文字", "Type"), null,
      sample("column", SIZES.map((size) => h("p", { class: `size-${size}` }, `${both("救护 03 预计 2:46 到达", "Ambulance 03 arrives in 2:46")} — ${size}`))),
    ),
  ];
}

function statuses() {
  const steps = ["offered", "accepted", "en_route", "on_scene", "loaded", "delivered", "done"];
  return [
    section(
      both("状态", "Status"),
      both("先看形状，再看明暗，最后才看色相；灰度打印仍可分辨。", "Shape first, lightness second, hue last: still told apart in a grey print."),
      sample("row", TONES.map((tone) => status(tone, toneWord(tone)))),
      sample("row", TONES.map((tone) => chip(toneWord(tone), { tone }))),
      sample("row", ["ambulance", "tow"].flatMap((kind) => TONES.slice(0, 7).map((tone) => unitMark(kind, tone)))),
    ),
    section(both("轻重", "Gravity"), null, sample("row", [1, 2, 3, 4].map(priorityMark))),
    section(
      both("时钟", "Timers"), null,
      sample("row", h("span", {}, both("已过 ", "running "), since(started, Date.now())), h("span", {}, both("还有 ", "left "), until(ends, Date.now()))),
    ),
    section(
      both("任务进度", "Mission steps"), null,
      sample("column", h("ol", { class: "steps", "data-tone": "moving" }, steps.map((name, i) =>
        h("li", { "data-state": i < 2 ? "past" : i === 2 ? "now" : "ahead" }, t(`step.${name}`), i < 3 ? h("time", {}, `14:0${i}`) : null)))),
    ),
    section(
      both("时间线", "Timeline"), null,
      sample("column", h("ol", { class: "timeline narrow" }, [["14:02:31", t("entry.mission.accepted", { call_sign: "救护03" })], ["14:02:10", t("entry.mission.offered", { call_sign: "救护03" })], ["14:02:09", t("entry.incident.reported")]].map(([time, what]) =>
        h("li", {}, h("time", {}, time), h("span", { class: "what" }, what))))),
    ),
  ];
}

function controls() {
  return [
    section(
      both("按钮", "Buttons"), null,
      sample("row",
        button(t("report.open"), { kind: "main", sign: "plus" }), button(t("incident.link"), { sign: "link" }),
        button(t("incident.cancel"), { kind: "grave", action: "ask" }), button(t("language.switch"), { kind: "bare", sign: "globe" }),
        button(t("close"), { kind: "bare", sign: "close", iconOnly: true }), button(t("report.send"), { kind: "main", disabled: true })),
    ),
    section(
      both("输入", "Fields"), null,
      sample("column", h("div", { class: "narrow" },
        field("address", t("report.address"), h("input", { class: "input", value: "人民中路 12 号" })),
        field("plates", t("report.plates"), h("input", { class: "input", value: "苏J1234" }), { problem: both("车牌应为 7 或 8 位。", "A plate has 7 or 8 characters.") })),
      h("div", { class: "narrow" }, choice("kind", t("report.kind"), ["injury_accident", "damage_accident", "breakdown"].map((kind) => [kind, t(`kind.${kind}`)]), "injury_accident")),
      h("div", { class: "narrow" }, stepper("casualties", t("report.casualties"), 1))),
    ),
    section(
      both("提示", "Notes, toasts, dialog"), null,
      sample("column", note(t("need.held.note", { n: 1, need: t("capability.crane") }), "held"), note(t("unit.stale.note"), "offered"), note(t("report.place.hint"))),
      sample("row", button(both("显示提示", "Show a toast"), { action: "toast" }), button(both("显示错误", "Show an error"), { action: "toast-bad" }), button(both("显示对话框", "Show the dialog"), { action: "ask" })),
    ),
    section(both("空状态", "Empty state"), null, sample("column", empty("check", t("queue.empty"), t("queue.empty.text")))),
  ];
}

function show() {
  document.title = both("云车通 · 样式指南", "YunCheTong · Style guide");
  paint(
    document.getElementById("guide"),
    h(
      "header", {},
      h("h1", {}, both("样式指南", "Style guide")),
      button(t("language.switch"), { action: "language", sign: "globe", lang: otherLanguage() }),
      button(t(currentTheme() === "dark" ? "theme.light" : "theme.dark"), { action: "theme", sign: currentTheme() === "dark" ? "sun" : "moon" }),
    ),
    foundations(), statuses(), controls(),
  );
}

const acts = {
  theme: switchTheme,
  language: () => switchLanguage().then(show),
  toast: () => toast(t("connection.back")),
  "toast-bad": () => toast(t("problem.offline"), { bad: true }),
  ask: () => askReason({ title: t("cancel.title"), text: t("cancel.text"), confirm: t("cancel.confirm"), reasons: [t("cancel.false_alarm")] }),
};

await loadLanguage();
onTheme(show);
onAction(document.body, (action) => acts[action]?.());
startClocks(document.body, () => Date.now());
show();
