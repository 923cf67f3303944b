// Deliveries over a real socket (P3): who is heard, what is read of a body, and when the answer comes.
import { once } from "node:events";
import { request } from "node:http";
import type { IncomingMessage } from "node:http";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createWebhookReader } from "../../src/forge/webhooks.ts";
import { startHttpServer } from "../../src/http/server.ts";
import type { HttpServer } from "../../src/http/server.ts";
import { createLogger } from "../../src/lib/logger.ts";
import { createRedactor } from "../../src/lib/redact.ts";
import type { Delivery } from "../../src/model/forge.ts";
import { giteaDelivery, secret } from "../support/forge-deliveries.ts";
import { until } from "../support/until.ts";
import { createVirtualClock } from "../support/virtual-clock.ts";

let server: HttpServer;
let received: Delivery[];
let lines: string[];
let told: string[];
let commits: (string | null)[];

beforeEach(async () => {
  received = [];
  lines = [];
  told = [];
  commits = [];
  const redactor = createRedactor();
  redactor.register(secret);
  server = await startHttpServer(
    {
      state: () => {
        throw new Error("not asked for");
      },
      stacks: () => [],
      redact: (text) => text,
      clock: createVirtualClock(),
      logger: createLogger({ level: "debug", redactor, write: (line) => void lines.push(line) }),
      version: "0.0.0",
      webhooks: {
        reader: createWebhookReader({ secrets: secret }),
        repository: "acme/stacks",
        branch: "main",
        // Of its pull requests there are previews; no service follows a branch of it.
        follows: (name, { type }) => name === "acme/web" && type !== "push",
        receive: (delivery) => void received.push(delivery),
        tell: (signal) => {
          if (signal.kind !== "delivery") return;
          told.push(`${signal.forge} ${signal.outcome}`);
          commits.push(signal.commit);
        },
      },
    },
    { host: "127.0.0.1", port: 0 },
  );
});
afterEach(() => server.close());

const pushed = { ref: "refs/heads/main", before: "0".repeat(40), after: "a".repeat(40) };
const repository = { full_name: "acme/stacks" };
const comment = {
  repository,
  action: "created",
  is_pull: true,
  issue: { number: 7 },
  comment: { id: 1, body: "capstan approve-prune 0123456789ab", user: { login: "ann" } },
};

async function post(
  made: { readonly headers: Readonly<Record<string, string>>; readonly body: Uint8Array },
  more: Readonly<Record<string, string>> = {},
): Promise<Response> {
  return fetch(`${server.address}/webhooks/gitea`, {
    method: "POST",
    headers: { ...made.headers, ...more },
    body: Buffer.from(made.body),
  });
}

test("P3 a delivery is answered before anything is done with it", async () => {
  const answer = await post(giteaDelivery("push", { repository, ...pushed }));
  expect(answer.status).toBe(202);
  await until("it is received", () => received.length === 1);
});

test("P3 a delivery that is sent again under another id does nothing where a person's word is in it", async () => {
  const made = giteaDelivery("issue_comment", comment);
  expect(await (await post(made, { "x-gitea-delivery": "one" })).json()).toMatchObject({
    accepted: true,
  });
  // The id is not under the signature.
  for (const id of ["one", "two", "three"]) {
    expect(await (await post(made, { "x-gitea-delivery": id })).json()).toMatchObject({
      accepted: false,
    });
  }
  const next = { ...comment, comment: { ...comment.comment, id: 2 } };
  await post(giteaDelivery("issue_comment", next), { "x-gitea-delivery": "four" });
  await until("the second one is received", () => received.length >= 2);
  expect(received).toHaveLength(2);
});

test("P3 a delivery of another repository is not heard", async () => {
  const other = { repository: { full_name: "eve/stacks" }, ...pushed };
  expect(await (await post(giteaDelivery("push", other))).json()).toMatchObject({
    accepted: false,
  });
  expect(received).toEqual([]);
});

