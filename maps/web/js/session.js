// Signing in: the operator's token becomes a cookie that scripts cannot read.

import { post, request } from "./api.js";
import { h, icon } from "./dom.js";
import { t } from "./i18n.js";
import { button, field } from "./ui/parts.js";

/** Sign in by `#token=…`, the way `yct run` prints the address; the token leaves the address bar at once. */
export async function signInByFragment() {
  const token = new URLSearchParams(location.hash.slice(1)).get("token");
  if (!token) return;
  history.replaceState(null, "", location.pathname + location.search);
  await post("/v1/session", { token }).catch(() => null);
}

export async function signOut() {
  await request("DELETE", "/v1/session").catch(() => null);
  location.reload();
}

/** Six digits are a code that another screen shows; anything else is a token. */
const credentials = (text) => (/^\d{6}$/.test(text) ? { code: text } : { token: text });

/** The card that asks for the token, over the map; resolves once the service has accepted one. */
export function askToken(container) {
  return new Promise((resolve) => {
    const input = h("input", { class: "input", type: "password", autocomplete: "current-password", required: true, spellcheck: "false" });
    const wrong = h("p", { class: "wrong", role: "alert", hidden: true });
    const submit = button(t("session.enter"), { kind: "main", type: "submit" });
    const form = h(
      "form",
      { class: "signin" },
      h("span", { class: "mark", "aria-hidden": "true" }),
      h("h2", {}, t("session.title")),
      h("p", { class: "quiet" }, t("session.text")),
      field("token", t("session.token"), input, { hint: t("session.hint") }),
      wrong,
      submit,
    );
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      submit.disabled = true;
      try {
        await post("/v1/session", credentials(input.value.trim()));
        container.replaceChildren();
        resolve();
      } catch (error) {
        wrong.textContent = t(error.status === 0 ? "problem.offline" : "session.wrong");
        wrong.hidden = false;
        input.select();
      } finally {
        submit.disabled = false;
      }
    });
    container.replaceChildren(h("div", { class: "signin-veil" }, form));
    input.focus();
  });
}

export const mapMissing = (error) =>
  h("div", { class: "empty map-missing" }, icon("warning"), h("strong", {}, t("map.missing")), h("p", {}, t("map.missing.text")), h("p", { class: "small" }, error.message));
