// Tables that people keep in a spreadsheet, on their way into the register.

import { request } from "../api.js";

const LISTS = ["stations", "units", "places"];
const NAMES = { stations: /station|站点|站/i, units: /unit|vehicle|fleet|车辆|车队|车/i, places: /place|hospital|garage|地点|医院|维修/i };
const CALL_SIGN = /call_sign|call sign|呼号/i;

/** UTF-8, else what a Chinese spreadsheet saves. */
function decoded(bytes) {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("gb18030").decode(bytes);
  }
}

/** Which list a file is, by its name, else by what only vehicles have; null if nobody can tell. */
export function listOf(name, text) {
  if (CALL_SIGN.test(text.split("\n", 1)[0])) return "units";
  return LISTS.find((list) => NAMES[list].test(name)) ?? null;
}

/** { tables: {list: text}, strangers: [file names] } */
export async function readTables(files) {
  const tables = {};
  const strangers = [];
  for (const file of files) {
    const text = decoded(await file.arrayBuffer());
    const list = listOf(file.name, text);
    if (list && !(list in tables)) tables[list] = text;
    else strangers.push(file.name);
  }
  return { tables, strangers };
}

/** What tables would change, or with `dry_run` false: what they changed. */
export const takeTables = (tables, how) => request("PUT", "/v1/register/tables", { body: { ...tables, ...how }, timeout_ms: 60_000 });

export const takeLists = (lists, how = {}) => request("PUT", "/v1/register", { body: { ...lists, ...how }, timeout_ms: 60_000 });
