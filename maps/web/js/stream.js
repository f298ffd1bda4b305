// The live stream: server-sent events read by fetch, because a resume must carry Last-Event-ID across page states.

const SILENCE_MS = 40_000;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 8_000;

/** Split a growing text into whole events; returns what is left over. */
export function takeEvents(buffer, emit) {
  // A carriage return at the very end may be half of a line end whose other half is still on its way.
  const half = buffer.endsWith("\r") ? "\r" : "";
  const blocks = buffer.slice(0, buffer.length - half.length).replace(/\r\n?/g, "\n").split("\n\n");
  const rest = blocks.pop() + half;
  for (const block of blocks) {
    const event = { name: "message", id: null, text: [] };
    for (const line of block.split("\n")) {
      const colon = line.indexOf(":");
      if (colon === 0) continue;
      const field = colon < 0 ? line : line.slice(0, colon);
      const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
      if (field === "data") event.text.push(value);
      else if (field === "event") event.name = value;
      else if (field === "id") event.id = value;
    }
    if (event.text.length || event.id !== null) emit(event);
  }
  return rest;
}

/**
 * Follow `path` for ever: `onEvent(name, value)` for each event, `onState("connecting" | "live" | "lost" | "refused")`.
 * A connection that ends or falls silent is opened again from the last event seen.
 */
export class EventStream {
  constructor(path, { onEvent, onState }) {
    this.path = path;
    this.onEvent = onEvent;
    this.onState = onState;
    this.lastId = null;
    this.wait_ms = FIRST_WAIT_MS;
    this.closed = false;
    addEventListener("online", () => this.#retryNow());
  }

  start() {
    this.closed = false;
    this.#connect();
  }

  stop() {
    this.closed = true;
    clearTimeout(this.timer);
    this.abort?.abort();
  }

  #retryNow() {
    if (this.closed || this.state === "live") return;
    clearTimeout(this.timer);
    this.abort?.abort();
    this.wait_ms = FIRST_WAIT_MS;
    this.#connect();
  }

  #say(state) {
    if (this.state === state) return;
    this.state = state;
    this.onState(state);
  }

  #later() {
    if (this.closed) return;
    this.#say("lost");
    this.timer = setTimeout(() => this.#connect(), this.wait_ms * (0.7 + 0.6 * Math.random()));
    this.wait_ms = Math.min(this.wait_ms * 1.7, LONGEST_WAIT_MS);
  }

  #listenFor(abort) {
    clearTimeout(this.silence);
    this.silence = setTimeout(() => abort.abort(), SILENCE_MS);
  }

  async #connect() {
    const abort = new AbortController();
    this.abort = abort;
    if (this.state === undefined) this.#say("connecting");
    try {
      this.#listenFor(abort);
      const headers = { Accept: "text/event-stream" };
      if (this.lastId !== null) headers["Last-Event-ID"] = this.lastId;
      const response = await fetch(this.path, { headers, credentials: "same-origin", signal: abort.signal, cache: "no-store" });
      if ([401, 403, 404, 410].includes(response.status)) return this.#refused(response.status);
      if (!response.ok || !response.body) throw new Error(`stream answered ${response.status}`);
      await this.#read(response.body, abort);
    } catch (error) {
      if (!abort.signal.aborted && !(error instanceof TypeError)) console.debug("stream", error.message);
    } finally {
      clearTimeout(this.silence);
    }
    if (this.abort === abort) this.#later();
    return undefined;
  }

  #refused(status) {
    this.closed = true;
    this.refusal = status;
    this.#say("refused");
  }

  async #read(body, abort) {
    const reader = body.pipeThrough(new TextDecoderStream()).getReader();
    let buffer = "";
    for (;;) {
      const { done, value } = await reader.read();
      if (done || this.closed) return;
      this.#listenFor(abort);
      this.wait_ms = FIRST_WAIT_MS;
      this.#say("live");
      buffer = takeEvents(buffer + value, (event) => this.#take(event));
    }
  }

  #take(event) {
    if (event.id) this.lastId = event.id;
    if (event.text.length) this.onEvent(event.name, JSON.parse(event.text.join("\n")));
  }
}
