/** `Symbol.asyncDispose`; elsewhere a symbol that nobody asks for. @type {typeof Symbol.asyncDispose} */
export declare const asyncDispose: typeof Symbol.asyncDispose;
