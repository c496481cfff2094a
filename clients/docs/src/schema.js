// JSON Schemas, shown: a field a line, with what it may hold, and an example made of them.

import { h, inline } from "./dom.js";

/** How deep fields are opened by themselves, and examples are made. */
const DEPTH = 6;

/** Schemas of one document. */
export class Schemas {
  /** @param {any} document An OpenAPI or AsyncAPI document. */
  constructor(document) {
    this.document = document;
  }

  /**
   * What a reference refers to; anything else is itself. What stands beside a reference goes before what it refers to.
   * @param {any} schema
   * @returns {any}
   */
  resolve(schema) {
    if (!schema?.$ref) return schema ?? {};
    const path = schema.$ref.slice(2).split("/");
    const found = path.reduce(
      (/** @type {any} */ value, /** @type {string} */ key) => value?.[unescapePointer(key)],
      this.document,
    );
    const { $ref, ...beside } = schema;
    return { ...this.resolve(found), ...beside, name: $ref.split("/").at(-1) };
  }

  /**
   * One schema out of those that all have to hold.
   * @param {any} schema
   * @returns {any}
   */
  flat(schema) {
    const own = this.resolve(schema);
    const parts = [...(own.allOf ?? []), ...(own.anyOf ?? []).slice(0, 1)].map((part) => this.flat(part));
    if (parts.length === 0) return own;
    const optional = own.anyOf !== undefined;
    const all = [...parts, own];
    return {
      ...Object.assign({}, ...all),
      properties: Object.assign({}, ...all.map((part) => part.properties ?? {})),
      required: optional ? (own.required ?? []) : all.flatMap((part) => part.required ?? []),
      description: own.description ?? parts[0]?.description,
    };
  }

  /**
   * What a value may be, in a few words.
   * @param {any} schema
   * @returns {string}
   */
  kind(schema) {
    const flat = this.flat(schema);
    if (flat.const !== undefined) return JSON.stringify(flat.const);
    if (flat.enum) return flat.enum.map((/** @type {unknown} */ value) => JSON.stringify(value)).join(" | ");
    if (flat.type === "array") return `list of ${this.kind(flat.items)}`;
    const extra = flat.additionalProperties;
    if (flat.type === "object" && typeof extra === "object") return `map of ${this.kind(extra)}`;
    const type = [flat.type ?? "any"].flat().join(" or ");
    return flat.name && !flat.properties ? `${flat.name}, ${type}` : (flat.name ?? type);
  }

  /**
   * The limits of a value, in words.
   * @param {any} schema
   * @returns {string[]}
   */
  limits(schema) {
    const flat = this.flat(schema);
    const range = (/** @type {unknown} */ low, /** @type {unknown} */ high, /** @type {string} */ unit) => {
      if (high === undefined) return low === undefined ? [] : [`from ${number(low)}${unit}`];
      return [low === undefined ? `up to ${number(high)}${unit}` : `${number(low)}–${number(high)}${unit}`];
    };
    return [
      ...range(flat.minimum, flat.maximum, ""),
      ...range(flat.minLength, flat.maxLength, " characters"),
      ...range(flat.minItems, flat.maxItems, " entries"),
      ...(flat.pattern && flat.pattern.length < 60 ? [flat.pattern] : []),
      ...(flat.format && !/^u?int\d+$|^double$/.test(flat.format) ? [flat.format] : []),
      ...(flat.default === undefined ? [] : [`left out: ${flat.default}`]),
    ];
  }

  /**
   * The fields of an object, a line each.
   * @param {any} schema
   * @param {number} [depth]
   * @returns {HTMLElement | undefined}
   */
  table(schema, depth = 0) {
    const flat = this.flat(schema);
    const needed = (/** @type {string} */ name) => Number(flat.required?.includes(name) ?? false);
    const fields = Object.entries(flat.properties ?? {}).sort(([a], [b]) => needed(b) - needed(a));
    if (fields.length === 0 || depth >= DEPTH) return undefined;
    return h(
      "dl",
      { class: "fields" },
      fields.map(([name, field]) => this.field(name, field, flat.required?.includes(name), depth)),
    );
  }

  /**
   * One field or parameter.
   * @param {string} name
   * @param {any} schema
   * @param {boolean | undefined} required
   * @param {number} [depth]
   */
  field(name, schema, required, depth = 0) {
    const flat = this.flat(schema);
    const below =
      flat.type === "array"
        ? flat.items
        : typeof flat.additionalProperties === "object"
          ? flat.additionalProperties
          : schema;
    const table = this.table(below, depth + 1);
    return [
      h("dt", {}, h("code", {}, name), required ? h("span", { class: "needed" }, "needed") : undefined),
      h(
        "dd",
        {},
        h("span", { class: "kind" }, this.kind(schema)),
        this.limits(schema).map((limit) => h("span", { class: "limit" }, limit)),
        flat.description ? h("span", { class: "told" }, ...inline(flat.description)) : undefined,
        table
          ? h(
              "details",
              { open: depth === 0 && Object.keys(this.flat(below).properties ?? {}).length <= 6 },
              h("summary", {}, "its fields"),
              table,
            )
          : undefined,
      ),
    ];
  }

  /**
   * A body that fits: what is needed, since what may be left out has to fit what is there already. Where nothing is needed, all.
   * @param {any} schema
   */
  body(schema) {
    const needed = this.flat(schema).required ?? [];
    return this.example(schema, needed.length === 0);
  }

  /**
   * A value that fits.
   * @param {any} schema
   * @param {boolean} [whole] Also what may be left out.
   * @param {number} [depth]
   * @returns {unknown}
   */
  example(schema, whole = false, depth = 0) {
    const flat = this.flat(schema);
    if (flat.const !== undefined) return flat.const;
    if (flat.examples?.length) return flat.examples[0];
    if (flat.enum) return flat.enum[0];
    if (depth >= DEPTH) return {};
    if (flat.type === "array") return [this.example(flat.items, whole, depth + 1)];
    if (flat.properties) {
      const told = Object.entries(flat.properties).filter(([name]) => whole || flat.required?.includes(name));
      return Object.fromEntries(told.map(([name, field]) => [name, this.example(field, whole, depth + 1)]));
    }
    if (flat.type === "integer" || flat.type === "number") return Math.max(flat.minimum ?? 0, 1);
    if (flat.type === "boolean") return false;
    return flat.type === "object" ? {} : "…";
  }
}

/** @param {unknown} value */
function number(value) {
  return Number(value).toLocaleString("en");
}

/** @param {string} key */
function unescapePointer(key) {
  return key.replaceAll("~1", "/").replaceAll("~0", "~");
}
