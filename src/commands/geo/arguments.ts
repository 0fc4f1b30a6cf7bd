/**
 * Arguments that the geo commands share, as COMMAND DOCS tells them.
 *
 * @module
 */

import type { ArgumentSpecification } from "../define.ts";

/** `<M | KM | FT | MI>` */
export const UNIT: ArgumentSpecification = {
  name: "unit",
  type: "oneof",
  arguments: [
    { name: "m", type: "pure-token", token: "M" },
    { name: "km", type: "pure-token", token: "KM" },
    { name: "ft", type: "pure-token", token: "FT" },
    { name: "mi", type: "pure-token", token: "MI" },
  ],
};

/** `[ASC | DESC]` */
export const ORDER: ArgumentSpecification = {
  name: "order",
  type: "oneof",
  optional: true,
  arguments: [{ name: "asc", type: "pure-token", token: "ASC" }, {
    name: "desc",
    type: "pure-token",
    token: "DESC",
  }],
};

/** `[COUNT count [ANY]]` */
export const COUNT: ArgumentSpecification = {
  name: "count",
  type: "block",
  optional: true,
  arguments: [{ name: "count", type: "integer", token: "COUNT" }, {
    name: "any",
    type: "pure-token",
    token: "ANY",
    optional: true,
  }],
};

/** `[WITHCOORD] [WITHDIST] [WITHHASH]` */
export const WITH: readonly ArgumentSpecification[] = [
  { name: "withcoord", type: "pure-token", token: "WITHCOORD", optional: true },
  { name: "withdist", type: "pure-token", token: "WITHDIST", optional: true },
  { name: "withhash", type: "pure-token", token: "WITHHASH", optional: true },
];
