// Rows of updates: what must hold before a change, and what it changes.
import { typeNumber } from "./rdata.ts";
import { classes } from "./wire.ts";
import type { WireRecord } from "./wire.ts";

const nothing = new Uint8Array();

/** Rows of updates; RFC 2136, 2.4 and 2.5, says what class and TTL mean in each. */
const row = (name: string, type: string, of: number, ttl = 0, data = nothing): WireRecord => ({
  name,
  type: typeNumber(type),
  class: of,
  ttl,
  data,
});
export const exists = (name: string, type: string) => row(name, type, classes.ANY);
export const absent = (name: string, type: string) => row(name, type, classes.NONE);
export const withData = (name: string, type: string, data: Uint8Array) =>
  ({ ...row(name, type, classes.IN), data }) satisfies WireRecord;
export const add = (name: string, type: string, ttl: number, data: Uint8Array) =>
  ({ ...row(name, type, classes.IN, ttl), data }) satisfies WireRecord;
export const drop = (name: string, type: string, data: Uint8Array) =>
  ({ ...row(name, type, classes.NONE), data }) satisfies WireRecord;
export const dropAll = (name: string, type: string) => row(name, type, classes.ANY);
