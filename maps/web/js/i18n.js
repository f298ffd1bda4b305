// Words in the reader's language, and numbers, times and distances as that language writes them.

const LANGUAGES = ["zh-CN", "en"];
let words = {};
let fallback = {};
let language = "zh-CN";

const assets = () => document.body.dataset.assets;

async function readFile(name) {
  const response = await fetch(`${assets()}/i18n/${name}.json`);
  if (!response.ok) throw new Error(`language file ${name}: ${response.status}`);
  return response.json();
}

/** The common words and those of this page alone (`data-words`), so that a phone need not load the desk's. */
async function read(name) {
  const own = (document.body.dataset.words ?? "").split(" ").filter(Boolean);
  const files = [name, ...own.map((part) => `${part}.${name}`)];
  return Object.assign({}, ...(await Promise.all(files.map(readFile))));
}

export const currentLanguage = () => language;
export const otherLanguage = () => LANGUAGES.find((name) => name !== language);

/** Load the words; the other language stands in where a key is missing. */
export async function loadLanguage(name = document.documentElement.lang) {
  language = LANGUAGES.includes(name) ? name : "en";
  [words, fallback] = await Promise.all([read(language), read(otherLanguage())]);
  document.documentElement.lang = language;
}

export async function switchLanguage() {
  const next = otherLanguage();
  try {
    localStorage.setItem("yct.lang", next);
  } catch {
    // A browser that keeps nothing still switches for this visit.
  }
  await loadLanguage(next);
}

export const has = (key) => key in words;

/** The words of `key`, with `{name}` filled in and of `{name:one|many}` the word that fits the number. */
export function t(key, values = {}) {
  const text = words[key] ?? fallback[key] ?? key;
  return text
    .replace(/\{(\w+):([^|}]*)\|([^}]*)\}/g, (_, name, one, many) => (Number(values[name]) === 1 ? one : many))
    .replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

/** Put the words into the static elements that carry `data-i18n`. */
export function translatePage(root = document) {
  for (const element of root.querySelectorAll("[data-i18n]")) element.textContent = t(element.dataset.i18n);
}

const two = (n) => String(n).padStart(2, "0");

/** Several things in one line, as the language sets them apart. */
export const listed = (things) => things.join(language === "zh-CN" ? "、" : ", ");

/** A running clock: `4:05`, or `1:04:05` from an hour on; a minus before what is still to come is the caller's. */
export function clock(seconds) {
  const s = Math.max(0, Math.floor(seconds));
  const hours = Math.floor(s / 3600);
  const minutes = Math.floor((s % 3600) / 60);
  return hours ? `${hours}:${two(minutes)}:${two(s % 60)}` : `${minutes}:${two(s % 60)}`;
}

/** A span in words, rounded as a person would say it. */
export function span(seconds) {
  const s = Math.max(0, Math.round(seconds));
  if (s < 60) return t("time.seconds", { n: s });
  if (s < 3600) return t("time.minutes", { n: Math.round(s / 60) });
  return t("time.hours", { n: Math.floor(s / 3600), m: Math.round((s % 3600) / 60) });
}

export function distance(metres) {
  if (metres < 950) return t("distance.metres", { n: Math.round(metres / 10) * 10 });
  return t("distance.kilometres", { n: (metres / 1000).toFixed(metres < 9950 ? 1 : 0) });
}

/** The time of day of an ISO instant, on this machine's clock. */
export function timeOfDay(iso, { seconds = false } = {}) {
  const at = new Date(iso);
  const text = `${two(at.getHours())}:${two(at.getMinutes())}`;
  return seconds ? `${text}:${two(at.getSeconds())}` : text;
}
