// `capstan/v1` is a promise: what it allowed once stays valid and asks for the same. `v1/` holds manifests as they were
// published, each folder a repository of its own. Add folders with new examples; change and remove none: whoever wrote
// such a manifest has it in a repository of their own. No `--update` writes the lists; a new folder's are told by the
// failing test.
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv } from "ajv";
import { describe, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import { load, problemText, readFolder, variables, type Texts } from "./support.ts";

const root = join(import.meta.dirname, "v1");
const folders = readdirSync(root, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)
  .sort();

/** What its stacks asked for when it was published. */
const asksFile = "asks.txt";
const all = { ...variables, STACK_CAPSTAN_IMAGE: "ghcr.io/acme/capstan:1" };

const ajv = new Ajv({ strict: false, allErrors: true, formats: { ipv4: true, ipv6: true } });
const checks = new Map(
  ["stack", "policy"].map((name) => [
    name,
    ajv.compile(JSON.parse(readFileSync(`schemas/${name}.schema.json`, "utf8"))),
  ]),
);

function filesOf(folder: string): Texts {
  return readFolder(join(root, folder), (path) => path === asksFile);
}

function loadOf(folder: string) {
  return load(filesOf(folder), { variables: all });
}

/** What its stacks ask for, one line a service, as the hashes in markers hold it. */
function asks(folder: string): string {
  const { stacks, templates, policies } = loadOf(folder);
  return [
    ...stacks.flatMap(({ name, project, environments, services }) => [
      `stack ${name} project=${project} environments=${environments.join(",")}`,
      ...services.map(({ key, hash }) => `  ${key} run=${hash.run} live=${hash.live}`),
    ]),
    ...templates.map(({ name }) => `template ${name}`),
    ...policies.own.policies.map(({ name }) => `policy ${name}`),
    "",
  ].join("\n");
}

describe.each(folders)("W6 manifests of capstan/v1: %s", (folder) => {
  it("load without a problem", () => {
    const { problems, outages, brokenStacks, policies } = loadOf(folder);
    expect(problems.map(problemText)).toEqual([]);
    expect([outages, [...brokenStacks], policies.own.broken]).toEqual([[], [], []]);
  });

  it("ask for what they asked for", () => {
    const file = join(root, folder, asksFile);
    const before = existsSync(file) ? readFileSync(file, "utf8") : "not written yet";
    expect(asks(folder)).toBe(before);
  });

  it("are taken by the schemas that editors use", () => {
    const found = Object.entries(filesOf(folder))
      .filter(([path]) => path.endsWith(".yaml"))
      .flatMap(([path, text]) =>
        parseAllDocuments(Buffer.from(text as Uint8Array).toString()).map((one) => ({
          path,
          value: one.toJS() as { readonly apiVersion?: string; readonly kind?: string } | null,
        })),
      )
      .filter(({ value }) => value?.apiVersion === "capstan/v1");
    expect(found).not.toEqual([]);
    for (const { path, value } of found) {
      const check = checks.get(value?.kind === "Policy" ? "policy" : "stack")!;
      expect(check(value) ? [] : check.errors, path).toEqual([]);
    }
  });
});

it("no published manifest is changed or gone", () => {
  const now = folders.flatMap((folder) =>
    Object.entries(filesOf(folder)).map(([path, text]) => {
      const digest = createHash("sha256").update(text).digest("hex");
      return `${digest}  ${folder}/${path}`;
    }),
  );
  const listed = readFileSync(join(root, "files.txt"), "utf8").trimEnd().split("\n");
  const byPath = (a: string, b: string): number => (a.slice(66) < b.slice(66) ? -1 : 1);
  // What is only here is new and is still to be listed; what is only listed was published once.
  expect(now.sort(byPath)).toEqual(listed);
});
