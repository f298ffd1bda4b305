// Light and dark: the system's choice until someone makes their own.

const listeners = new Set();
const dark = matchMedia("(prefers-color-scheme: dark)");

export const currentTheme = () => document.documentElement.dataset.theme ?? (dark.matches ? "dark" : "light");

export function onTheme(listener) {
  listeners.add(listener);
}

function tell() {
  for (const listener of listeners) listener(currentTheme());
}

export function switchTheme() {
  const next = currentTheme() === "dark" ? "light" : "dark";
  document.documentElement.dataset.theme = next;
  try {
    localStorage.setItem("yct.theme", next);
  } catch {
    // Kept for this visit only.
  }
  tell();
}

dark.addEventListener("change", tell);

/** The colour that a CSS custom property has now, as the canvas understands it. */
export function token(name) {
  const probe = document.createElement("span");
  probe.style.color = `var(${name})`;
  document.body.append(probe);
  const colour = getComputedStyle(probe).color;
  probe.remove();
  return colour;
}
