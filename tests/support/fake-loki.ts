// A little Loki for tests, over real HTTP: it takes pushes, and refuses what Loki's documentation says that it
// refuses, with its words. What it took is open to tests; faults are answers that it gives once each.
import { once } from "node:events";
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";

export interface StoredLine {
  readonly labels: Readonly<Record<string, string>>;
  /** Nanoseconds, as sent. */
  readonly time: string;
  readonly line: string;
  readonly metadata: Readonly<Record<string, string>>;
}

export interface Push {
  readonly headers: IncomingMessage["headers"];
  /** Unpacked. */
  readonly text: string;
  readonly status: number;
}

export type Fault =
  | {
      readonly kind: "answer";
      readonly status: number;
      readonly text?: string;
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** The lines are taken, and the connection breaks before the answer. */
  | { readonly kind: "lost-answer" }
  /** The connection breaks at once. */
  | { readonly kind: "broken" }
  /** No answer, until the client goes. */
  | { readonly kind: "hang" };

export interface FakeLoki {
  readonly url: string;
  readonly port: number;
  /** In the order of their arrival. */
  readonly lines: StoredLine[];
  /** All that came, refused ones too. */
  readonly pushes: Push[];
  /** Each is used once, the first first. */
  readonly faults: Fault[];
  /** Whether `allow_structured_metadata` is on. */
  allowsMetadata: boolean;
  /** Unpacked; as a proxy's limit. */
  maxBodyBytes: number;
  close(): Promise<void>;
}

const week = 7 * 24 * 3_600_000;
const minute = 60_000;
const maxLineBytes = 256 * 1024;
const wellFormedName = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

type Entry = readonly [time: string, line: string, metadata: Readonly<Record<string, string>>];
interface Stream {
  readonly stream: Readonly<Record<string, string>>;
  readonly values: readonly Entry[];
}

class Refused extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

function isTexts(value: unknown): value is Record<string, string> {
  return (
    typeof value === "object" &&
    value !== null &&
    Object.values(value).every((text) => typeof text === "string")
  );
}

function entryOf(value: unknown): Entry {
  const [time, line, metadata = {}] = Array.isArray(value) ? (value as unknown[]) : [];
  if (typeof time !== "string" || typeof line !== "string" || !isTexts(metadata)) {
    throw new Refused(400, "Value is string, but can't find closing '\"' symbol");
  }
  if (!/^-?\d{1,19}$/.test(time)) throw new Refused(400, "Value looks like Number/Boolean/None");
  if (!line.isWellFormed()) throw new Refused(400, "Unknown value type");
  return [time, line, metadata];
}

function streamsOf(text: string): readonly Stream[] {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw new Refused(400, "loghttp.PushRequest.ReadObject: expect { or n");
  }
  const { streams } = body as { streams?: unknown };
  if (!Array.isArray(streams) || streams.length === 0) {
    throw new Refused(422, "error at least one valid stream is required for ingestion");
  }
  return (streams as { stream: unknown; values: unknown[] }[]).map(({ stream, values }) => {
    if (!isTexts(stream)) throw new Refused(400, "loghttp.LabelSet: could not parse");
    return { stream, values: values.map(entryOf) };
  });
}

function selector(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return `{${pairs.sort().join(", ")}}`;
}

function labelProblem(labels: Readonly<Record<string, string>>): string | null {
  const name = selector(labels);
  const names = Object.keys(labels);
  if (names.length === 0) return "error at least one label pair is required per stream";
  const bad = names.find((one) => !wellFormedName.test(one));
  if (bad !== undefined) {
    return `error parsing labels '${name}' with error: parse error: unexpected character in '${bad}'`;
  }
  if (names.length > 15) {
    return `entry for stream '${name}' has ${names.length} label names; limit 15`;
  }
  const long = names.find((one) => one.length > 1_024);
  if (long !== undefined) return `stream '${name}' has label name too long: '${long}'`;
  const value = Object.values(labels).find((one) => Buffer.byteLength(one) > 2_048);
  return value === undefined ? null : `stream '${name}' has label value too long: '${value}'`;
}

function grouped(problems: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const problem of problems) counts.set(problem, (counts.get(problem) ?? 0) + 1);
  if (counts.size === 1 && problems.length === 1) return problems[0] ?? "";
  return [...counts].map(([problem, count]) => `${count} errors like: ${problem}`).join("; ");
}

