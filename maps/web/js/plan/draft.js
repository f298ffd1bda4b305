// A scenario while it is being made: the same keys as the TOML has, every change undoable.

const MOST_UNDONE = 100;
const copy = (value) => structuredClone(value);

export class Draft {
  #past = [];
  #future = [];
  #key = null;

  constructor(scenario, onChange) {
    this.scenario = copy(scenario);
    this.onChange = onChange;
  }

  /** Change the scenario; changes with the same `key` in a row, as while a slider moves, are one. */
  change(edit, key = null) {
    if (key === null || key !== this.#key) this.#past = [...this.#past.slice(1 - MOST_UNDONE), copy(this.scenario)];
    this.#key = key;
    this.#future = [];
    edit(this.scenario);
    this.onChange();
  }

  get canUndo() {
    return this.#past.length > 0;
  }

  get canRedo() {
    return this.#future.length > 0;
  }

  undo() {
    if (!this.canUndo) return;
    this.#future.push(this.scenario);
    this.scenario = this.#past.pop();
    this.#key = null;
    this.onChange();
  }

  redo() {
    if (!this.canRedo) return;
    this.#past.push(this.scenario);
    this.scenario = this.#future.pop();
    this.onChange();
  }

  replace(scenario) {
    this.change((now) => {
      for (const key of Object.keys(now)) delete now[key];
      Object.assign(now, copy(scenario));
    });
  }
}

/** The table of that name, made if the scenario has none yet. */
export const part = (scenario, name) => (scenario[name] ??= {});

export const stationsOf = (scenario) => scenario.fleet?.station ?? [];

export const unitsOf = (scenario, kind) =>
  stationsOf(scenario).filter((one) => one.kind === kind).reduce((sum, one) => sum + one.units, 0);

/** A square of a few metres: the streets that it touches are shut. */
export function squareAround([lon, lat], half_m = 2) {
  const dlat = half_m / 111_320;
  const dlon = dlat / Math.cos((lat * Math.PI) / 180);
  const at = (x, y) => [Number((lon + x * dlon).toFixed(7)), Number((lat + y * dlat).toFixed(7))];
  return [at(-1, -1), at(1, -1), at(1, 1), at(-1, 1), at(-1, -1)];
}

export const centreOf = (ring) => {
  const open = ring.slice(0, -1);
  return [0, 1].map((axis) => open.reduce((sum, point) => sum + point[axis], 0) / open.length);
};

/** The point of the lines next to a place, kept off their ends: there the crossing streets begin. */
export function onLine(lines, [lon, lat]) {
  const squeeze = Math.cos((lat * Math.PI) / 180);
  let best = null;
  for (const line of lines) {
    for (let i = 1; i < line.length; i++) {
      const [a, b] = [line[i - 1], line[i]];
      const [dx, dy] = [(b[0] - a[0]) * squeeze, b[1] - a[1]];
      const along = ((lon - a[0]) * squeeze * dx + (lat - a[1]) * dy) / (dx * dx + dy * dy || 1);
      const share = Math.min(Math.max(along, i === 1 ? 0.25 : 0), i === line.length - 1 ? 0.75 : 1);
      const at = [a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share];
      const away = ((at[0] - lon) * squeeze) ** 2 + (at[1] - lat) ** 2;
      if (best === null || away < best.away) best = { at, away };
    }
  }
  return best?.at ?? [lon, lat];
}
