// Whether Loki would take lines, asked without writing any; and what the doctor makes of the answer.
import { afterEach, beforeEach, expect, test } from "vitest";
import { lookAtAll } from "../../src/doctor/check.ts";
import { logsCheck } from "../../src/doctor/outlets.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { httpClient } from "../../src/lib/http.ts";
import { probeLoki } from "../../src/loki/probe.ts";
import { startFakeLoki } from "../support/fake-loki.ts";
import type { FakeLoki } from "../support/fake-loki.ts";

let loki: FakeLoki;
beforeEach(async () => {
  loki = await startFakeLoki();
});
afterEach(() => loki.close());

async function found(url = loki.url): Promise<{ status: string; message: string; next: string }> {
  const address = { url, login: null, tenant: null };
  const check = logsCheck({ title: url, ask: () => probeLoki(address, httpClient) });
  const [connection] = await lookAtAll([check], { clock: systemClock, redact: (text) => text });
  if (connection === undefined) throw new Error("one check has one finding");
  return { ...connection, next: connection.next ?? "" };
}

test("a Loki that would take lines passes, and gets none", async () => {
  expect(await found()).toMatchObject({ status: "pass", next: "" });
  expect(loki.lines).toEqual([]);
  expect(loki.pushes).toMatchObject([{ status: 422 }]);
});

test.each([
  [401, "LOKI_PASSWORD"],
  [403, "LOKI_PASSWORD"],
  [404, "LOKI_URL"],
  [503, "running and ready"],
  [400, "running and ready"],
])("an answer with %i fails, with what to do", async (status, next) => {
  // Longer than what is read of it, as a proxy's error page may be.
  loki.faults.push({ kind: "answer", status, text: "<p>".repeat(100_000) });
  const finding = await found();
  expect(finding.status).toBe("fail");
  expect(finding.message).toContain(String(status));
  expect(finding.next).toContain(next);
});

test("one that is not there fails, and none at all is skipped", async () => {
  expect(await found(`${loki.url}/elsewhere`)).toMatchObject({ status: "fail" });
  const { url } = loki;
  await loki.close();
  expect(await found(url)).toMatchObject({ status: "fail" });
  const [skipped] = await lookAtAll([logsCheck(null)], {
    clock: systemClock,
    redact: (text) => text,
  });
  expect(skipped?.status).toBe("skip");
  loki = await startFakeLoki();
});
