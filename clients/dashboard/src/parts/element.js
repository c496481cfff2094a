// Elements, made by hand: text goes in as text, so that what agents wrote can never become markup.

/** @typedef {Node | string | number | null | undefined | false} Child */
/** @typedef {Record<string, unknown>} Props */

const SVG = "http://www.w3.org/2000/svg";
/** Set as properties; everything else is an attribute. */
const PROPERTIES = new Set(["value", "checked", "disabled", "hidden", "textContent", "htmlFor", "tabIndex", "open"]);

/**
 * An element. `onclick` and the like are listeners; `undefined`, `null` and `false` are left out.
 *
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Props | null} [props]
 * @param {(Child | Child[])[]} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function h(tag, props, ...children) {
  const element = document.createElement(tag);
  set(element, props ?? {});
  add(element, children);
  return element;
}

/**
 * An element of a drawing.
 *
 * @template {keyof SVGElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Props} [props]
 * @param {(Child | Child[])[]} children
 * @returns {SVGElementTagNameMap[Tag]}
 */
export function svg(tag, props = {}, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(props)) {
    if (value !== undefined && value !== null && value !== false) element.setAttribute(name, String(value));
  }
  add(element, children);
  return element;
}

/**
 * @param {HTMLElement} element
 * @param {Props} props
 */
export function set(element, props) {
  for (const [name, value] of Object.entries(props)) {
    if (name.startsWith("on") && typeof value === "function") {
      element.addEventListener(name.slice(2), /** @type {EventListener} */ (value));
    } else if (PROPERTIES.has(name)) {
      if (value !== undefined) Object.assign(element, { [name]: value });
    } else if (value === undefined || value === null || value === false) {
      element.removeAttribute(name);
    } else {
      element.setAttribute(name, value === true ? "" : String(value));
    }
  }
}

/**
 * @param {Element} parent
 * @param {(Child | Child[])[]} children
 */
function add(parent, children) {
  for (const child of children.flat()) {
    if (child === undefined || child === null || child === false) continue;
    parent.append(child instanceof Node ? child : String(child));
  }
}

/**
 * Replaces what an element holds.
 *
 * @param {Element} parent
 * @param {(Child | Child[])[]} children
 */
export function fill(parent, ...children) {
  parent.replaceChildren();
  add(parent, children);
}

/**
 * As `fill`, but leaves what would be the same, so that nothing flickers and the focus stays. Where what has the focus is
 * replaced, what has its name gets it.
 *
 * @param {Element} parent
 * @param {Node[]} children
 */
export function update(parent, ...children) {
  const before = [...parent.childNodes];
  children.forEach((child, at) => {
    const old = before[at];
    if (old === child || old?.isEqualNode(child)) return;
    const focused = old?.contains(document.activeElement) ? document.activeElement : null;
    if (old) old.replaceWith(child);
    else parent.append(child);
    if (focused && child instanceof Element) heir(child, focused)?.focus({ preventScroll: true });
  });
  for (const old of before.slice(children.length)) old.remove();
}

/**
 * @param {Element} place
 * @param {Element} lost
 */
function heir(place, lost) {
  const name = (/** @type {Element} */ each) => each.getAttribute("aria-label") ?? each.textContent;
  const all = /** @type {HTMLElement[]} */ ([...place.querySelectorAll(lost.tagName)]);
  return all.find((each) => name(each) === name(lost)) ?? all[0];
}

/**
 * Sets the text of a node if it is another: a write that changes nothing still costs a layout.
 *
 * @param {Node} node
 * @param {string} text
 */
export function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
}
