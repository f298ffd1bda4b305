// The sheet that rises from the lower edge: a few large choices, one of which is taken or none.

import { h } from "../dom.js";
import { t } from "../i18n.js";

/** Resolves to the value of the choice, or null. Choices are [value, label, grave?]. */
export function choose(title, choices, text = null) {
  return new Promise((resolve) => {
    let chosen = null;
    const dialog = h(
      "dialog",
      { class: "sheet", "aria-label": title },
      h("h2", {}, title),
      text ? h("p", { class: "quiet" }, text) : null,
      choices.map(([value, label, grave]) => h("button", { type: "button", class: "button big", "data-value": value, "data-kind": grave ? "grave" : null }, label)),
      h("button", { type: "button", class: "button big", "data-kind": "bare" }, t("dialog.back")),
    );
    dialog.addEventListener("click", ({ target }) => {
      const pressed = target.closest("button");
      if (!pressed && target !== dialog) return;
      chosen = pressed?.dataset.value ?? null;
      dialog.close();
    });
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(chosen);
    });
    document.getElementById("dialogs").append(dialog);
    dialog.showModal();
  });
}
