/**
 * Every row of a list, one page after the other.
 *
 * @template {{ name: string }} Row
 * @template {string} Field
 * @param {import("./requests/rest.js").Rest} rest
 * @param {object} about
 * @param {string} about.path
 * @param {import("./wire/shape.js").Shape<{ more: boolean } & Record<Field, Row[]>>} about.shape
 * @param {Field} about.field Where the answer has its rows.
 * @param {AbortSignal} [about.signal]
 * @returns {AsyncGenerator<Row, void, undefined>}
 */
export declare function pages<Row extends {
    name: string;
}, Field extends string>(rest: import("./requests/rest.js").Rest, { path, shape, field, signal }: {
    path: string;
    shape: import("./wire/shape.js").Shape<{
        more: boolean;
    } & Record<Field, Row[]>>;
    field: Field;
    signal?: AbortSignal;
}): AsyncGenerator<Row, void, undefined>;
