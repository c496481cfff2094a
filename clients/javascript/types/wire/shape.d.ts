/** What was read is not what it should be. */
export declare class Unreadable extends Error {
}
export type Shape<T> = {
    /**
     * From JSON; throws `Unreadable`.
     */
    read: (value: unknown) => T;
    /**
     * To JSON; `undefined` is left out.
     */
    write: (value: T) => unknown;
    /**
     * What it is where it is left out; without this it must be there.
     */
    absent?: () => T;
};
/** @type {Shape<string>} */
export declare const text: Shape<string>;
/**
 * A token: it ends up in files, whose lines it must not break.
 * @type {Shape<string>}
 */
export declare const token: Shape<string>;
/**
 * An integer from 0 to 2^53 - 1: what a number holds exactly.
 * @type {Shape<number>}
 */
export declare const count: Shape<number>;
/** @type {Shape<boolean>} */
export declare const flag: Shape<boolean>;
/**
 * A moment: RFC 3339, UTC, whole seconds.
 * @type {Shape<Date>}
 */
export declare const time: Shape<Date>;
/**
 * An object whose fields belong to somebody else: handed on as it is.
 * @type {Shape<Record<string, unknown>>}
 */
export declare const document: Shape<Record<string, unknown>>;
/**
 * May be left out.
 *
 * @template T
 * @param {Shape<T>} shape
 * @returns {Shape<T | undefined>}
 */
export declare function optional<T>(shape: Shape<T>): Shape<T | undefined>;
/**
 * `true`, or left out.
 * @type {Shape<boolean>}
 */
export declare const mark: Shape<boolean>;
/**
 * @template T
 * @param {Shape<T>} shape
 * @returns {Shape<T[]>}
 */
export declare function list<T>(shape: Shape<T>): Shape<T[]>;
/**
 * A list that is left out when it is empty.
 *
 * @template T
 * @param {Shape<T>} shape
 * @returns {Shape<T[]>}
 */
export declare function listOrNothing<T>(shape: Shape<T>): Shape<T[]>;
/**
 * Values by name. The object has no prototype: an agent may be called `constructor`.
 *
 * @template T
 * @param {Shape<T>} shape
 * @returns {Shape<Record<string, T>>}
 */
export declare function byName<T>(shape: Shape<T>): Shape<Record<string, T>>;
export type Fields<T extends object> = {
    [Name in keyof Required<T>]: Shape<T[Name]>;
};
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
export declare function fields<T extends object>(shapes: Fields<NoInfer<T>>): Shape<T>;
/**
 * @param {unknown} value
 * @returns {value is Record<string, unknown>}
 */
export declare function isObject(value: unknown): value is Record<string, unknown>;
/**
 * JSON, read; `undefined` where it is none.
 *
 * @param {string} json
 * @returns {unknown}
 */
export declare function parse(json: string): unknown;