export async function startFakeLoki(
  options: { readonly now?: () => number; readonly port?: number } = {},
): Promise<FakeLoki> {
  const now = options.now ?? (() => Date.now());
  /** The newest line of each stream, in milliseconds. */
  const newest = new Map<string, number>();

  function entryProblem(labels: Readonly<Record<string, string>>, entry: Entry): string | null {
    const [time, line, metadata] = entry;
    const name = selector(labels);
    const atMs = Number(BigInt(time) / 1_000_000n);
    const said = new Date(Math.max(-8e15, Math.min(8e15, atMs))).toISOString();
    if (atMs < now() - week) {
      const oldest = new Date(now() - week).toISOString();
      return `entry for stream '${name}' has timestamp too old: ${said}, oldest acceptable timestamp is: ${oldest}`;
    }
    if (atMs > now() + 10 * minute) {
      return `entry for stream '${name}' has timestamp too new: ${said}`;
    }
    const bytes = Buffer.byteLength(line);
    if (bytes > maxLineBytes) {
      return `max entry size '${maxLineBytes}' bytes exceeded for stream '${name}' while adding an entry with length '${bytes}' bytes`;
    }
    const pairs = Object.entries(metadata);
    if (pairs.length === 0) return null;
    if (!host.allowsMetadata) {
      return `stream '${name}' includes structured metadata, but this feature is disallowed. Please see \`limits_config.allow_structured_metadata\` or contact your Loki administrator to enable it`;
    }
    const size = pairs.reduce(
      (sum, [key, value]) => sum + key.length + Buffer.byteLength(value),
      0,
    );
    if (size > 64 * 1024) {
      return `stream '${name}' has structured metadata too large: '${size}' bytes, limit: '65536' bytes.`;
    }
    return pairs.length > 128
      ? `stream '${name}' has too many structured metadata labels: '${pairs.length}', limit: '128'.`
      : null;
  }

  /** What the distributor finds wrong, or else what the ingester does. */
  function take(streams: readonly Stream[]): string | null {
    const problems: string[] = [];
    const late: string[] = [];
    for (const { stream: labels, values } of streams) {
      const wrong = labelProblem(labels);
      if (wrong !== null) {
        problems.push(wrong);
        continue;
      }
      const name = selector(labels);
      let ignored = 0;
      for (const entry of values) {
        const problem = entryProblem(labels, entry);
        if (problem !== null) {
          problems.push(problem);
          continue;
        }
        const [time, line, metadata] = entry;
        const atMs = Number(BigInt(time) / 1_000_000n);
        const oldest = (newest.get(name) ?? -Infinity) - 60 * minute;
        if (atMs < oldest) {
          late.push(
            `entry with timestamp ${new Date(atMs).toISOString()} ignored, reason: 'entry too far behind, oldest acceptable timestamp is: ${new Date(oldest).toISOString()}',\n`,
          );
          ignored += 1;
          continue;
        }
        newest.set(name, Math.max(newest.get(name) ?? 0, atMs));
        const known = host.lines.some(
          (one) => one.time === time && one.line === line && selector(one.labels) === name,
        );
        if (!known) host.lines.push({ labels, time, line, metadata });
      }
      if (ignored > 0) {
        late.push(
          `user 'fake', total ignored: ${ignored} out of ${values.length} for stream: ${name}`,
        );
      }
    }
    if (problems.length > 0) return grouped(problems);
    return late.length > 0 ? late.join("") : null;
  }

  async function read(request: IncomingMessage): Promise<string> {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const bytes = Buffer.concat(chunks);
    const text = request.headers["content-encoding"] === "gzip" ? gunzipSync(bytes) : bytes;
    return text.toString();
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const answer = (status: number, text = "", headers: Readonly<Record<string, string>> = {}) => {
      response.writeHead(status, { "content-type": "text/plain; charset=utf-8", ...headers });
      response.end(text);
    };
    if (request.url === "/ready") {
      answer(200, "ready\n");
      return;
    }
    if (request.url !== "/loki/api/v1/push") {
      answer(404, "404 page not found\n");
      return;
    }
    const fault = host.faults.shift();
    const text = await read(request);
    const note = (status: number): void => {
      host.pushes.push({ headers: request.headers, text, status });
    };
    if (fault?.kind === "hang") {
      note(0);
      return;
    }
    if (fault?.kind === "broken") {
      note(0);
      request.socket.destroy();
      return;
    }
    if (fault?.kind === "answer") {
      note(fault.status);
      answer(fault.status, fault.text, fault.headers);
      return;
    }
    let status = 204;
    let said = "";
    try {
      if (!/^application\/json\b/.test(request.headers["content-type"] ?? "")) {
        throw new Refused(400, "mime: no media type");
      }
      if (Buffer.byteLength(text) > host.maxBodyBytes) {
        throw new Refused(413, "request body too large");
      }
      const problem = take(streamsOf(text));
      if (problem !== null) throw new Refused(400, problem);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      status = error.status;
      said = error.message;
    }
    note(fault === undefined ? status : 0);
    if (fault !== undefined) request.socket.destroy();
    else answer(status, said);
  }

  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      response.writeHead(500);
      response.end(String(error));
    });
  });
  server.listen(options.port ?? 0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const host: FakeLoki = {
    url: `http://127.0.0.1:${port}`,
    port,
    lines: [],
    pushes: [],
    faults: [],
    allowsMetadata: true,
    maxBodyBytes: Infinity,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return host;
}
