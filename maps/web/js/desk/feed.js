// What the service tells the desk: the region, the stream of events, whether a drill still runs, and that it is heard.

import { get } from "../api.js";
import { signInByFragment } from "../session.js";
import { EventStream } from "../stream.js";

const ASK_AGAIN_MS = 1_500;
// A drill that dies renews its lease no longer, and nobody tells.
const DRILL_MS = 20_000;
const OF_THE_WORLD = new Set(["snapshot", "positions", "unit", "incident", "mission", "alarm", "duplicate", "place"]);

export class Feed {
  connection = "connecting";
  lostAt = null;
  signedIn = false;
  region = null;

  /**
   * `askToken` lets somebody sign in; `onState` is called with the connection's state and the one before; `onEvent`
   * with whatever is not the world's own.
   */
  constructor(world, { askToken, onState, onEvent }) {
    Object.assign(this, { world, askToken, onState, onEvent });
  }

  /** Once somebody is signed in and the service answers. */
  async open() {
    setInterval(() => this.#askDrill(), DRILL_MS);
    await signInByFragment();
    this.region = await this.#askRegion();
    this.signedIn = true;
    this.stream = new EventStream("/v1/stream", {
      onEvent: (name, value) => this.#event(name, value),
      onState: (state) => this.#connected(state),
    });
    this.stream.start();
  }

  async #askRegion() {
    for (;;) {
      try {
        return await get("/v1/region");
      } catch (error) {
        if (error.status === 401 || error.status === 403) {
          await this.askToken();
          continue;
        }
        this.#connected("lost");
        await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS));
      }
    }
  }

  async #askDrill() {
    if (this.connection !== "live" || document.hidden) return;
    const answer = await get("/v1/drill").catch(() => null);
    if (answer) this.world.setDrill(answer.drill);
  }

  #event(name, value) {
    if (name === "drill") this.world.setDrill(value);
    else if (OF_THE_WORLD.has(name)) this.world[name](value);
    else this.onEvent(name, value);
  }

  #connected(state) {
    const before = this.connection;
    if (state === "lost" && before !== "lost") this.lostAt = new Date().toISOString();
    this.connection = state;
    this.onState(state, before);
  }
}
