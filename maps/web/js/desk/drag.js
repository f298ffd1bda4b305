// Dragging a unit onto an accident: what a hand does where the eye already is. The keyboard has `o` for the same.

const FAR_PX = 8;

export class UnitDrag {
  constructor({ map, units, world }, onDropped) {
    Object.assign(this, { map, units, world, onDropped, held: null });
    map.on("mousedown", (event) => this.#take(event));
    addEventListener("mousemove", (event) => this.#move(event));
    addEventListener("mouseup", (event) => this.#drop(event));
    addEventListener("keydown", ({ key }) => key === "Escape" && this.#end());
  }

  #take(event) {
    const id = event.originalEvent.button === 0 ? this.units.at(event.point) : null;
    if (!id) return;
    event.preventDefault();
    this.held = { id, from: [event.originalEvent.clientX, event.originalEvent.clientY], ghost: null };
  }

  #move({ clientX, clientY }) {
    if (!this.held) return;
    const { from, id } = this.held;
    if (!this.held.ghost && Math.hypot(clientX - from[0], clientY - from[1]) < FAR_PX) return;
    this.held.ghost ??= this.#ghost(id);
    this.held.ghost.style.translate = `${clientX + 12}px ${clientY + 8}px`;
    const over = this.#incidentAt(clientX, clientY);
    for (const element of document.querySelectorAll("[data-over]")) delete element.dataset.over;
    if (over) over.dataset.over = "true";
  }

  #ghost(id) {
    const ghost = document.createElement("div");
    ghost.className = "drag-ghost";
    ghost.textContent = this.world.units.get(id)?.call_sign ?? "";
    document.body.append(ghost);
    return ghost;
  }

  #incidentAt(x, y) {
    return document.elementFromPoint(x, y)?.closest(".incident-marker, .incident-card") ?? null;
  }

  #drop({ clientX, clientY }) {
    if (!this.held) return;
    const { id, ghost } = this.held;
    const over = ghost ? this.#incidentAt(clientX, clientY) : null;
    this.#end();
    if (over) this.onDropped(id, over.dataset.incident ?? over.dataset.id);
  }

  #end() {
    this.held?.ghost?.remove();
    for (const element of document.querySelectorAll("[data-over]")) delete element.dataset.over;
    this.held = null;
  }
}
