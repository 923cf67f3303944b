// Law W12: what a real server's answers about a tag mean for the lease that the tag is.
import { expect, test } from "vitest";
import { createClient } from "../../src/dokploy/client.ts";
import { createLeaseTags } from "../../src/dokploy/lease/tags.ts";
import type { LeaseTags } from "../../src/dokploy/lease/tags.ts";
import { httpClient } from "../../src/lib/http.ts";
import { silentLogger } from "../../src/lib/logger.ts";
import { createRedactor } from "../../src/lib/redact.ts";
import { readRecording } from "../contract/recordings.ts";
import { atEnd, serve, skippingClock } from "./support.ts";

/** A server that gives the recorded answer to whatever it is asked. */
async function answeringAs(name: string): Promise<LeaseTags> {
  const { status, response } = readRecording(name);
  const { url } = await serve(() => ({ status, json: response as unknown }));
  const client = createClient({
    origin: url,
    apiKey: "test-key-abcdef",
    clock: skippingClock(),
    random: () => 0.5,
    logger: silentLogger,
    redactor: createRedactor(),
    http: httpClient,
    tell: () => undefined,
  });
  atEnd(() => client.close());
  return createLeaseTags(client, "capstan/default");
}

test.each([
  ["tag.create", "done"],
  ["tag.create-duplicate", "exists"],
  ["tag.create-as-member", "forbidden"],
])("W12 a create that is answered as in %s is %s", async (name, kind) => {
  const tags = await answeringAs(name);
  expect((await tags.create("text")).kind).toBe(kind);
});

test.each([
  ["tag.update-long-color", "done"],
  ["tag.update-missing", "gone"],
  // Dokploy looks for the tag, and then changes none: that is no refusal, and no renewal.
  ["tag.update-removed-meanwhile", "gone"],
])("W12 a renewal that is answered as in %s is %s", async (name, kind) => {
  const tags = await answeringAs(name);
  expect(await tags.update("id", "text")).toBe(kind);
});

test("W12 a removal of what is gone says so", async () => {
  const tags = await answeringAs("tag.remove-missing");
  expect(await tags.remove("id")).toBe("gone");
});
