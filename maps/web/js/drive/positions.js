// Where the vehicle is: every fix goes into the buffer first and leaves it when the service has acknowledged it.

const BATCH = 100;
const DRIVING_MS = 1_000;
const STANDING_MS = 15_000;
const STANDS_BELOW_MPS = 1;
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 60_000;

const freshId = () => [...crypto.getRandomValues(new Uint8Array(12))].map((b) => b.toString(16).padStart(2, "0")).join("");

/** A browser's observation as the service takes it; the time is the receiver's. */
export function fixOf({ coords, timestamp }) {
  const known = (value) => (Number.isFinite(value) ? value : null);
  return {
    event_id: freshId(), lon: coords.longitude, lat: coords.latitude, fixed_at: new Date(timestamp).toISOString(),
    heading_deg: known(coords.heading), accuracy_m: known(coords.accuracy),
    speed_kmh: known(coords.speed) === null ? null : Math.max(0, coords.speed * 3.6),
  };
}

/** Events: `fix` (detail: the fix), `state` (detail: {gps, waiting, sent_at}), `refused` when the token is good no more. */
export class PositionReporter extends EventTarget {
  state = { gps: "off", waiting: 0, sent_at: null };
  #kept_at = -Infinity;
  #wait_ms = FIRST_WAIT_MS;
  #timer = null;
  #sending = false;

  constructor(buffer, send) {
    super();
    Object.assign(this, { buffer, send });
    addEventListener("online", () => this.#now());
  }

  start() {
    if (this.watch !== undefined || !navigator.geolocation) return this.#say(navigator.geolocation ? {} : { gps: "none" });
    this.#say({ gps: "seeking" });
    const options = { enableHighAccuracy: true, maximumAge: 1_000, timeout: 30_000 };
    const seen = (position) => this.#seen(position);
    const failed = (error) => this.#say({ gps: error.code === error.PERMISSION_DENIED ? "denied" : "seeking" });
    this.watch = navigator.geolocation.watchPosition(seen, failed, options);
    // A receiver that stands still may tell nothing more; the desk would take the unit for silent.
    this.standing = setInterval(() => {
      if (performance.now() - this.#kept_at > STANDING_MS) navigator.geolocation.getCurrentPosition(seen, failed, options);
    }, STANDING_MS);
    this.#now();
    return undefined;
  }

  stop() {
    if (this.watch !== undefined) navigator.geolocation.clearWatch(this.watch);
    clearInterval(this.standing);
    this.watch = undefined;
    this.#say({ gps: "off" });
  }

  async #seen(position) {
    this.#say({ gps: "on" });
    const driving = (position.coords.speed ?? STANDS_BELOW_MPS) >= STANDS_BELOW_MPS;
    const now = performance.now();
    if (now - this.#kept_at < (driving ? DRIVING_MS : STANDING_MS) - 100) return;
    this.#kept_at = now;
    const fix = fixOf(position);
    this.dispatchEvent(new CustomEvent("fix", { detail: fix }));
    await this.buffer.add(fix);
    this.#say({ waiting: await this.buffer.count() });
    if (this.#timer === null) this.#drain();
  }

  #now() {
    clearTimeout(this.#timer);
    this.#timer = null;
    this.#wait_ms = FIRST_WAIT_MS;
    this.#drain();
  }

  async #drain() {
    if (this.#sending) return;
    this.#sending = true;
    try {
      for (;;) {
        const { keys, fixes } = await this.buffer.oldest(BATCH);
        if (!fixes.length) break;
        await this.#deliver(fixes);
        await this.buffer.remove(keys);
        this.#wait_ms = FIRST_WAIT_MS;
        this.#say({ waiting: await this.buffer.count(), sent_at: Date.now() });
      }
    } catch (error) {
      if (error.status === 401 || error.status === 403) this.dispatchEvent(new Event("refused"));
      else this.#later();
    } finally {
      this.#sending = false;
    }
  }

  /** Resolves once the batch is the service's: stored, or refused with reasons, which repeating would not change. */
  async #deliver(fixes) {
    try {
      await this.send(fixes);
    } catch (error) {
      if (error.status !== 422 && error.status !== 400) throw error;
    }
  }

  /** A city's phones must not come back in the same second: half of the wait is chance. */
  #later() {
    const wait_ms = this.#wait_ms * (0.5 + 0.5 * Math.random());
    this.#wait_ms = Math.min(2 * this.#wait_ms, LONGEST_WAIT_MS);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#drain();
    }, wait_ms);
  }

  #say(change) {
    this.state = { ...this.state, ...change };
    this.dispatchEvent(new CustomEvent("state", { detail: this.state }));
  }
}
