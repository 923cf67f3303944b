// Every environment variable that the documentation names is one that something reads.
import { expect, test } from "vitest";
import { variableNames } from "../../src/config.ts";
import { pages } from "./pages.ts";

/** Read by others than Capstan's configuration, or by it in another way; each with who reads it. */
const others: Readonly<Record<string, string>> = {
  LOG_INGEST_URL: "manifests, as $(env.LOG_INGEST_URL)",
  CAPSTAN_IMAGE: "the workflow that `capstan init` writes",
  ALLOWED_HOST_LIST: "Gitea's own setting",
  STRIPE_KEY: "the application in an example",
  CI_PIPELINE_SOURCE: "GitLab",
  DOKPLOY_TEST_IMAGE: "the contract suite",
  NAME_FILE: "stands for every name",
  CAPSTAN_COMMIT: "the build",
  CAPSTAN_TEST_STORE: "the tests",
  NET_ADMIN: "docker, as a capability",
};

const known: ReadonlySet<string> = new Set([
  ...variableNames.flatMap((name) => [name, `${name}_FILE`]),
  ...Object.keys(others),
]);

/** Names of one's own (`STACK_…`, `SECRET_…`), and what stands for several. */
const isOwn = (name: string): boolean => /^(?:STACK|SECRET)_[A-Z0-9_]*$/.test(name);

/** Words in capitals with an underscore, not a part of a longer name. */
function named(text: string): readonly string[] {
  return [...text.matchAll(/(?<![\w$./-])([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)(?![\w])/g)].map(
    ([, name = ""]) => name,
  );
}

test("every variable in the documentation exists", () => {
  const unknown = pages.flatMap(({ file, text }) =>
    named(text)
      .filter((name) => !known.has(name) && !isOwn(name))
      .map((name) => `${file}: ${name}`),
  );
  expect([...new Set(unknown)]).toEqual([]);
});

test("what is left out of that is named somewhere", () => {
  const all = new Set(pages.flatMap(({ text }) => named(text)));
  const isNamed = (name: string): boolean =>
    all.has(name) || pages.some(({ text }) => text.includes(name));
  expect(Object.keys(others).filter((name) => !isNamed(name))).toEqual([]);
});

test("a wrong name would be seen", () => {
  expect(named("set `DOKPLOY_ULR` and `$(env.STACK_IMAGE)`, `NOTIFY_URLS=x`")).toEqual([
    "DOKPLOY_ULR",
    "NOTIFY_URLS",
  ]);
  expect(known.has("DOKPLOY_ULR")).toBe(false);
});
