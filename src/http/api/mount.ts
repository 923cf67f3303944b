// Puts endpoints into a router: access first, then what a body is, then the handler, and errors as problem
// details. A method that an address does not have is refused by name.
import { Hono } from "hono";
import { isCapstanError } from "../../lib/errors.ts";
import { isForeignBody } from "../auth/origin.ts";
import { refusal } from "../auth/verdict.ts";
import { problem } from "../problem.ts";
import type { RequestEnv } from "../request-context.ts";
import type { Endpoint } from "./endpoint.ts";
import { problemOf } from "./errors.ts";
import { handOver } from "./handed.ts";
import { askedAgain } from "./gate.ts";
import type { Gate, GateRequest } from "./gate.ts";
import type { ApiParts } from "./parts.ts";

export function mount(
  endpoints: readonly Endpoint[],
  gate: Gate,
  parts: ApiParts,
): Hono<RequestEnv> {
  const app = new Hono<RequestEnv>();
  for (const { method, path, needs, handle } of endpoints) {
    app.on(method, path, async (context) => {
      const asked: GateRequest = {
        raw: context.req.raw,
        method: context.req.method,
        param: (name) => context.req.param(name),
      };
      const { verdict, setCookie } = await gate(asked, needs);
      if (verdict.kind === "refused") return refusal(verdict);
      if (method !== "GET" && isForeignBody(context.req.raw.headers)) {
        return problem(415, "a body is JSON, and its Content-Type application/json");
      }
      const { person } = verdict;
      context.set("mayStay", async () => {
        const { verdict: now } = await gate(askedAgain(asked), needs);
        return now.kind === "granted" && now.person.id === person.id;
      });
      try {
        const hand = method === "GET" ? null : parts.hand(new URL(context.req.url).pathname);
        const answer =
          hand === null
            ? await handle(context, person, parts)
            : await handOver(context.req.raw, person, hand);
        if (setCookie !== undefined) answer.headers.append("Set-Cookie", setCookie);
        return answer;
      } catch (error) {
        // A bug of ours goes on to the server's own handler, which logs it and tells nothing.
        if (!isCapstanError(error) || error.code === "internal") throw error;
        return problemOf(error, parts.redact);
      }
    });
  }
  for (const [path, known] of Map.groupBy(endpoints, ({ path }) => path)) {
    const allow = known.map(({ method }) => (method === "GET" ? "GET, HEAD" : method)).join(", ");
    app.all(path, () => problem(405, `this address answers ${allow}`, { Allow: allow }));
  }
  return app;
}
