// Several screens: further windows show the map alone; what is chosen on one is chosen on all of the same browser.

const CHANNEL = "yct.desk";
const ALONE = "map";
const FEATURES = "popup,width=1600,height=900";

/** Whether this window is a further one: the map alone, silent, without lists. */
export const showsMapAlone = () => new URLSearchParams(location.search).get("screen") === ALONE;

export class Screens {
  /** `onTold` gets {chosen} or {report}, as another window told it. */
  constructor(onTold) {
    this.mapAlone = showsMapAlone();
    this.channel = new BroadcastChannel(CHANNEL);
    this.channel.addEventListener("message", ({ data }) => onTold(data));
    if (this.mapAlone) document.body.dataset.screen = ALONE;
  }

  tell(what) {
    this.channel.postMessage(what);
  }

  /** Another window, to be dragged onto another screen; true if the browser allowed it. */
  open() {
    return window.open(`/?screen=${ALONE}`, "_blank", FEATURES) !== null;
  }
}
