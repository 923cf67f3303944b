// Webhooks of registries, which carry no signature: the secret is in their address.
import { expect, test } from "vitest";
import { imageWebhookRoutes } from "../../src/http/image-webhooks.ts";
import { until } from "../support/until.ts";

const delivery = {
  callback_url: "https://registry.hub.docker.com/u/acme/shop/hook/1/",
  push_data: { pushed_at: 1417566161, pusher: "acme", tag: "latest" },
  repository: { name: "shop", namespace: "acme", repo_name: "acme/shop" },
};
const secret = "a-secret-of-the-address";

async function deliver(
  address: string,
  body: unknown = delivery,
  set: string | null = secret,
): Promise<{ readonly status: number; readonly text: string; readonly heard: string[] }> {
  const heard: string[] = [];
  const app = imageWebhookRoutes({ secret: set, receive: (image) => heard.push(image) });
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const answer = await app.request(address, { method: "POST", body: text });
  await new Promise((resolve) => setImmediate(resolve));
  return { status: answer.status, text: await answer.text(), heard };
}

test("P3 a delivery of Docker Hub to the address with the secret is heard after its answer", async () => {
  const { status, heard } = await deliver(`/docker-hub/${secret}`);
  expect(status).toBe(202);
  await until("it is heard", () => heard.length > 0);
  expect(heard).toEqual(["acme/shop"]);
});

test.each([
  ["a wrong secret", "/docker-hub/another-secret-here", delivery, secret, 401],
  ["no secret in the address", "/docker-hub/", delivery, secret, 404],
  ["no secret that is set", `/docker-hub/${secret}`, delivery, null, 403],
  ["a body that is no JSON", `/docker-hub/${secret}`, "<html>", secret, 400],
  [
    "a name that is none",
    `/docker-hub/${secret}`,
    { repository: { repo_name: "../x" } },
    secret,
    400,
  ],
] as const)("P3 with %s nothing is heard", async (_, address, body, set, status) => {
  const answer = await deliver(address, body, set);
  expect([answer.status, answer.heard]).toEqual([status, []]);
  expect(answer.text).not.toContain(secret);
});
