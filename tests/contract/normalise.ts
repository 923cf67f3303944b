/**
 * Makes two answers comparable: what is new in every run (ids, times, random suffixes) becomes a
 * word, everything else has to be the same.
 */
import type { Json } from "./client.ts";

const ROW_ID = /(?<![\w-])[\w-]{21}(?![\w-])/g;
const TIME = /\d{4}-\d\d-\d\d[T:]\d\d:\d\d:\d\d(?:\.\d+)?Z?/g;
const DOCKER_ID = /^(?:[a-z0-9]{25}|[a-z0-9]{12})$/;
/** The id of a container, as docker names it in messages. */
const CONTAINER = /(?<=\[)[a-z0-9]{50,64}(?=\])/;
/** Of a swarm's task, behind the service and the number. */
const TASK = /(?<=\.\d+\.)[a-z0-9]{25}/g;
/** A name that Dokploy made up, in the middle of a text. */
const MADE_UP = /\b(?:backup|schedule)(?:-[a-z0-9]+){3}-[a-z0-9]{6}\b/g;
const SINCE = /(?:less than a second|about a minute|\d+ seconds?|\d+ minutes?) ago/g;

/** Fields whose text is invented anew by every server. */
const INVENTED = new Set(["appName", "refreshToken", "containerId", "logPath"]);
const DOCKER_IDS = new Set(["ID", "NetworkID", "Target"]);
const TIMES = new Set(["timestamp", "processedOn", "Index", "ForceUpdate"]);

export function normalise(value: Json, key = ""): Json {
  if (Array.isArray(value)) return value.map((one) => normalise(one, key));
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([name, one]) => [name, normalise(one, name)]),
    );
  }
  if (typeof value === "number") return TIMES.has(key) ? "<number>" : value;
  if (typeof value !== "string") return value;
  if (INVENTED.has(key)) return `<${key}>`;
  if (DOCKER_IDS.has(key) && DOCKER_ID.test(value)) return "<docker id>";
  return value
    .replace(ROW_ID, "<id>")
    .replace(MADE_UP, "<appName>")
    .replace(TIME, "<time>")
    .replace(TASK, "<task>")
    .replace(SINCE, "<since>")
    .replace(CONTAINER, "<container>")
    .replace(/job-\d+/, "<job>");
}

/** Only what kind of thing stands where: keys in order, types, and which values are null. */
export function shapeOf(value: Json): Json {
  if (Array.isArray(value)) return value.length === 0 ? [] : [shapeOf(value[0])];
  if (typeof value === "object" && value !== null) {
    return Object.entries(value).map(([name, one]) => [name, shapeOf(one)]);
  }
  return value === null ? "null" : typeof value;
}

/** Key order is part of the contract, which toEqual ignores. */
export function keysOf(value: Json): Json {
  if (Array.isArray(value)) return value.map(keysOf);
  if (typeof value !== "object" || value === null) return "";
  return Object.entries(value).map(([name, one]) => [name, keysOf(one)]);
}
