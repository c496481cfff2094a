// Dark and light: as the system says, until somebody says otherwise. Kept by the browser: the only thing that is.

const KEPT = "agent-hub-theme";
/** Those who draw on a canvas, and must draw again. @type {Set<() => void>} */
const painters = new Set();
const system = matchMedia("(prefers-color-scheme: dark)");

/** Takes up what was chosen the last time. */
export function beginTheme() {
  const kept = recall();
  if (kept === "dark" || kept === "light") document.documentElement.dataset.theme = kept;
  system.addEventListener("change", () => painters.forEach((paint) => paint()));
}

export function isDark() {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : system.matches;
}

/** The other one. */
export function toggleTheme() {
  const theme = isDark() ? "light" : "dark";
  document.documentElement.dataset.theme = theme;
  try {
    localStorage.setItem(KEPT, theme);
  } catch {
    // A browser that keeps nothing: then it holds until the page is left.
  }
  painters.forEach((paint) => paint());
}

/**
 * Calls back when the colours are others.
 *
 * @param {() => void} paint
 * @param {AbortSignal} signal Ends it.
 */
export function onTheme(paint, signal) {
  painters.add(paint);
  signal.addEventListener("abort", () => painters.delete(paint), { once: true });
}

/**
 * The colours of the theme, as a canvas takes them.
 *
 * @template {string} Name
 * @param {readonly Name[]} names Of custom properties, without their dashes.
 * @returns {Record<Name, string>}
 */
export function colours(names) {
  const probe = document.createElement("span");
  probe.hidden = true;
  document.body.append(probe);
  const found = Object.fromEntries(
    names.map((name) => {
      probe.style.color = `var(--${name})`;
      return [name, getComputedStyle(probe).color];
    }),
  );
  probe.remove();
  return /** @type {Record<Name, string>} */ (found);
}

/** Whether things may move. */
export function mayMove() {
  return !matchMedia("(prefers-reduced-motion: reduce)").matches;
}

function recall() {
  try {
    return localStorage.getItem(KEPT);
  } catch {
    return null;
  }
}
