// How the wire's JSON becomes the library's objects, and back. A shape takes what it knows, checks every type, and passes
// over the rest: nothing is copied that was not asked for, so that no name in an answer can reach a prototype. Names are
// snake_case on the wire and camelCase here.

/** What was read is not what it should be. */
export class Unreadable extends Error {}

/**
 * @template T
 * @typedef {object} Shape
 * @property {(value: unknown) => T} read From JSON; throws `Unreadable`.
 * @property {(value: T) => unknown} write To JSON; `undefined` is left out.
 * @property {() => T} [absent] What it is where it is left out; without this it must be there.
 */

/**
 * @param {string} what
 * @returns {never}
 */
function expected(what) {
  throw new Unreadable(`expected ${what}`);
}

/** @type {Shape<string>} */
export const text = {
  read: (value) => (typeof value === "string" ? value : expected("text")),
  write: (value) => value,
};

/**
 * A token: it ends up in files, whose lines it must not break.
 * @type {Shape<string>}
 */
export const token = {
  read: (value) => (typeof value === "string" && /^[A-Za-z0-9_-]{1,64}$/.test(value) ? value : expected("a token")),
  write: (value) => value,
};

/**
 * An integer from 0 to 2^53 - 1: what a number holds exactly.
 * @type {Shape<number>}
 */
export const count = {
  read: (value) => (Number.isSafeInteger(value) && Number(value) >= 0 ? Number(value) : expected("an integer")),
  write: (value) => value,
};

/** @type {Shape<boolean>} */
export const flag = {
  read: (value) => (typeof value === "boolean" ? value : expected("true or false")),
  write: (value) => value,
};

/**
 * A moment: RFC 3339, UTC, whole seconds.
 * @type {Shape<Date>}
 */
export const time = {
  read(value) {
    const moment = typeof value === "string" && /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value) ? new Date(value) : null;
    return moment && !Number.isNaN(moment.getTime()) ? moment : expected("a time");
  },
  write: (value) => value.toISOString().replace(/\.\d+Z$/, "Z"),
};

/**
 * An object whose fields belong to somebody else: handed on as it is.
 * @type {Shape<Record<string, unknown>>}
 */
export const document = {
  read: (value) => (isObject(value) ? value : expected("an object")),
  write: (value) => value,
};

/**
 * May be left out.
 *
 * @template T
 * @param {Shape<T>} shape
 * @returns {Shape<T | undefined>}
 */
export function optional(shape) {
  return {
    read: (value) => shape.read(value),
    write: (value) => (value === undefined ? undefined : shape.write(value)),
    absent: () => undefined,
  };
}

/**
 * `true`, or left out.
 * @type {Shape<boolean>}
 */
export const mark = {
  read: (value) => flag.read(value),
  write: (value) => (value ? true : undefined),
  absent: () => false,
};

/**
 * @template T
 * @param {Shape<T>} shape
 * @returns {Shape<T[]>}
 */
export function list(shape) {
  return {
    read: (value) => (Array.isArray(value) ? value.map((each) => shape.read(each)) : expected("a list")),
    write: (value) => value.map((each) => shape.write(each)),
  };
}

/**
 * A list that is left out when it is empty.
 *
 * @template T
 * @param {Shape<T>} shape
 * @returns {Shape<T[]>}
 */
export function listOrNothing(shape) {
  const full = list(shape);
  return {
    read: (value) => full.read(value),
    write: (value) => (value.length > 0 ? full.write(value) : undefined),
    absent: () => [],
  };
}

/**
 * Values by name. The object has no prototype: an agent may be called `constructor`.
 *
 * @template T
 * @param {Shape<T>} shape
 * @returns {Shape<Record<string, T>>}
 */
export function byName(shape) {
  return {
    read(value) {
      if (!isObject(value)) expected("an object");
      const read = Object.create(null);
      for (const name of Object.keys(value)) read[name] = shape.read(value[name]);
      return read;
    },
    write(value) {
      const written = Object.create(null);
      for (const name of Object.keys(value)) written[name] = shape.write(/** @type {T} */ (value[name]));
      return written;
    },
  };
}

/**
 * A shape for each field of an object.
 *
 * @template {object} T
 * @typedef {{ [Name in keyof Required<T>]: Shape<T[Name]> }} Fields
 */

/**
 * An object with these fields; others are passed over.
 *
 * @template {object} T
 * @param {Fields<NoInfer<T>>} shapes
 * @returns {Shape<T>}
 */
export function fields(shapes) {
  const known = Object.keys(shapes).map((name) => ({
    name,
    wire: toSnakeCase(name),
    shape: /** @type {Shape<unknown>} */ (shapes[/** @type {keyof T} */ (name)]),
  }));
  return {
    read(value) {
      if (!isObject(value)) expected("an object");
      /** @type {Record<string, unknown>} */
      const read = {};
      for (const { name, wire, shape } of known) {
        const told = Object.hasOwn(value, wire) ? value[wire] : undefined;
        if (told === undefined && shape.absent === undefined) expected(`a field ${wire}`);
        const own = told === undefined ? shape.absent?.() : shape.read(told);
        if (own !== undefined) read[name] = own;
      }
      return /** @type {T} */ (read);
    },
    write(value) {
      /** @type {Record<string, unknown>} */
      const written = {};
      for (const { name, wire, shape } of known) {
        const own = value[/** @type {keyof T} */ (name)];
        const told = own === undefined ? undefined : shape.write(own);
        if (told !== undefined) written[wire] = told;
      }
      return written;
    },
  };
}

/**
 * @param {unknown} value
 * @returns {value is Record<string, unknown>}
 */
export function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * JSON, read; `undefined` where it is none.
 *
 * @param {string} json
 * @returns {unknown}
 */
export function parse(json) {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

/** @param {string} name */
function toSnakeCase(name) {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
