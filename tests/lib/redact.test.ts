import { describe, expect, test } from "vitest";
import { createRedactor } from "../../src/lib/redact.ts";

function redact(text: string, ...values: readonly string[]): string {
  const redactor = createRedactor();
  for (const value of values) redactor.register(value);
  return redactor.redact(text);
}

describe("P5 a secret is taken out of a text", () => {
  test("wherever it is, also inside a longer word", () => {
    expect(redact("xcanary-valuex, canary-value", "canary-value")).toBe("x(secret)x, (secret)");
  });

  test("as it is spelled in addresses and in JSON", () => {
    const text = `https://me:p%40ss%2Fword@host {"key":"p@ss/word","line":"a\\nb \\"canary\\""}`;
    expect(redact(text, "p@ss/word", 'a\nb "canary"')).toBe(
      `https://me:(secret)@host {"key":"(secret)","line":"(secret)"}`,
    );
  });

  test("the longer of two that overlap first", () => {
    expect(redact("canary-value-two", "canary-value", "canary-value-two")).toBe("(secret)");
  });

  test("a short one where it stands alone, between any signs", () => {
    for (const text of [
      "hunt2",
      "pw=hunt2;",
      "postgres://shop:hunt2@db",
      '"hunt2"',
      "PW_hunt2\n",
    ]) {
      expect(redact(text, "hunt2")).toBe(text.replace("hunt2", "(secret)"));
    }
    expect(redact("is $a.b* it", "$a.b*")).toBe("is (secret) it");
    expect(redact("x$a.b*y", "$a.b*")).toBe("x(secret)y");
  });
});

test("a short one is left where it is only a part of another word or number", () => {
  expect(redact("wrongly, 12345, Übertest", "wrong", "1234", "test")).toBe(
    "wrongly, 12345, Übertest",
  );
});

test("what is shorter than four characters is left alone", () => {
  expect(redact("a key of ours", "key", "of")).toBe("a key of ours");
});
