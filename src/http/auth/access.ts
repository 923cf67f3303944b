// Whether whoever sent a request may do what it asks for (law P6).
import { isForeignBody, isUnsafe } from "./origin.ts";
import { grantIf, refuse } from "./verdict.ts";
import type { Access } from "./verdict.ts";
import type { Sender } from "./who.ts";

export const jsonOnly = refuse(
  415,
  "a body is JSON, and its Content-Type application/json",
  "set the header `Content-Type: application/json`",
);

export function createAccess(who: (request: Request) => Promise<Sender>): Access {
  return async (request, needs) => {
    const sender = await who(request);
    if (sender.kind !== "person") return sender.refused;
    // No page of another site can add a token; all else a browser sends by itself.
    if (sender.by !== "token" && isUnsafe(request) && isForeignBody(request.headers)) {
      return jsonOnly;
    }
    return grantIf(sender.person, needs);
  };
}
