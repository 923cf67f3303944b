// What the Dokploy adapter sends, seen from outside: each request that leaves it is taken apart into procedures and
// fields, and many of them become the table that a server's own description is compared with.
import { expect } from "vitest";
import type { HttpClient } from "../../src/lib/http.ts";
import { httpClient } from "../../src/lib/http.ts";
import type { SentTable } from "../../src/dokploy/api-description.ts";

/** Fields of which the very values are compared: Dokploy takes only a few. */
const enumerated = new Set([
  "sourceType",
  "type",
  "serviceType",
  "domainType",
  "certificateType",
  "protocol",
  "publishMode",
]);

/** What a server may lack: of limited keys nothing is known then. */
const extras = new Set(["user.getBackups"]);

interface Seen {
  calls: number;
  readonly fields: Map<string, { calls: number; readonly types: Set<string> }>;
}

function typeOf(field: string, value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  if (typeof value === "string" && enumerated.has(field)) return `=${value}`;
  return typeof value;
}

export function createSentCalls() {
  const seen = new Map<string, Seen>();

  function note(procedure: string, input: unknown): void {
    const one: Seen = seen.get(procedure) ?? { calls: 0, fields: new Map() };
    seen.set(procedure, one);
    one.calls += 1;
    for (const [field, value] of Object.entries((input ?? {}) as Record<string, unknown>)) {
      if (value === undefined) continue;
      const known = one.fields.get(field) ?? { calls: 0, types: new Set<string>() };
      one.fields.set(field, known);
      known.calls += 1;
      known.types.add(typeOf(field, value));
    }
  }

  function noteRequest(url: URL, body: string | undefined): void {
    const path = url.pathname.replace(/^\/api\//, "");
    if (!path.startsWith("trpc/")) {
      const input: unknown =
        body === undefined ? Object.fromEntries(url.searchParams) : JSON.parse(body);
      note(path, input);
      return;
    }
    const text = body ?? url.searchParams.get("input") ?? "{}";
    const inputs = JSON.parse(text) as Record<string, { json: unknown } | undefined>;
    for (const [index, procedure] of decodeURIComponent(path.slice(5)).split(",").entries()) {
      note(procedure, inputs[String(index)]?.json);
    }
  }

  const http: HttpClient = {
    ...httpClient,
    send(request) {
      const { body } = request;
      noteRequest(new URL(request.url), body === undefined ? undefined : String(body));
      return httpClient.send(request);
    },
  };

  return {
    http,
    table(): SentTable {
      const needed = [...seen].filter(([procedure]) => !extras.has(procedure));
      const sorted = needed.sort(([a], [b]) => (a < b ? -1 : 1));
      return Object.fromEntries(
        sorted.map(([procedure, { calls, fields }]) => [
          procedure,
          Object.fromEntries(
            [...fields]
              .sort(([a], [b]) => (a < b ? -1 : 1))
              .map(([field, of]) => {
                expect(of.types.size, `${procedure}.${field}`).toBeGreaterThan(0);
                return [of.calls < calls ? `${field}?` : field, [...of.types].sort().join("|")];
              }),
          ),
        ]),
      );
    },
  };
}
