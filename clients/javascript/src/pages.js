// Lists that come in pages.

import { withQuery } from "./requests/rest.js";

/** Rows asked for at a time. */
const PAGE = 1_000;

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
export async function* pages(rest, { path, shape, field, signal }) {
  /** @type {string | undefined} */
  let after;
  for (;;) {
    const page = await rest.call({ path: withQuery(path, { limit: PAGE, after }), signal }, shape);
    const rows = page[field];
    yield* rows;
    const last = rows.at(-1)?.name;
    // A page that leads nowhere would be asked for again and again.
    if (!page.more || last === undefined || last === after) return;
    after = last;
  }
}
