/** Answers that are wrong: instead of Dokploy's own, or made of it. */
import { jsonAnswer, type Answer } from "./envelope.ts";
import type { ParsedRequest } from "./dispatch.ts";
import type { Fault } from "./faults.ts";

const BAD_GATEWAY =
  "<html><head><title>502 Bad Gateway</title></head><body>Bad Gateway</body></html>";
const JUNK = "<!DOCTYPE html><html><body>Sign in</body></html>\u0000\u0001";

export function replacement(fault: Fault): Answer | undefined {
  switch (fault.kind) {
    case "status500":
      return jsonAnswer(500, {
        message: "Internal server error",
        code: "INTERNAL_SERVER_ERROR",
        data: { code: "INTERNAL_SERVER_ERROR", httpStatus: 500, zodError: null },
      });
    case "html502":
      return { status: 502, headers: { "content-type": "text/html" }, body: BAD_GATEWAY };
    case "junk":
      return { status: 200, headers: { "content-type": "text/html" }, body: JUNK };
    default:
      return undefined;
  }
}

const LISTS = ["project.all", "project.allForPermissions"];

export function distort(answer: Answer, request: ParsedRequest, hits: readonly Fault[]): Answer {
  let out = answer;
  for (const fault of hits) {
    if (fault.kind === "truncated") {
      out = { ...out, body: out.body.slice(0, Math.max(1, Math.floor(out.body.length * 0.6))) };
    } else if (fault.kind === "wrongShape") {
      out = mapResults(out, request, () => ({ unexpected: true }));
    } else if (fault.kind === "shortBatch") {
      out = mapItems(out, (items) => items.slice(0, -1));
    } else if (fault.kind === "strangeItem") {
      out = mapItems(out, (items) => [...items.slice(0, -1), { strange: true }]);
    } else if (fault.kind === "emptyList") {
      out = mapResults(out, request, (value, name) => (LISTS.includes(name) ? [] : value));
    } else if (fault.kind === "filteredList") {
      out = mapResults(out, request, (value, name) =>
        LISTS.includes(name) && Array.isArray(value)
          ? value.slice(0, Math.floor(value.length * fault.keep))
          : value,
      );
    }
  }
  return out;
}

function mapItems(answer: Answer, map: (items: readonly unknown[]) => readonly unknown[]): Answer {
  const items: unknown = JSON.parse(answer.body);
  return Array.isArray(items) ? { ...answer, body: JSON.stringify(map(items)) } : answer;
}

function mapResults(
  answer: Answer,
  request: ParsedRequest,
  map: (value: unknown, procedure: string) => unknown,
): Answer {
  if (answer.status >= 300) return answer;
  const parsed: unknown = JSON.parse(answer.body === "" ? "null" : answer.body);
  const names = request.procedures;
  const changed =
    request.transport === "rest"
      ? map(parsed, names[0] ?? "")
      : Array.isArray(parsed)
        ? parsed.map((item: unknown, i) => mapItem(item, names[i] ?? "", map))
        : mapItem(parsed, names[0] ?? "", map);
  return { ...answer, body: JSON.stringify(changed) };
}

function mapItem(
  item: unknown,
  name: string,
  map: (value: unknown, procedure: string) => unknown,
): unknown {
  if (typeof item !== "object" || item === null || !("result" in item)) return item;
  const { result } = item as { result: { data: { json: unknown } } };
  return { result: { data: { json: map(result.data.json, name) } } };
}
