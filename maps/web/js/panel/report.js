// The form that reports an accident: a place on the map, a few facts, sent once however often it is pressed.

import { h, icon } from "../dom.js";
import { t } from "../i18n.js";
import { post } from "../api.js";
import { SearchBox } from "../desk/search.js";
import { sayProblem, toast } from "../ui/toast.js";
import { button, choice, field, stepper } from "../ui/parts.js";

const KINDS = ["injury_accident", "damage_accident", "pedestrian_accident", "lorry_accident", "breakdown"];
const USUAL = {
  injury_accident: [1, 2], damage_accident: [0, 2], pedestrian_accident: [1, 1], lorry_accident: [0, 1], breakdown: [0, 1],
};

/** A key that names one press of the button; `randomUUID` is missing on plain http addresses. */
function freshKey() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

export class ReportForm {
  constructor(container, { pin, go, onSent }) {
    Object.assign(this, { container, pin, go, onSent });
    this.place = null;
    this.key = freshKey();
  }

  open(place) {
    this.#build();
    if (place) this.put(place);
    this.form.querySelector('input[name="kind"]:checked').focus();
  }

  /** Put the accident where the map was clicked or the pin was dragged. */
  put(place) {
    this.place = place;
    this.pin?.put(place);
    this.form.elements.lon.value = place.lng.toFixed(6);
    this.form.elements.lat.value = place.lat.toFixed(6);
    this.wrong.hidden = true;
  }

  close() {
    this.pin?.remove();
    this.form = null;
  }

  #build() {
    const coordinate = (name, least, most) =>
      field(name, t(`report.${name}`), h("input", { class: "input", type: "number", step: "any", min: least, max: most, required: true }));
    const text = (name, most, attributes = {}) =>
      field(name, t(`report.${name}`), h("input", { class: "input", maxlength: most, autocomplete: "off", ...attributes }));
    this.wrong = h("p", { class: "note", "data-tone": "held", hidden: true, role: "alert" });
    this.send = button(t("report.send"), { kind: "main", type: "submit" });
    this.form = h(
      "form",
      { class: "report", novalidate: true },
      h(
        "header",
        { class: "detail-head" },
        h("div", {}, h("h2", {}, t("report.title"))),
        button(t("close"), { action: "close", kind: "bare", sign: "close", iconOnly: true }),
      ),
      h(
        "div",
        { class: "detail-body" },
        h("div", { class: "field" }, h("span", { class: "label" }, t("report.kind")), choice("kind", t("report.kind"), KINDS.map((kind) => [kind, t(`kind.${kind}`)]), KINDS[0])),
        h(
          "div",
          { class: "field" },
          h("span", { class: "label" }, t("report.place")),
          this.#finder(),
          h("p", { class: "note" }, icon("pin"), h("span", {}, t("report.place.hint"))),
        ),
        h("div", { class: "pair" }, coordinate("lon", -180, 180), coordinate("lat", -90, 90)),
        button(t("report.centre"), { action: "report-centre", sign: "target" }),
        h("div", { class: "pair" }, stepper("casualties", t("report.casualties"), 1), stepper("vehicles", t("report.vehicles"), 2)),
        text("address", 200),
        field("description", t("report.description"), h("textarea", { class: "input", maxlength: 500, rows: 2 })),
        h("div", { class: "pair" }, text("caller_phone", 30, { type: "tel" }), text("plates", 60, { placeholder: "苏J12345" })),
        this.wrong,
      ),
      h("footer", { class: "detail-foot" }, this.send),
    );
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    // What is said differently is another report: the service refuses a used key with new words.
    this.form.addEventListener("input", () => (this.key = freshKey()));
    this.form.addEventListener("change", (event) => this.#suggest(event));
    this.container.replaceChildren(this.form);
  }

  /** A road with its kilometre post, a street or a place, as the caller says it. */
  #finder() {
    const box = h("div", { class: "search" });
    const finder = new SearchBox(box, (found) => this.#found(found), { name: "where", kinds: ["post", "street", "place"] });
    finder.input.placeholder = t("report.find");
    finder.input.setAttribute("aria-label", t("report.find"));
    return box;
  }

  #found({ title, detail, kind, lon, lat }) {
    if (lon === null) return;
    this.put({ lng: lon, lat });
    this.go?.(lon, lat);
    this.form.elements.address.value = kind === "post" && detail ? `${title} ${detail}` : title;
    this.key = freshKey();
  }

  #suggest({ target }) {
    if (target.name === "kind") {
      const [casualties, vehicles] = USUAL[target.value];
      this.form.elements.casualties.value = casualties;
      this.form.elements.vehicles.value = vehicles;
    }
    const { lon, lat } = this.form.elements;
    if ((target === lon || target === lat) && lon.value && lat.value) this.put({ lng: Number(lon.value), lat: Number(lat.value) });
  }

  #body() {
    const { elements } = this.form;
    const plates = elements.plates.value.split(/[\s,，、;；]+/).filter(Boolean);
    return {
      kind: elements.kind.value,
      lon: Number(elements.lon.value),
      lat: Number(elements.lat.value),
      casualties: Number(elements.casualties.value),
      vehicles: Number(elements.vehicles.value),
      address: elements.address.value.trim(),
      description: elements.description.value.trim(),
      caller_phone: elements.caller_phone.value.trim(),
      ...(plates.length ? { plates } : {}),
    };
  }

  #complain(text) {
    this.wrong.textContent = text;
    this.wrong.hidden = false;
    this.wrong.scrollIntoView({ block: "nearest" });
  }

  async #submit() {
    const { lon, lat } = this.form.elements;
    if (!lon.value || !lat.value) return this.#complain(t("report.place.missing"));
    this.send.disabled = true;
    try {
      const answer = await post("/v1/incidents", this.#body(), { "Idempotency-Key": this.key });
      this.key = freshKey();
      toast(t(answer.joined ? "report.joined" : "report.sent", { number: answer.case_number ?? answer.incident.number ?? "" }));
      this.onSent(answer);
    } catch (error) {
      if (error.status === 422 || error.status === 400) this.#complain(error.message);
      else sayProblem(error);
    } finally {
      this.send.disabled = false;
    }
    return undefined;
  }
}
