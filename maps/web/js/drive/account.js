// Whose phone this is: the unit's device token, kept on the phone, sent as a header and never as a cookie.

import { request } from "../api.js";

const KEY = "yct.drive";
const LONG_POLL_S = 10;

/** The signed-in crew, or null. */
export function rememberedCrew() {
  try {
    return JSON.parse(localStorage.getItem(KEY));
  } catch {
    return null;
  }
}

export function forgetCrew() {
  localStorage.removeItem(KEY);
}

/** By call sign and the desk's code; a device's whole token may stand in the code's place. */
export async function signIn(callSign, code) {
  const crew =
    code.length > 20
      ? await request("GET", "/v1/driver/me", { headers: bearer(code) }).then((unit) => ({ token: code, call_sign: unit.call_sign }))
      : await request("POST", "/v1/driver/session", { body: { call_sign: callSign, code } });
  localStorage.setItem(KEY, JSON.stringify(crew));
  return crew;
}

const bearer = (token) => ({ Authorization: `Bearer ${token}` });

/** The driver's part of the API, as one crew. */
export class CrewApi {
  constructor({ token }) {
    this.headers = bearer(token);
  }

  #ask(method, path, options = {}) {
    return request(method, `/v1/driver${path}`, { headers: this.headers, ...options });
  }

  me = () => this.#ask("GET", "/me");
  shift = (which) => this.#ask("POST", `/shift/${which}`);
  repaired = () => this.#ask("POST", "/repaired");
  positions = (positions) => this.#ask("POST", "/positions", { body: { positions } });
  step = (id, step, body = {}) => this.#ask("POST", `/missions/${id}/${step}`, { body });
  directions = (id) => this.#ask("GET", `/missions/${id}/directions`);
  call = (id) => this.#ask("POST", `/missions/${id}/call`);

  /** The mission once it differs from the one of this version, or after some seconds as it is; null if there is none. */
  mission(version) {
    const known = version === null ? "" : `&known_version=${version}`;
    return this.#ask("GET", `/mission?wait_s=${LONG_POLL_S}${known}`, { timeout_ms: (LONG_POLL_S + 10) * 1000 });
  }
}
