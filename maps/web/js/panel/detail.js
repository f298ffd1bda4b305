// The pane beside the map: the accident, unit or hospital that is chosen, or the form of a report being made.

import { paint } from "../dom.js";
import { hospitalDetail } from "./hospital.js";
import { incidentDetail } from "./incident.js";
import { ReportForm } from "./report.js";
import { unitDetail } from "./units.js";

export class DetailPane {
  report = null;

  constructor(aside, { world, dossier, recommendations }) {
    Object.assign(this, { aside, world, dossier, recommendations });
  }

  /** Draw what is chosen; a form of a report is left as it is. */
  paint(chosen) {
    const { aside, world } = this;
    if (chosen?.kind === "incident") {
      const incident = world.incidents.get(chosen.id);
      if (incident) paint(aside, incidentDetail(world, incident, this.dossier.of(chosen.id), this.recommendations.section(incident)));
    } else if (chosen?.kind === "unit") {
      const unit = world.units.get(chosen.id);
      if (unit) paint(aside, unitDetail(world, unit));
    } else if (chosen?.kind === "hospital") {
      const place = world.places.get(chosen.id);
      if (place) paint(aside, hospitalDetail(world, place));
    }
  }

  clear() {
    this.aside.replaceChildren();
  }

  /** The form, with the place if it is known already; `onSent` gets the accident that it became. */
  openReport(stage, place, onSent) {
    this.aside.hidden = false;
    this.stage = stage;
    this.report = new ReportForm(this.aside, {
      pin: stage?.pin,
      go: (lon, lat) => stage?.frame([[lon, lat]], 60),
      onSent: ({ incident }) => onSent(incident),
    });
    this.report.open(place);
    stage?.pick(true);
  }

  endReport() {
    this.report?.close();
    this.report = null;
    this.stage?.pick(false);
    this.clear();
  }
}
