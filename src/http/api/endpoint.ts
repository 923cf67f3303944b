// One address of the API: its description for OpenAPI and its handler, made from the same schemas, so that
// they cannot disagree. Handlers get what was asked for already checked; what they answer is typed.
import { createRoute } from "@hono/zod-openapi";
import type { RouteConfig, z } from "@hono/zod-openapi";
import type { Person, Role } from "../../model/person.ts";
import type { RequestContext } from "../request-context.ts";
import { cleaned } from "./cleaned.ts";
import { errorResponses } from "./errors.ts";
import { readBody, readQuery } from "./input.ts";
import type { ApiParts } from "./parts.ts";
import type { View } from "./shapes/immutable.ts";

/**
 * `portal`: whoever may use the portal. `owner`: a viewer, or whoever made this stack in the portal.
 */
export type Needs = Role | "portal" | "owner" | "anybody";

const whoMay: Readonly<Record<Needs, string | null>> = {
  viewer: "Needs the role viewer.",
  deployer: "Needs the role deployer.",
  operator: "Needs the role operator.",
  owner: "Needs the role viewer, or to be whoever made the stack in the portal.",
  portal: "For whoever may use the portal, as PORTAL_AUTH says.",
  anybody: null,
};

export type Method = "GET" | "POST" | "DELETE";

export interface Endpoint {
  readonly method: Method;
  /** Below where it is mounted, as the router has it: `/stacks/:name`. */
  readonly path: string;
  readonly needs: Needs;
  /** Without the path. */
  readonly route: RouteConfig;
  /** A CapstanError becomes problem details. */
  readonly handle: (
    context: RequestContext,
    person: Person,
    parts: ApiParts,
  ) => Promise<Response> | Response;
}

export interface Asked<Query, Body> {
  readonly query: Query;
  readonly body: Body;
  /** From the path. */
  readonly param: (name: string) => string;
  readonly person: Person;
  readonly context: RequestContext;
}

interface Description<Query extends z.ZodObject, Body extends z.ZodType, Answer extends z.ZodType> {
  readonly path: string;
  /** `listStacks`: a client's function is called that. */
  readonly id: string;
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  readonly needs?: Needs;
  readonly query: Query;
  readonly answer: Answer;
  /** Beside those that every address may answer. */
  readonly errors?: readonly number[];
  readonly handle: (
    asked: Asked<z.output<Query>, z.output<Body>>,
    parts: ApiParts,
  ) => Promise<View<Answer>> | View<Answer>;
  /** Answers `Accept: text/event-stream`. */
  readonly stream?: {
    readonly description: string;
    /** There is no other answer. */
    readonly only?: true;
    /** It is the answer to whatever does not ask for JSON. */
    readonly unlessJson?: true;
    readonly open: (
      asked: Asked<z.output<Query>, z.output<Body>>,
      parts: ApiParts,
    ) => Promise<Response> | Response;
  };
}

interface Changing<
  Query extends z.ZodObject,
  Body extends z.ZodObject,
  Answer extends z.ZodType,
> extends Description<Query, Body, Answer> {
  readonly body: Body;
  /** 202 unless told otherwise: accepted, and done by the next run. 200 for what is done with the answer. */
  readonly status?: 200 | 202;
  /** Whether an answer repeats the asker's own words and was made without secrets: it is not masked then. */
  readonly isAskersOwn?: (answer: z.infer<Answer>) => boolean;
}

const unchanged = (text: string): string => text;

function pathParameters(path: string) {
  return [...path.matchAll(/:(\w+)/g)].map(([, name = ""]) => ({
    name,
    in: "path" as const,
    required: true,
    schema: { type: "string" as const },
  }));
}

