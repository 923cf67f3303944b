// A change that is asked of a process that stands by: it is handed, as it came and with who asks, to the one that leads,
// which carries it out as if it had been asked itself.
import { z } from "zod";
import { roles } from "../../model/person.ts";
import type { Person } from "../../model/person.ts";

/** Hands a text to the process that leads, and resolves to its answer. */
export type Hand = (body: string) => Promise<string>;

const askedSchema = z.object({
  method: z.string(),
  /** Below `/api`, with its query. */
  path: z.string(),
  body: z.string(),
  contentType: z.string(),
  person: z.object({
    id: z.string(),
    name: z.string(),
    email: z.string().nullable(),
    role: z.enum(roles),
  }),
});
const answerSchema = z.object({ status: z.number(), contentType: z.string(), body: z.string() });

const personHeader = "x-capstan-person";
const json = "application/json";

/** What the process that leads answers. Throws as `hand` does. */
export async function handOver(request: Request, person: Person, hand: Hand): Promise<Response> {
  const { pathname, search } = new URL(request.url);
  const asked: z.input<typeof askedSchema> = {
    method: request.method,
    path: `${pathname}${search}`,
    body: await request.text(),
    contentType: request.headers.get("content-type") ?? json,
    person,
  };
  const { status, contentType, body } = answerSchema.parse(
    JSON.parse(await hand(JSON.stringify(asked))),
  );
  return new Response(body, { status, headers: { "Content-Type": contentType } });
}

/** Carries out what was handed here; `api` knows the person by `personOf`. */
export async function carryOutHanded(
  text: string,
  api: (request: Request) => Promise<Response>,
): Promise<string> {
  const { method, path, body, contentType, person } = askedSchema.parse(JSON.parse(text));
  const answer = await api(
    new Request(new URL(path, "http://localhost"), {
      method,
      headers: {
        "Content-Type": contentType,
        [personHeader]: encodeURIComponent(JSON.stringify(person)),
      },
      ...(body === "" ? {} : { body }),
    }),
  );
  const given: z.input<typeof answerSchema> = {
    status: answer.status,
    contentType: answer.headers.get("content-type") ?? json,
    body: await answer.text(),
  };
  return JSON.stringify(given);
}

/** Of a request that `carryOutHanded` made: nobody else can ask that API. */
export function handedPerson(request: Request): Person {
  const text = decodeURIComponent(request.headers.get(personHeader) ?? "");
  return askedSchema.shape.person.parse(JSON.parse(text));
}
