// Facts and reasons as the record keeps them, told in the reader's language; what a person wrote stays as it is.

import { has, t } from "../i18n.js";

/** The words for `topic.kind`; a kind that has none of its own is told by its topic. */
export function factWords(what, facts = {}) {
  const keys = [`entry.${what}`, `desk.log.${what}`, `desk.log.${what.split(".")[0]}`];
  const key = keys.find(has);
  return key ? t(key, facts) : what;
}

/** Who did it: a part of the system by its name, anybody else as they are called. */
export const byWords = (by) => (has(`by.${by}`) ? t(`by.${by}`) : by);

/** The words of `key` for this kind of unit: a patient is taken aboard, a car is loaded. */
export const kindWords = (key, kind) => t(has(`${key}.${kind}`) ? `${key}.${kind}` : key);

/** Reasons of the machine's own are codes; whatever else stands there was said by somebody. */
export function reasonWords(reason) {
  const key = `because.${reason.replaceAll(" ", "_")}`;
  return has(key) ? t(key) : reason;
}