/** The description of an address, without its responses. */
function about(
  { path, id, tag, summary, description, needs = "viewer" }: Description<never, never, never>,
  method: Method,
) {
  const texts = [description, whoMay[needs]].filter((text) => typeof text === "string");
  return {
    method: method.toLowerCase() as Lowercase<Method>,
    path: path.replaceAll(/:(\w+)/g, "{$1}"),
    operationId: id,
    tags: [tag],
    summary,
    ...(texts.length === 0 ? {} : { description: texts.join(" ") }),
    parameters: pathParameters(path),
    security: needs === "anybody" ? [] : [{ token: [] }, { session: [] }],
  };
}

const everyError = [400, 401, 403, 429, 500, 503] as const;

/** Whether whoever asks wants to watch instead of looking once; HEAD never opens a stream. */
function wantsStream({ req }: RequestContext, unlessJson: boolean): boolean {
  const accept = req.header("Accept") ?? "";
  if (req.method !== "GET") return false;
  return accept.includes("text/event-stream") || (unlessJson && !accept.includes("json"));
}

/** An address that only reads. */
export function reads<Query extends z.ZodObject, Answer extends z.ZodType>(
  one: Description<Query, z.ZodUndefined, Answer>,
): Endpoint {
  const { path, needs = "viewer", query, answer, stream } = one;
  const errors = [...everyError, ...(one.errors ?? []), ...(path.includes(":") ? [404] : [])];
  const events = { "text/event-stream": { schema: { type: "string" as const } } };
  return {
    method: "GET",
    path,
    needs,
    route: createRoute({
      ...about(one as never, "GET"),
      request: { query },
      responses: {
        200: {
          description: stream === undefined ? "The answer" : stream.description,
          content: {
            ...(stream?.only === true ? {} : { "application/json": { schema: answer } }),
            ...(stream === undefined ? {} : events),
          },
        },
        ...errorResponses(errors),
      },
    }),
    async handle(context, person, parts) {
      const asked = {
        query: readQuery(query, context.req.url),
        body: undefined,
        param: (name: string) => context.req.param(name) ?? "",
        person,
        context,
      };
      if (stream !== undefined && wantsStream(context, stream.unlessJson === true))
        return stream.open(asked, parts);
      return Response.json(cleaned(await one.handle(asked, parts), parts.redact));
    },
  };
}

/**
 * An address that asks for something with a body. Unless told otherwise it answers 202: what was asked for
 * is accepted, and done by the stack's next run.
 */
export function changes<
  Query extends z.ZodObject,
  Body extends z.ZodObject,
  Answer extends z.ZodType,
>(method: "POST" | "DELETE", one: Changing<Query, Body, Answer>): Endpoint {
  const { path, needs = "operator", query, body, answer, status = 202 } = one;
  const errors = [409, 413, 415, 502, ...(path.includes(":") ? [404] : [])];
  const isEmpty = Object.keys(body.shape).length === 0;
  const required = !body.safeParse({}).success;
  const content = { "application/json": { schema: body } };
  return {
    method,
    path,
    needs,
    route: createRoute({
      ...about({ ...one, needs } as never, method),
      request: { query, ...(isEmpty ? {} : { body: { content, required } }) },
      responses: {
        [status]: {
          description: status === 202 ? "Accepted" : "The answer",
          content: { "application/json": { schema: answer } },
        },
        ...errorResponses([...everyError, ...errors, ...(one.errors ?? [])]),
      },
    }),
    async handle(context, person, parts) {
      const asked = {
        query: readQuery(query, context.req.url),
        body: await readBody(body, context.req.raw),
        param: (name: string) => context.req.param(name) ?? "",
        person,
        context,
      };
      const value = await one.handle(asked, parts);
      // Whoever is told that it is asked for finds it so after a restart.
      await parts.checks.written();
      // Masked words of the asker's own would tell which of their guesses is a secret.
      const redact =
        one.isAskersOwn?.(value as z.infer<Answer>) === true ? unchanged : parts.redact;
      return Response.json(cleaned(value, redact), { status });
    },
  };
}
