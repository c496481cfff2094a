// Waiting that can be given up.

/** The longest time that a timer holds, in milliseconds; a longer one would fire at once. */
export const TIMER_MAX_MS = 2 ** 31 - 1;

/** Who is to be told of an abort. @type {WeakMap<AbortSignal, Set<() => void>>} */
const listeners = new WeakMap();

/**
 * Calls back when a signal is aborted; at once, if it is. One listener serves all who ask: a signal that many requests have
 * in common would otherwise be reported as a leak.
 *
 * @param {AbortSignal | undefined} signal
 * @param {() => void} callback
 * @returns {() => void} Ends it.
 */
export function onAbort(signal, callback) {
  if (!signal) return () => {};
  if (signal.aborted) {
    callback();
    return () => {};
  }
  const callbacks = listeners.get(signal) ?? listen(signal);
  // The same callback may be given twice.
  const own = () => callback();
  callbacks.add(own);
  return () => void callbacks.delete(own);
}

/** @param {AbortSignal} signal */
function listen(signal) {
  /** @type {Set<() => void>} */
  const callbacks = new Set();
  listeners.set(signal, callbacks);
  signal.addEventListener("abort", () => callbacks.forEach((callback) => callback()), { once: true });
  return callbacks;
}

/**
 * Waits; rejects with the signal's reason when it is aborted.
 *
 * @param {number} ms
 * @param {AbortSignal} [signal]
 * @returns {Promise<void>}
 */
export function sleep(ms, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => {
        release();
        resolve();
      },
      Math.min(ms, TIMER_MAX_MS),
    );
    const release = onAbort(signal, () => {
      clearTimeout(timer);
      reject(signal?.reason);
    });
  });
}

/**
 * What a promise gives, unless the signal is aborted before; the promise goes on by itself then.
 *
 * @template T
 * @param {Promise<T>} promise
 * @param {AbortSignal | undefined} signal
 * @returns {Promise<T>}
 */
export function unlessAborted(promise, signal) {
  return new Promise((resolve, reject) => {
    const release = onAbort(signal, () => reject(signal?.reason));
    promise.finally(() => release()).then(resolve, reject);
  });
}

/**
 * One signal of several, which is aborted when one of them is, or after a time. `release` when it is not needed any more.
 *
 * @param {(AbortSignal | undefined)[]} signals
 * @param {{ afterMs?: number, reason?: () => unknown }} [limit]
 */
export function anySignal(signals, { afterMs, reason } = {}) {
  const controller = new AbortController();
  const releases = signals.map((signal) => onAbort(signal, () => controller.abort(signal?.reason)));
  const over = () => controller.abort(reason?.());
  const timer = afterMs === undefined ? undefined : setTimeout(over, Math.min(afterMs, TIMER_MAX_MS));
  return {
    signal: controller.signal,
    release() {
      clearTimeout(timer);
      for (const release of releases) release();
    },
  };
}
