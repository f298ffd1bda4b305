// The desk by keyboard alone: which key reaches the page, and which is somebody's writing.

const IS_WRITING = "input:not([type=radio]), textarea, select";

/** `keys` are the page's own; `tools` answers for the desk's and says so. */
export function onKeys({ isReady, escape, otherTab, tools, keys }) {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (document.querySelector("dialog[open]")) return;
    const { target, key } = event;
    if (key === "Escape") return void escape();
    if (target.closest?.(IS_WRITING) || !isReady()) return;
    if (target.getAttribute?.("role") === "tab" && ["ArrowLeft", "ArrowRight"].includes(key)) return void otherTab();
    if (tools.key(event) || !keys[key]) return;
    event.preventDefault();
    keys[key]();
  });
}
