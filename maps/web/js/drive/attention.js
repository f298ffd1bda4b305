// What keeps a phone awake and makes a crew look at it.

const TONES_HZ = [880, 1175];
const EVERY_MS = 1_600;

/** The screen stays on while wanted; browsers take the lock away whenever the page is hidden. */
export class WakeLock {
  #wanted = false;
  #lock = null;

  constructor() {
    document.addEventListener("visibilitychange", () => this.#take());
  }

  want(wanted) {
    this.#wanted = wanted;
    if (wanted) this.#take();
    else this.#lock?.release().catch(() => null);
  }

  async #take() {
    if (!this.#wanted || document.hidden || (this.#lock && !this.#lock.released)) return;
    this.#lock = await navigator.wakeLock?.request("screen").catch(() => null);
  }
}

/** The ring of an offer: two tones and a buzz until somebody answers. */
export class Ring {
  #context = null;
  #timer = null;

  /** Browsers let a page sound only after a touch; any touch will do. */
  unlock() {
    this.#context ??= window.AudioContext ? new AudioContext() : null;
    if (this.#context?.state === "suspended") this.#context.resume().catch(() => null);
  }

  start() {
    if (this.#timer !== null) return;
    this.#once();
    this.#timer = setInterval(() => this.#once(), EVERY_MS);
  }

  stop() {
    clearInterval(this.#timer);
    this.#timer = null;
    if (navigator.userActivation?.hasBeenActive) navigator.vibrate?.(0);
  }

  #once() {
    if (navigator.userActivation?.hasBeenActive) navigator.vibrate?.([300, 120, 300]);
    if (this.#context?.state !== "running") return;
    TONES_HZ.forEach((hertz, i) => this.#tone(hertz, this.#context.currentTime + i * 0.28));
  }

  #tone(hertz, at) {
    const [tone, loudness] = [this.#context.createOscillator(), this.#context.createGain()];
    tone.frequency.value = hertz;
    loudness.gain.setValueAtTime(0.0001, at);
    loudness.gain.exponentialRampToValueAtTime(0.4, at + 0.02);
    loudness.gain.exponentialRampToValueAtTime(0.0001, at + 0.26);
    tone.connect(loudness).connect(this.#context.destination);
    tone.start(at);
    tone.stop(at + 0.28);
  }
}
