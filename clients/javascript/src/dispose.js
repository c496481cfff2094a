// `await using`, where the runtime knows it.

/** @type {any} */
const symbol = Symbol.asyncDispose ?? Symbol("asyncDispose");

/** `Symbol.asyncDispose`; elsewhere a symbol that nobody asks for. @type {typeof Symbol.asyncDispose} */
export const asyncDispose = symbol;
