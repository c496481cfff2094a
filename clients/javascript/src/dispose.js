// `await using`, where the runtime knows it.

/** `Symbol.asyncDispose`; elsewhere a symbol that nobody asks for. */
export const asyncDispose = /** @type {typeof Symbol.asyncDispose} */ (Symbol.asyncDispose ?? Symbol("asyncDispose"));
