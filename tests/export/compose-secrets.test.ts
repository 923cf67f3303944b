// Names of the variables that stand for secrets of a compose file.
import { expect, test } from "vitest";
import { withoutSecrets } from "../../src/export/compose-secrets.ts";
import type { ComposeFile } from "../../src/model/compose-file.ts";

const names = (file: ComposeFile): readonly string[] =>
  Object.keys(withoutSecrets(file, new Set())?.variables ?? {});
const service = (password: string) => ({ image: "a", environment: { PASSWORD: password } });

test.each([
  [{ "1db": { ...service("one-9x8y7z6w"), build: { args: { PASSWORD: "two-9x8y7z6w" } } } }],
  [{ "1-db": service("one-9x8y7z6w"), "1_db": service("two-9x8y7z6w") }],
  [{ _db: service("one-9x8y7z6w"), db: service("two-9x8y7z6w") }],
])("each is a name that Docker reads, also of two that are alike: %j", (services) => {
  const found = names({ services });
  expect(found).toHaveLength(2);
  for (const name of found) expect(name).toMatch(/^[A-Z][A-Z0-9_]*$/);
});