test("a pull request, or a comment, of a repository that has previews is heard, and a push that nothing follows is not", async () => {
  const other = { repository: { full_name: "acme/web" } };
  const pull = { action: "opened", number: 7, pull_request: { base: { ref: "main" } } };
  await post(giteaDelivery("pull_request", { ...other, ...pull }), { "x-gitea-delivery": "one" });
  await post(giteaDelivery("issue_comment", { ...comment, ...other }), {
    "x-gitea-delivery": "two",
  });
  await post(giteaDelivery("push", { ...other, ...pushed }), { "x-gitea-delivery": "three" });
  await until("both are received", () => received.length >= 2);
  expect(received.map(({ repository: of, event }) => `${of ?? ""} ${event.type}`)).toEqual([
    "acme/web pull",
    "acme/web comment",
  ]);
  expect(told).toEqual(["gitea accepted", "gitea accepted", "gitea ignored"]);
});

test("each delivery to a host that is known is counted once", async () => {
  const made = giteaDelivery("push", { repository, ...pushed });
  await post(made, { "x-gitea-delivery": "one" });
  await post(made, { "x-gitea-delivery": "one" });
  await post(giteaDelivery("push", { repository: { full_name: "eve/stacks" }, ...pushed }));
  await post(made, { "x-gitea-signature": "0".repeat(64) });
  await fetch(`${server.address}/webhooks/bitbucket`, { method: "POST", body: "{}" });
  expect(told).toEqual(["gitea accepted", "gitea ignored", "gitea ignored", "gitea refused"]);
});

test("a trace begins with a push to the branch of the stacks, and with no other", async () => {
  await post(giteaDelivery("push", { repository, ...pushed }), { "x-gitea-delivery": "one" });
  const other = { repository, ...pushed, ref: "refs/heads/idea", after: "b".repeat(40) };
  await post(giteaDelivery("push", other), { "x-gitea-delivery": "two" });
  expect(told).toEqual(["gitea accepted", "gitea accepted"]);
  expect(commits).toEqual([pushed.after, null]);
});

test("P3 a body without a length is read no further than the limit", async () => {
  const sending = request(`${server.address}/webhooks/gitea`, { method: "POST" });
  sending.on("error", () => undefined);
  const answered = once(sending, "response") as Promise<[IncomingMessage]>;
  const chunk = Buffer.alloc(1024 * 1024, "x");
  for (let megabytes = 0; megabytes < 12; megabytes++) sending.write(chunk);
  sending.end();
  const [answer] = await answered;
  answer.resume();
  expect(answer.statusCode).toBe(413);
  expect(received).toEqual([]);
});

test("P3 only what is posted is a delivery", async () => {
  for (const method of ["GET", "HEAD", "PUT", "DELETE"]) {
    const answer = await fetch(`${server.address}/webhooks/gitea`, { method });
    expect(answer.status, method).toBe(405);
  }
});

test("P5 neither the secret, a signature nor what a delivery says is in a log or an answer", async () => {
  const canary = "canary-of-a-delivery-4711";
  const shown: string[] = [];
  const junk = giteaDelivery("push", { ref: { [canary]: canary }, canary });
  const wrong = giteaDelivery("push", { canary });
  for (const answer of [
    await post(junk),
    await post(wrong, { "x-gitea-signature": "0".repeat(64) }),
    await post({ headers: junk.headers, body: Buffer.from(`${secret} ${canary}`) }),
    await fetch(`${server.address}/webhooks/gitlab`, {
      method: "POST",
      headers: { "x-gitlab-event": "Push Hook", "x-gitlab-token": `${secret}x` },
      body: canary,
    }),
  ]) {
    expect(answer.status).toBeGreaterThanOrEqual(400);
    shown.push(await answer.text());
  }
  expect(lines.length).toBeGreaterThan(0);
  const all = [...shown, ...lines].join("\n");
  expect(all).not.toContain(canary);
  expect(all).not.toContain(secret);
  expect(all).not.toContain(junk.headers["x-gitea-signature"] ?? "none");
});
