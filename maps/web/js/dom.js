// Elements from plain calls, and a morph that keeps focus, scroll and open details while a panel is painted again.

import { GLYPHS, ICONS } from "./ui/glyphs.js";

const SVG = "http://www.w3.org/2000/svg";

function set(element, name, value) {
  if (value === false || value === null || value === undefined) return;
  element.setAttribute(name === "className" ? "class" : name, value === true ? "" : String(value));
}

function fill(element, children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false || child === "") continue;
    element.append(child instanceof Node ? child : String(child));
  }
  return element;
}

/** An HTML element; falsy attributes and children are left out, nothing is ever parsed as markup. */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) set(element, name, value);
  return fill(element, children);
}

/** An SVG element, likewise. */
export function svg(tag, attributes, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) set(element, name, value);
  return fill(element, children);
}

/** A line icon; decorative, so the control that holds it carries the name. */
export function icon(name) {
  return svg("svg", { class: "icon", viewBox: "0 0 24 24", "aria-hidden": "true" }, svg("path", { d: ICONS[name] }));
}

/** The shape of a status, filled in its tone. */
export function glyph(tone) {
  const shape = GLYPHS[tone] ?? GLYPHS.off;
  return svg(
    "svg",
    { class: "glyph", viewBox: "0 0 16 16", "aria-hidden": "true", fill: "currentColor" },
    svg("path", { d: shape, "fill-rule": "evenodd" }),
  );
}

const keyOf = (node) => (node.nodeType === Node.ELEMENT_NODE ? node.getAttribute("data-key") : null);

function alike(a, b) {
  return a.nodeType === b.nodeType && a.nodeName === b.nodeName && keyOf(a) === keyOf(b);
}

function morphAttributes(target, source) {
  for (const { name } of [...target.attributes]) {
    // What the person opened stays open.
    if (name === "open" && target.nodeName === "DETAILS") continue;
    if (!source.hasAttribute(name)) target.removeAttribute(name);
  }
  for (const { name, value } of source.attributes) {
    if (target.getAttribute(name) !== value) target.setAttribute(name, value);
  }
}

function morphNode(target, source) {
  if (target.nodeType !== Node.ELEMENT_NODE) {
    if (target.data !== source.data) target.data = source.data;
    return;
  }
  morphAttributes(target, source);
  morphChildren(target, source);
}

function morphChildren(target, source) {
  const keyed = new Map();
  for (const child of target.children) {
    const key = keyOf(child);
    if (key !== null) keyed.set(key, child);
  }
  let at = target.firstChild;
  for (const wanted of [...source.childNodes]) {
    const known = keyed.get(keyOf(wanted));
    const match = known && alike(known, wanted) ? known : at && alike(at, wanted) ? at : null;
    if (match === null) {
      target.insertBefore(wanted, at);
      continue;
    }
    if (match === at) at = at.nextSibling;
    else target.insertBefore(match, at);
    morphNode(match, wanted);
  }
  while (at) {
    const next = at.nextSibling;
    at.remove();
    at = next;
  }
}

/** Make the children of `container` what `children` says, touching only what differs. */
export function paint(container, ...children) {
  const focused = container.contains(document.activeElement) ? document.activeElement : null;
  morphChildren(container, fill(document.createElement("div"), children));
  // An element that changed its place among its siblings has lost the focus on the way.
  if (focused?.isConnected && document.activeElement !== focused) focused.focus({ preventScroll: true });
}

/** Call `act(name, element, event)` for a click on anything with `data-action`; one listener for a whole region. */
export function onAction(region, act) {
  region.addEventListener("click", (event) => {
    const element = event.target.closest("[data-action]");
    if (element && region.contains(element) && !element.disabled) act(element.dataset.action, element, event);
  });
}

/** Call `draw` at most once a frame, however often it is asked. */
export function coalesced(draw) {
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      draw();
    });
  };
}
