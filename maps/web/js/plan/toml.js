// The scenario as the text that `yct simulate run` reads: to look at, to keep, to change by hand, to bring from elsewhere.

import { h } from "../dom.js";
import { t } from "../i18n.js";
import { ask } from "../ui/toast.js";

/** Resolves to the scenario that was taken over, or null; a mistake is told with its line and the text stays. */
export async function editToml(scenario, check, said) {
  let text = (await check({ scenario })).toml;
  let problem = "";
  for (;;) {
    const answer = await ask({ title: t("plan.toml"), text: t("plan.toml.text"), confirm: t("plan.toml.take"), wide: true, fields: fields(text, problem, scenario.name) });
    if (!answer) return null;
    text = answer.toml;
    try {
      return (await check({ toml: text })).scenario;
    } catch (error) {
      problem = said(error);
    }
  }
}

function fields(text, problem, name) {
  const area = h("textarea", { class: "input plan-toml", name: "toml", spellcheck: "false", rows: 22, "aria-label": t("plan.toml") });
  area.value = text;
  const upload = h("input", { type: "file", accept: ".toml,text/plain" });
  upload.addEventListener("change", async () => {
    area.value = (await upload.files[0]?.text()) ?? area.value;
  });
  const download = h("button", { type: "button", class: "button" }, t("plan.download"));
  download.addEventListener("click", () => save(`${name || "scenario"}.toml`, area.value));
  return [area, problem ? h("p", { class: "wrong", role: "alert" }, problem) : null, h("div", { class: "plan-file" }, download, h("label", { class: "plan-upload" }, t("plan.upload"), upload))];
}

function save(name, text) {
  const address = URL.createObjectURL(new Blob([text], { type: "application/toml" }));
  h("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 1_000);
}
