// A stand-in for an OpenTelemetry collector: takes traces as OTLP in JSON over HTTP, and keeps them.
import { once } from "node:events";
import { createServer } from "node:http";
import type { IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";
import { z } from "zod";

const value = z.union([
  z.object({ stringValue: z.string() }).transform((one) => one.stringValue),
  z.object({ intValue: z.coerce.number() }).transform((one) => one.intValue),
  z.object({ boolValue: z.boolean() }).transform((one) => one.boolValue),
]);
const attributes = z
  .array(z.object({ key: z.string(), value }))
  .default([])
  .transform((all) => Object.fromEntries(all.map((one) => [one.key, one.value] as const)));
const nanos = z.coerce.string().transform((text) => Number(BigInt(text) / 1_000n) / 1_000);

const span = z.object({
  traceId: z.string().regex(/^[0-9a-f]{32}$/),
  spanId: z.string().regex(/^[0-9a-f]{16}$/),
  parentSpanId: z.string().optional(),
  name: z.string(),
  kind: z.number(),
  startTimeUnixNano: nanos,
  endTimeUnixNano: nanos,
  attributes,
  events: z.array(z.object({ name: z.string(), timeUnixNano: nanos, attributes })).default([]),
  status: z.object({ code: z.number().default(0) }).default({ code: 0 }),
});

const body = z.object({
  resourceSpans: z.array(
    z.object({
      resource: z.object({ attributes }),
      scopeSpans: z.array(z.object({ spans: z.array(span) })),
    }),
  ),
});

export type ReceivedSpan = z.output<typeof span>;

export interface Collector {
  readonly url: string;
  readonly spans: readonly ReceivedSpan[];
  /** Of all that came in, as it was sent. */
  readonly bodies: readonly string[];
  readonly headers: readonly IncomingHttpHeaders[];
  readonly resources: readonly Readonly<Record<string, string | number | boolean>>[];
  /** The spans right below this one, in the order in which they began. */
  below(parent: ReceivedSpan): readonly ReceivedSpan[];
  /** From now on it answers with this status. */
  answer(status: number): void;
  close(): Promise<void>;
}

export async function startCollector(): Promise<Collector> {
  const spans: ReceivedSpan[] = [];
  const bodies: string[] = [];
  const headers: IncomingHttpHeaders[] = [];
  const resources: Collector["resources"][number][] = [];
  let status = 200;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const sent = Buffer.concat(chunks);
      const text = (
        request.headers["content-encoding"] === "gzip" ? gunzipSync(sent) : sent
      ).toString("utf8");
      headers.push(request.headers);
      if (request.method !== "POST" || request.url !== "/v1/traces" || status !== 200) {
        response.writeHead(status === 200 ? 404 : status).end();
        return;
      }
      bodies.push(text);
      for (const { resource, scopeSpans } of body.parse(JSON.parse(text)).resourceSpans) {
        resources.push(resource.attributes);
        for (const scope of scopeSpans) spans.push(...scope.spans);
      }
      response.writeHead(200, { "content-type": "application/json" }).end("{}");
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    spans,
    bodies,
    headers,
    resources,
    below: (parent) =>
      spans
        .filter((one) => one.traceId === parent.traceId && one.parentSpanId === parent.spanId)
        .sort((a, b) => a.startTimeUnixNano - b.startTimeUnixNano),
    answer(next) {
      status = next;
    },
    async close() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
