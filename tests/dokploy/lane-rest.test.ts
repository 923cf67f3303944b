// Law R8: after a write that Dokploy may still be working on, no other of the lane begins for a while: two that meet lose
// each other's entries in the file that all basic auth and redirects share.
import { expect, test } from "vitest";
import { CapstanError } from "../../src/lib/errors.ts";
import type { HttpClient } from "../../src/lib/http.ts";
import { httpClient } from "../../src/lib/http.ts";
import type { Child } from "../../src/model/children.ts";
import { domainAt } from "../support/kinds.ts";
import { app, failureOf, platformOn, recording, serve, skippingClock } from "./support.ts";
import type { Reply } from "./support.ts";

const domain: Child = { kind: "domain", spec: domainAt("a.example.com") };

test("R8 a write that runs into its time-out is uncertain, and the lane rests after it", async () => {
  const { url, asked } = await serve(() => ({ silent: true }));
  const clock = skippingClock();
  const http: HttpClient = {
    send: (request) => httpClient.send({ ...request, timeoutMs: 500 }),
  };
  const error = await failureOf(platformOn(url, { http, clock }).createChild(app("app"), domain));
  expect(error.code).toBe("uncertain");
  expect(asked).toHaveLength(1);
  expect(clock.slept).toEqual([5_000]);
});

test.each<[string, Reply, readonly number[]]>([
  ["a proxy gives up on", { status: 504, text: "<html>Gateway Timeout</html>" }, [5_000]],
  ["a proxy gives up on in one word", { status: 502, text: "Bad Gateway" }, [5_000]],
  [
    "Dokploy itself says to have failed",
    { status: 500, json: recording("application.update-noop").response },
    [],
  ],
])("R8 the lane rests after a write that %s, as long as it may go on", async (_, reply, slept) => {
  const { url } = await serve(() => reply);
  const clock = skippingClock();
  const error = await failureOf(platformOn(url, { clock }).createChild(app("app"), domain));
  expect(error.code).toBe("uncertain");
  expect(clock.slept).toEqual(slept);
});

test.each([
  { silentMs: 800, restMs: 5_000 },
  { silentMs: 12_000, restMs: 12_000 },
  { silentMs: 120_000, restMs: 30_000 },
])(
  "R8 a server that was silent for $silentMs ms gets $restMs ms before the lane goes on",
  async ({ silentMs, restMs }) => {
    const clock = skippingClock();
    const http: HttpClient = {
      async send() {
        await clock.sleep(silentMs);
        throw new CapstanError("unavailable", "no answer");
      },
    };
    const platform = platformOn("http://127.0.0.1:9", { clock, http });
    expect((await failureOf(platform.deleteService(app("app")))).code).toBe("uncertain");
    expect(clock.slept).toEqual([silentMs, restMs]);
  },
);
