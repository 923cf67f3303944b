/** The recorded exchanges with a real Dokploy, read from the files beside. */
import { readdirSync, readFileSync } from "node:fs";
import type { Json } from "./client.ts";

export interface Recording {
  name: string;
  method: string;
  path: string;
  query: Record<string, Json> | null;
  requestHeaders: Record<string, string>;
  body: Json;
  status: number;
  responseHeaders: Record<string, string>;
  /** Undefined when the answer had no body. */
  response: Json;
}

const FOLDER = new URL("../recordings/", import.meta.url);

export function recordingNames(): string[] {
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith(".json"))
    .map((file) => file.replace(/\.json$/, ""))
    .sort();
}

export function readRecording(name: string): Recording {
  const raw: Json = JSON.parse(readFileSync(new URL(`${name}.json`, FOLDER), "utf8"));
  return {
    name,
    method: raw.method,
    path: raw.path,
    query: raw.query ?? null,
    // Where none were noted, the owner's key was sent.
    requestHeaders: raw.requestHeaders ?? { "x-api-key": "<key>" },
    body: raw.body ?? null,
    status: raw.status,
    responseHeaders: raw.responseHeaders ?? {},
    // An empty body was recorded sometimes as nothing, sometimes as an empty text.
    response: raw.bytes === 0 ? undefined : raw.response,
  };
}
