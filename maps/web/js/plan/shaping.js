// The scenario in the making: what a press on the map, a drag or a control of the editor makes of it.

import { get, post } from "../api.js";
import { t } from "../i18n.js";
import { sayProblem, toast } from "../ui/toast.js";
import { Draft, centreOf, onLine, part, squareAround, stationsOf } from "./draft.js";
import { editToml } from "./toml.js";

const round6 = (value) => Number(value.toFixed(6));
const said = (error) => (error.status === 0 ? t("problem.offline") : error.message);

export class Shaping {
  board = null;
  state = { chosen: null, picking: null, names: new Map(), problem: "", sending: false };

  constructor(scenario, paint) {
    this.paint = paint;
    this.draft = new Draft(scenario, () => this.changed());
  }

  /** From now on the map shows the draft and answers for it. */
  on(board) {
    this.board = board;
    this.changed();
  }

  changed() {
    this.state.problem = "";
    this.board?.refresh(this.draft.scenario, this.state.chosen);
    this.paint();
  }

  choose(row) {
    this.state.chosen = row;
    this.board?.refresh(this.draft.scenario, row);
    this.paint();
  }

  move(row, [lon, lat], key = null) {
    this.draft.change((scenario) => Object.assign(scenario.fleet.station[row], { lon: round6(lon), lat: round6(lat) }), key);
  }

  units(row, by) {
    this.draft.change(({ fleet }) => {
      fleet.station[row].units = Math.max(0, fleet.station[row].units + by);
    });
  }

  removeStation(row) {
    this.state.chosen = null;
    this.draft.change(({ fleet }) => fleet.station.splice(row, 1));
    toast(t("plan.removed"));
  }

  pick(what) {
    this.state.picking = this.state.picking === what ? null : what;
    this.board?.pick(this.state.picking !== null);
    this.paint();
  }

  async press([lon, lat]) {
    const { picking } = this.state;
    if (picking === "road") await this.#closeRoad(lon, lat);
    else if (picking) {
      const row = stationsOf(this.draft.scenario).length;
      this.draft.change((scenario) => {
        (part(scenario, "fleet").station ??= []).push({ kind: picking, name: t("plan.new_station", { n: row + 1 }), lon: round6(lon), lat: round6(lat), units: picking === "ambulance" ? 2 : 3 });
      });
      this.pick(picking);
      this.choose(row);
    } else this.choose(null);
  }

  async #closeRoad(lon, lat) {
    try {
      const street = await get(`/v1/traffic/edges?lon=${lon}&lat=${lat}`);
      const ring = squareAround(onLine(street.geometry.coordinates, [lon, lat]));
      this.state.names.set(JSON.stringify(ring), street.edges.map((edge) => edge.name || edge.ref).find(Boolean) ?? t("plan.unnamed"));
      this.draft.change((scenario) => (part(scenario, "city").close_road ??= []).push(ring));
    } catch (error) {
      if (error.status === 404) toast(t("plan.no_street"), { bad: true });
      else sayProblem(error);
    }
  }

  /** What closed streets are called, of a scenario that came from elsewhere. */
  async nameRoads() {
    for (const ring of this.draft.scenario.city?.close_road ?? []) {
      const key = JSON.stringify(ring);
      if (this.state.names.has(key)) continue;
      const [lon, lat] = centreOf(ring);
      const street = await get(`/v1/traffic/edges?lon=${lon}&lat=${lat}`).catch(() => null);
      const name = street?.edges.map((edge) => edge.name || edge.ref).find(Boolean);
      if (name) this.state.names.set(key, name);
    }
    this.paint();
  }

  /** A control of the editor was changed, for good if `settled`. */
  edited(target, settled) {
    const { path } = target.dataset;
    if (!path) return null;
    // Half a number is no number yet.
    if (target.type === "number" && (!target.checkValidity() || target.value === "")) return settled ? this.paint() : null;
    return this.draft.change((scenario) => this.#write(scenario, path, target), path);
  }

  #write(scenario, path, target) {
    const value = target.type === "number" || target.type === "range" ? Number(target.value) : target.value;
    const [head, key, field] = path.split(".");
    if (head === "station") scenario.fleet.station[Number(key)][field] = Math.round(value);
    else if (head === "hospital") this.#openHospital(scenario, scenario.city.hospital[Number(key)].name, target.checked);
    else if (path === "demand.history") {
      if (target.checked) part(scenario, "demand").history = "recorded.csv";
      else delete scenario.demand.history;
    } else if (key === undefined) scenario[head] = value;
    else part(scenario, head)[key] = ["replications", "days"].includes(key) ? Math.round(value) : value;
  }

  #openHospital(scenario, name, open) {
    const closed = new Set(scenario.city.close_hospital ?? []);
    if (open) closed.delete(name);
    else closed.add(name);
    if (closed.size) scenario.city.close_hospital = [...closed];
    else delete scenario.city.close_hospital;
  }

  async editToml() {
    try {
      const taken = await editToml(this.draft.scenario, (body) => post("/v1/plans/check", body), said);
      if (!taken) return;
      await this.take(taken);
    } catch (error) {
      this.wrong(error);
    }
  }

  /** Another scenario in the place of this one, undoable as any change. */
  async take(scenario) {
    this.state.chosen = null;
    this.draft.replace(scenario);
    await this.nameRoads();
  }

  wrong(error) {
    this.state.problem = said(error);
    this.paint();
  }
}
