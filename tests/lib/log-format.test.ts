// Log lines for people and for programs.
import { expect, test } from "vitest";
import { createLogger } from "../../src/lib/logger.ts";
import { lineFormat } from "../../src/lib/log-format.ts";
import { createRedactor } from "../../src/lib/redact.ts";

function lines(format: "json" | "pretty"): readonly string[] {
  const shown: string[] = [];
  const shape = lineFormat(format, { colour: false });
  const redactor = createRedactor();
  redactor.register("canary-of-a-secret");
  const logger = createLogger({
    level: "info",
    redactor,
    write: (line) => void shown.push(shape(line)),
  });
  logger.info({ stack: "shop", revision: "0badcafe" }, "a stack was changed");
  logger.warn({ error: "canary-of-a-secret" }, "a request failed");
  return shown;
}

test("for programs it is one object a line", () => {
  const [first = "", second = ""] = lines("json");
  expect(JSON.parse(first)).toMatchObject({ level: "info", stack: "shop" });
  expect(JSON.parse(second)).toMatchObject({ level: "warn", error: "(secret)" });
});

test("for people it is the time, the level, what happened and the fields, without secrets", () => {
  const [first = "", second = ""] = lines("pretty");
  expect(first).toMatch(/^\[\d\d:\d\d:\d\d\] INFO: a stack was changed \{.*"stack":"shop".*\}\n$/);
  expect(second).toMatch(/WARN: a request failed/);
  expect(second).toContain("(secret)");
  expect(second).not.toContain("canary-of-a-secret");
});

test("what is no JSON is shown as it is", () => {
  expect(lineFormat("pretty", { colour: false })("half a li")).toContain("half a li");
});
