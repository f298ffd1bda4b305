// Requests to our own service; a problem document becomes an error that can be shown.

/** What the service refused and why (RFC 9457). */
export class Problem extends Error {
  constructor(status, body) {
    super(body?.detail ?? body?.title ?? `HTTP ${status}`);
    this.status = status;
    this.code = String(body?.type ?? "").split("/").pop();
    this.errors = Array.isArray(body?.errors) ? body.errors : [];
  }
}

const TIMEOUT_MS = 15_000;
const ARRIVING_MS = 3_000;

/** What `load` gives, asked for until it comes: on the road a network goes and returns. */
export async function arriving(load) {
  for (;;) {
    try {
      return await load();
    } catch {
      await new Promise((resolve) => setTimeout(resolve, ARRIVING_MS));
    }
  }
}

/**
 * A module by its whole address, asked for until it comes. Some browsers remember for the page's life that a module
 * could not be fetched: so its place is looked at first, and it is asked for under another name after a failure.
 */
export function imported(address) {
  let failures = 0;
  return arriving(async () => {
    await fetch(address);
    try {
      return await import(failures ? `${address}?again=${failures}` : address);
    } catch (error) {
      failures += 1;
      throw error;
    }
  });
}

async function parsed(response) {
  const type = response.headers.get("content-type") ?? "";
  return type.includes("json") ? response.json().catch(() => null) : null;
}

/** One request; resolves to the parsed body, or throws a Problem (status 0: nobody answered). */
export async function request(method, path, { body, headers = {}, timeout_ms = TIMEOUT_MS } = {}) {
  const options = { method, headers: { Accept: "application/json", ...headers }, credentials: "same-origin" };
  if (body !== undefined) {
    options.headers["Content-Type"] = "application/json";
    options.body = JSON.stringify(body);
  }
  let response;
  try {
    response = await fetch(path, { ...options, signal: AbortSignal.timeout(timeout_ms) });
  } catch (error) {
    throw new Problem(0, { type: "no-connection", detail: error.message });
  }
  const answer = await parsed(response);
  if (!response.ok) throw new Problem(response.status, answer);
  return answer;
}

export const get = (path) => request("GET", path);
export const post = (path, body, headers) => request("POST", path, { body, headers });
