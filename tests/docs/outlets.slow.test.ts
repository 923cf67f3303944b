// Where Capstan tells what happens: how-to/notifications.md, logs.md and the log of how-to/from-ai-stack-deployer.md.
import { createHmac } from "node:crypto";
import { expect, onTestFinished, test } from "vitest";
import { startFakeHetzner } from "../support/fake-hetzner.ts";
import { startFakeLoki } from "../support/fake-loki.ts";
import { freePort } from "../support/free-port.ts";
import { startListener } from "../support/heard.ts";
import { until } from "../support/until.ts";
import { blocksOf, docPage } from "./pages.ts";
import { walkOf } from "./walk.ts";

/** What a value is made of: names, and of lists the first entry. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.slice(0, 1).map(shapeOf);
  if (typeof value !== "object" || value === null) return typeof value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, shapeOf(one)]));
}

test("how-to/notifications.md: addresses are listed without keys, and each gets a message", async () => {
  const program = await startListener();
  onTestFinished(() => program.close());
  const chat = await startListener();
  onTestFinished(() => chat.close());
  const secret = "a-secret-of-sixteen";
  const walk = await walkOf("how-to/notifications.md", {
    environment: {
      NOTIFY_URLS: `webhook+http://${program.host}/hook#secret=${secret} slack+http://${chat.host}/services/T1/B1/canary`,
    },
  });
  onTestFinished(() => walk.close());
  const listed = await walk.run("capstan notify");
  expect(listed).toContain(`slack at ${chat.host}`);
  expect(listed).not.toMatch(/canary|a-secret/);
  expect(await walk.run("capstan notify --test")).toContain(`webhook at ${program.host}: sent`);
  expect(String(chat.heard[0]?.json.text)).toContain("Test message");

  // As the page says of signatures and of the body.
  const [message] = program.heard;
  const stamp = String(message?.headers["x-capstan-timestamp"]);
  const signed = createHmac("sha256", secret).update(`${stamp}.${message?.body ?? ""}`);
  expect(message?.headers["x-capstan-signature"]).toBe(`sha256=${signed.digest("hex")}`);
  const shown = blocksOf(docPage("how-to/notifications.md")).find(
    ({ language }) => language === "json",
  );
  const sent = { ...message?.json, notices: [] };
  expect(shapeOf(sent)).toEqual(shapeOf({ ...JSON.parse(shown?.text ?? ""), notices: [] }));
  expect(message?.headers["x-capstan-delivery"]).toBe(message?.json.id);
  walk.end();
});

test("how-to/logs.md: events that are sent to `capstan log-ingest` are lines in Loki", async () => {
  const loki = await startFakeLoki();
  onTestFinished(() => loki.close());
  const port = String(await freePort());
  const walk = await walkOf("how-to/logs.md", {
    environment: {
      LOKI_URL: loki.url,
      LOG_INGEST_TOKEN: "ingest-token-0123456789",
      ...{ PORT: port, HOST: "127.0.0.1" },
    },
  });
  onTestFinished(() => walk.close());
  const server = walk.begin("capstan log-ingest");
  await until("it listens", () => server.output().includes(`127.0.0.1:${port}`));
  const answer = await walk.run("curl http://ai-stack-log-ingest", {
    own: { "ai-stack-log-ingest:3000": `127.0.0.1:${port}` },
    then: "-sS",
  });
  expect(JSON.parse(answer)).toMatchObject({ accepted: 1, refused: 0 });
  const line = await until("Loki has it", () => loki.lines[0]);
  // The labels of the page's searches.
  expect(line.labels).toMatchObject({ service: "ai-stack", level: "warn" });
  expect(line.metadata).toMatchObject({ stack: "alice" });
  expect(JSON.parse(line.line)).toMatchObject({ msg: "the model is slow", ms: 9100 });
  walk.end();
});

test("how-to/from-ai-stack-deployer.md: the commands that it names are there, under the same names", async () => {
  const hetzner = await startFakeHetzner();
  onTestFinished(() => hetzner.close());
  const loki = await startFakeLoki();
  onTestFinished(() => loki.close());
  const walk = await walkOf("how-to/from-ai-stack-deployer.md", {
    environment: {
      HETZNER_API_URL: hetzner.api,
      HETZNER_API_TOKEN: hetzner.token,
      STACK_DOMAIN_SUFFIX: "ai.example.com",
      TRAEFIK_IP: "203.0.113.7",
      LOKI_URL: loki.url,
      ...{ PORT: "0", HOST: "127.0.0.1" },
    },
  });
  onTestFinished(() => walk.close());
  await walk.run("capstan dns", { then: "create alice" });
  expect(hetzner.values("example.com", "alice.ai", "A")).toEqual(["203.0.113.7"]);
  const server = walk.begin("capstan log-ingest");
  await until("it listens", () => /http:\/\/127\.0\.0\.1:\d+/.exec(server.output()));
  walk.end();
});
