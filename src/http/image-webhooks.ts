// Deliveries of registries of images (P3). Docker Hub signs none: the address itself holds the secret. Whoever knows it
// can make Capstan ask a registry sooner, and nothing else.
import { createHash, timingSafeEqual } from "node:crypto";
import { Hono } from "hono";
import { z } from "zod";
import { jsonOf } from "../lib/json.ts";
import { problem } from "./problem.ts";

export interface ImageWebhookDeps {
  /** The last part of the address; null: every delivery is refused. */
  readonly secret: string | null;
  /** Called after the answer with `owner/name`. Must not throw. */
  readonly receive: (image: string) => void;
}

const delivery = z.object({
  repository: z.object({
    repo_name: z
      .string()
      .max(255)
      .regex(/^[a-z0-9]+(?:[._/-]+[a-z0-9]+)*$/),
  }),
});

/** Compared by hashes, so that not even its length shows. */
function isSame(expected: string, given: string): boolean {
  const hash = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(hash(expected), hash(given));
}

/** Mounted at /webhooks. */
export function imageWebhookRoutes({ secret, receive }: ImageWebhookDeps): Hono {
  const app = new Hono();
  app.post("/docker-hub/:secret", async (context) => {
    if (secret === null) {
      const hint = "set REGISTRY_WEBHOOK_SECRET; it is the last part of the address";
      return problem(403, "webhooks of registries are closed", {}, { hint });
    }
    if (!isSame(secret, context.req.param("secret"))) {
      const hint = "the address ends in the value of REGISTRY_WEBHOOK_SECRET";
      return problem(401, "the delivery came to an address with a wrong secret", {}, { hint });
    }
    const said = delivery.safeParse(jsonOf(await context.req.text()));
    if (!said.success) return problem(400, "the delivery is not one of Docker Hub");
    setImmediate(() => {
      receive(said.data.repository.repo_name);
    });
    return context.json({ accepted: true }, 202);
  });
  app.all("/docker-hub/:secret", () => problem(405, "deliveries are posted", { Allow: "POST" }));
  return app;
}
