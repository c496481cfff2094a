// Contrast as WCAG 2 has it, computed in the page from what is shown.

/**
 * Runs in the page: everything whose contrast is too low.
 *
 * @returns {string[]}
 */
export function contrasts() {
  const canvas = new OffscreenCanvas(1, 1);
  const context = /** @type {OffscreenCanvasRenderingContext2D} */ (
    canvas.getContext("2d", { willReadFrequently: true })
  );
  const rgba = (/** @type {string} */ colour) => {
    context.clearRect(0, 0, 1, 1);
    context.fillStyle = colour;
    context.fillRect(0, 0, 1, 1);
    return [...context.getImageData(0, 0, 1, 1).data];
  };
  const light = (/** @type {number[]} */ colour) => {
    const [r = 0, g = 0, b = 0] = colour.map((part) => {
      const share = part / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ratio = (/** @type {number[]} */ one, /** @type {number[]} */ other) => {
    const [high, low] = [light(one), light(other)].sort((a, b) => b - a);
    return ((high ?? 0) + 0.05) / ((low ?? 0) + 0.05);
  };
  const ground = (/** @type {Element | null} */ element) => {
    for (let each = element; each; each = each.parentElement) {
      const colour = rgba(getComputedStyle(each).backgroundColor);
      if ((colour[3] ?? 0) > 250) return colour;
    }
    return rgba(getComputedStyle(document.documentElement).backgroundColor);
  };
  const isShown = (/** @type {Element} */ element) =>
    element.checkVisibility({ opacityProperty: true, visibilityProperty: true }) &&
    !element.closest(".hidden, option, optgroup, datalist, noscript, .skip, :disabled") &&
    element.getBoundingClientRect().width > 1;
  /** @type {Set<string>} */
  const low = new Set();
  const check = (
    /** @type {Element} */ element,
    /** @type {string} */ colour,
    /** @type {number[]} */ on,
    /** @type {number} */ least,
    /** @type {string} */ what,
  ) => {
    const found = ratio(rgba(colour), on);
    if (found < least)
      low.add(`${what} of ${element.tagName.toLowerCase()}.${element.getAttribute("class")}: ${found.toFixed(2)}`);
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!element || !walker.currentNode.textContent?.trim() || !isShown(element)) continue;
    const style = getComputedStyle(element);
    const isLarge = Number.parseFloat(style.fontSize) >= 24;
    const colour = element instanceof SVGElement ? style.fill : style.color;
    check(element, colour, ground(element), isLarge ? 3 : 4.5, "text");
  }
  for (const element of document.querySelectorAll("input, select, textarea")) {
    if (!isShown(element)) continue;
    const style = getComputedStyle(element);
    if (element instanceof HTMLInputElement && element.type !== "checkbox") {
      check(element, getComputedStyle(element, "::placeholder").color, ground(element), 4.5, "placeholder");
    }
    check(element, style.borderTopColor, ground(element.parentElement), 3, "border");
  }
  return [...low];
}
