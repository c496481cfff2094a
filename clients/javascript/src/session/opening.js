// How a session comes to be: the socket, hello, welcome. And what comes before the next one, when it has ended.

import { unreachable } from "../error.js";
import { anySignal, onAbort, sleep } from "../requests/signals.js";
import { openSocket } from "../websocket/open.js";
import { PROTOCOL, readHubFrame, writeClientFrame } from "../wire/frames.js";
import { endOf, endOfHello, endOfOpening, final } from "./end.js";
import { mayWorkLater } from "./listening.js";

/** How long the upgrade and the welcome may take. */
const OPEN_LIMIT_MS = 10_000;
/** Over how long sessions come back after a restart of the hub. */
const RESTART_SPREAD_MS = 5_000;
/** A session that held so long was a good one. */
const GOOD_AFTER_MS = 60_000;

/** @typedef {import("./end.js").End} End */
/** @typedef {import("../websocket/open.js").Socket} Socket */
/** @typedef {{ epoch?: string, after?: Record<string, number> }} Resume From where the session begins. */
/** @typedef {{ socket: Socket, welcome: { type: "welcome" } & import("../wire/frames.js").Welcome }} Opened */

/**
 * Opens a socket and says hello; the welcome, or why there is none.
 *
 * @param {import("../requests/rest.js").Rest} rest
 * @param {import("../requests/jwt.js").Jwt} jwt
 * @param {Resume} resume
 * @param {AbortSignal} signal Gives it up.
 * @returns {Promise<Opened | End>}
 */
export async function openSession(rest, jwt, resume, signal) {
  const late = () => unreachable(rest.url, "it did not say welcome in time");
  const limit = anySignal([signal], { afterMs: OPEN_LIMIT_MS, reason: late });
  try {
    return await hello(rest, jwt, resume, limit.signal);
  } catch (error) {
    return endOfOpening(rest.url, error);
  } finally {
    limit.release();
  }
}

/**
 * @param {import("../requests/rest.js").Rest} rest
 * @param {import("../requests/jwt.js").Jwt} jwt
 * @param {Resume} resume
 * @param {AbortSignal} signal
 */
async function hello(rest, jwt, resume, signal) {
  const socket = await openSocket(`${rest.url}/secure/ws`, signal);
  const release = onAbort(signal, () => socket.destroy());
  try {
    signal.throwIfAborted();
    const credentials = { apiKey: rest.apiKey, token: jwt.text };
    socket.say(writeClientFrame({ type: "hello", ...credentials, protocol: PROTOCOL, ...resume }));
    return await greeting(rest.url, socket, signal);
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    release();
  }
}

/**
 * @param {string} url
 * @param {Socket} socket
 * @param {AbortSignal} signal
 * @returns {Promise<Opened | End>}
 */
async function greeting(url, socket, signal) {
  for (;;) {
    const text = await socket.receive();
    signal.throwIfAborted();
    if (text === undefined) return endOf(url, socket.ended ?? { code: 1006, reason: "" });
    const frame = readHubFrame(text);
    if (frame?.type === "welcome") return { socket, welcome: frame };
    if (frame?.type === "error") {
      void socket.close();
      return endOfHello(frame);
    }
  }
}

/**
 * One session, from login to its end. One that told something, or held for a while, makes the pauses short again.
 *
 * @param {object} about
 * @param {import("../requests/rest.js").Rest} about.rest
 * @param {import("../requests/backoff.js").Backoff} about.backoff
 * @param {(jwt: import("../requests/jwt.js").Jwt) => Promise<End>} about.converse From the socket to its end.
 * @param {() => boolean} about.hasTold Whether it told something.
 * @param {AbortSignal} signal Gives it up.
 * @returns {Promise<End>}
 */
export async function holdSession({ rest, backoff, converse, hasTold }, signal) {
  let jwt;
  try {
    jwt = await rest.jwt(signal);
  } catch (error) {
    return mayWorkLater(error) ? { kind: "later", error } : final(error);
  }
  const begun = performance.now();
  const end = await converse(jwt);
  if (hasTold() || performance.now() - begun >= GOOD_AFTER_MS) backoff.reset();
  if (end.kind === "login") rest.forget(jwt);
  return end;
}

/**
 * What comes before the next session; throws where there is none.
 *
 * @param {End} end
 * @param {import("../requests/backoff.js").Backoff} backoff
 * @param {AbortSignal} signal
 */
export async function pauseAfter(end, backoff, signal) {
  if (end.kind === "final") throw end.error;
  if (end.kind === "restart") return sleep(Math.random() * RESTART_SPREAD_MS, signal);
  // At once; but what happens again and again must not become a flood.
  if (end.kind !== "later" && backoff.isFresh) backoff.pauseMs();
  else await sleep(backoff.pauseMs(), signal);
}
