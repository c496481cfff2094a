// Elements without markup: text stays text, whatever is in it.

/**
 * An element. Attributes that are `undefined` or `false` are left out; children that are, too.
 * @param {string} name
 * @param {Record<string, unknown>} [attributes]
 * @param {...unknown} children
 */
export function h(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    element.setAttribute(key, value === true ? "" : String(value));
  }
  element.append(
    .../** @type {(Node | string)[]} */ (
      children.flat(Infinity).filter((child) => child !== undefined && child !== false)
    ),
  );
  return element;
}

/**
 * Text with `code`, in paragraphs: so much of Markdown and no more.
 * @param {string | undefined} text
 */
export function prose(text) {
  const paragraphs = (text ?? "").split(/\n\s*\n/).filter((paragraph) => paragraph.trim() !== "");
  return paragraphs.map((paragraph) => h("p", {}, ...inline(paragraph)));
}

/** @param {string | undefined} text */
export function inline(text) {
  return (text ?? "").split(/(`[^`]+`)/).map((part) => (/^`.+`$/.test(part) ? h("code", {}, part.slice(1, -1)) : part));
}

/**
 * A block of code with a button that copies it.
 * @param {string} code
 * @param {string} label
 */
export function copyable(code, label) {
  const button = h("button", { type: "button", class: "copy", "aria-label": `Copy ${label}` }, "Copy");
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(code).then(
      () => (button.textContent = "Copied"),
      () => (button.textContent = "Select it and copy"),
    );
    setTimeout(() => (button.textContent = "Copy"), 1500);
  });
  return h("div", { class: "code" }, h("pre", { tabindex: 0, "aria-label": label }, h("code", {}, code)), button);
}
