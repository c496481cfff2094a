/** `Symbol.asyncDispose`; elsewhere a symbol that nobody asks for. */
export declare const asyncDispose: symbol;
