// The HTTP client on a real server: what happens to an answer that is longer than its caller reads.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { httpClient } from "../../src/lib/http.ts";
import type { HttpRequest } from "../../src/lib/http.ts";
import { startListener } from "../support/heard.ts";
import type { Listener } from "../support/heard.ts";

let host: Listener;
beforeEach(async () => {
  host = await startListener();
});
afterEach(() => host.close());

const ask = (more: Partial<HttpRequest> = {}) =>
  httpClient.send({
    method: "POST",
    url: `http://${host.host}/`,
    timeoutMs: 10_000,
    maxBytes: 1_000,
    ...more,
  });

describe("an answer that is longer than maxBytes", () => {
  beforeEach(() => {
    host.answer(400, {}, "€".repeat(1_000_000));
  });

  test("fails, as half of it would be misread", async () => {
    await expect(ask()).rejects.toMatchObject({
      code: "unavailable",
      message: "the answer is larger than 1000 bytes",
    });
  });

  test("is cut between two characters for a caller that asks for that", async () => {
    expect(await ask({ cut: true })).toMatchObject({ status: 400, text: "€".repeat(333) });
  });
});

test("an answer of exactly maxBytes is read whole, with cut or without", async () => {
  host.answer(200, {}, "x".repeat(1_000));
  for (const cut of [true, false]) {
    expect(await ask({ cut })).toMatchObject({ status: 200, text: "x".repeat(1_000) });
  }
});
