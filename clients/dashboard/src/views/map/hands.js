// Pointer, wheel and keys on the map: what moves the camera, what is pointed at, and what is chosen.

/** @typedef {import("./camera.js").Camera} Camera */

/** A press that moved less is a click. */
const CLICK_PX = 5;
const STEP_PX = 60;

/**
 * @typedef {object} Hands
 * @property {(at: { x: number, y: number } | undefined) => void} point
 * @property {(at: { x: number, y: number }) => void} choose
 * @property {() => void} moved
 * @property {() => void} fit
 * @property {(by: 1 | -1) => void} step To the next node, or the one before.
 * @property {() => void} enter To what is told of the chosen one.
 */

/**
 * @param {HTMLCanvasElement} canvas
 * @param {Camera} camera
 * @param {Hands} hands
 */
export function begin(canvas, camera, hands) {
  onPointer(canvas, camera, hands);
  canvas.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      camera.zoom(Math.exp(-event.deltaY * 0.0015), { x: event.offsetX, y: event.offsetY });
      hands.moved();
    },
    { passive: false },
  );
  canvas.addEventListener("keydown", (event) => {
    const steps = { ArrowLeft: [1, 0], ArrowRight: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
    const [dx, dy] = steps[/** @type {keyof typeof steps} */ (event.key)] ?? [];
    if (dx !== undefined && dy !== undefined) camera.move(dx * STEP_PX, dy * STEP_PX);
    else if (event.key === "+" || event.key === "=") camera.zoom(1.25);
    else if (event.key === "-") camera.zoom(0.8);
    else if (event.key === "0") return hands.fit();
    else if (event.key === "PageDown") hands.step(1);
    else if (event.key === "PageUp") hands.step(-1);
    else if (event.key === "Enter") hands.enter();
    else return;
    event.preventDefault();
    hands.moved();
  });
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {Camera} camera
 * @param {Hands} hands
 */
function onPointer(canvas, camera, hands) {
  /** Fingers, or the mouse while it is pressed. @type {Map<number, { x: number, y: number }>} */
  const down = new Map();
  let travelled = 0;
  const at = (/** @type {PointerEvent} */ { offsetX, offsetY }) => ({ x: offsetX, y: offsetY });
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    down.set(event.pointerId, at(event));
    travelled = 0;
  });
  canvas.addEventListener("pointermove", (event) => {
    const before = down.get(event.pointerId);
    if (!before) return hands.point(at(event));
    const now = at(event);
    const other = [...down].find(([id]) => id !== event.pointerId)?.[1];
    if (other) {
      camera.zoom(distance(now, other) / Math.max(distance(before, other), 1), other);
    } else {
      travelled += distance(now, before);
      if (travelled > CLICK_PX) camera.move(now.x - before.x, now.y - before.y);
    }
    down.set(event.pointerId, now);
    hands.moved();
  });
  canvas.addEventListener("pointerup", (event) => {
    if (down.size === 1 && travelled <= CLICK_PX) hands.choose(at(event));
    down.delete(event.pointerId);
  });
  canvas.addEventListener("pointercancel", (event) => down.delete(event.pointerId));
  canvas.addEventListener("pointerleave", () => hands.point(undefined));
}

/**
 * @param {{ x: number, y: number }} one
 * @param {{ x: number, y: number }} other
 */
function distance(one, other) {
  return Math.hypot(one.x - other.x, one.y - other.y);
}
