// What the interpreter takes from vega-util, as vega.min.js exports it.
export const { ascending, isString, DisallowedObjectProperties } = globalThis.vega;
