import { expect, it } from "vitest";
import { CapstanError } from "../../src/lib/errors.ts";
import { preloadSecrets } from "../../src/manifest/preload-secrets.ts";
import { load, oneService, resultText } from "./support.ts";

const secrets = {
  names: async () => ["good", "two-words", "broken"],
  async get(name: string) {
    if (name === "broken") throw new CapstanError("invalid", "two files", { hint: "remove one" });
    return `value of ${name}`;
  },
};

it("all values are told to the redactor, and names are found in any spelling", async () => {
  const seen: string[] = [];
  const secret = await preloadSecrets(secrets, (value) => seen.push(value));
  expect(seen).toEqual(["value of good", "value of two-words"]);
  expect(secret("TWO_WORDS")).toBe("value of two-words");
  expect(secret("absent")).toBeNull();
});

it("a secret that cannot be read fails only the stacks that use it", async () => {
  const secret = await preloadSecrets(secrets, () => undefined);
  const texts = {
    "a.yaml": oneService("env: { A: $(secrets.good) }", "fine"),
    "b.yaml": oneService("env: { A: $(secrets.broken) }", "hit"),
  };
  expect(resultText(load(texts, { secret }))).toBe(
    "b.yaml:8:17 [hit] the secret `broken` cannot be read: two files (remove one)\n" +
      "stacks: fine\nbroken: hit\nnames unknown: no\n",
  );
});
