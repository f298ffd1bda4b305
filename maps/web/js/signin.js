// Where operators sign in, and where crews find their own page.

import { loadLanguage, switchLanguage, t } from "./i18n.js";
import { h, onAction } from "./dom.js";
import { askToken, signInByFragment } from "./session.js";
import { button } from "./ui/parts.js";

// Only our own pages: an address from outside must not send anybody elsewhere after signing in.
const NEXT = { desk: "/", hospital: "/hospital" };

const next = () => NEXT[new URLSearchParams(location.search).get("next")] ?? "/";

async function show() {
  document.title = t("session.page");
  const main = document.getElementById("signin");
  const asked = askToken(main);
  main.append(
    h("nav", { class: "signin-more" }, h("a", { href: "/drive" }, t("session.crews")), button(t("language.switch"), { action: "language", kind: "bare" })),
  );
  await asked;
  location.assign(next());
}

await loadLanguage();
onAction(document.body, (action) => action === "language" && switchLanguage().then(() => location.reload()));
await signInByFragment();
show();
