// What each list has in its columns, and which words may stand there.

const KINDS = ["ambulance", "tow"];
const PLACES = ["hospital", "repair_shop", "service_point", "yard"];
export const CAPABILITIES = { ambulance: ["als", "bls"], tow: ["flatbed", "wheel_lift", "heavy_tow", "crane"] };

// `id`: by which people know it, and which never changes; `words`: one of these.
export const COLUMNS = {
  units: [
    { name: "call_sign", id: true }, { name: "kind", words: KINDS, id: true }, { name: "capabilities", many: true }, { name: "station", station: true },
    { name: "agency" }, { name: "plate" }, { name: "phone" }, { name: "turnout_s", number: true, most: 3600 },
  ],
  stations: [{ name: "name", id: true }, { name: "kind", words: KINDS, id: true }, { name: "lon", number: true }, { name: "lat", number: true }],
  places: [
    { name: "name", id: true }, { name: "kind", words: PLACES, id: true }, { name: "lon", number: true }, { name: "lat", number: true }, { name: "phone" },
    ...["direct_pay", "trauma", "burns", "paediatrics"].map((name) => ({ name, fact: true })),
  ],
};

export const nameOf = (list, entry) => (list === "units" ? entry.call_sign : entry.name);
/** Two places of two kinds may have one name. */
export const keyOf = (list, entry) => (list === "places" ? `${entry.kind} ${entry.name}` : nameOf(list, entry));
