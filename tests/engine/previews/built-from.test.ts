// What stacks with previews are built from, and what is kept of that while a stack has problems.
import { expect, test } from "vitest";
import { builtFrom, stacksBuiltFrom } from "../../../src/engine/previews/built-from.ts";
import { createBuiltStacks } from "../../../src/engine/previews/built-stacks.ts";
import { load } from "../../manifest/support.ts";

const stack = (name: string, more: string): string =>
  `apiVersion: capstan/v1\nkind: Stack\nmetadata: { name: ${name} }\nspec: { ${more} }\n`;
const web = "git: { url: https://git.example.com/acme/web.git }";
/** Of what is on this host. */
const repositoryOf = ({ url }: { readonly url: string }): string | null =>
  /^https:\/\/git\.example\.com\/(.*)\.git$/.exec(url)?.[1] ?? null;

test("each branch of a repository once, and only of stacks with previews and of what is on the host", () => {
  const { stacks, problems } = load({
    "a.yaml": stack("a", `preview: {}, applications: { web: { ${web} }, worker: { ${web} } }`),
    "b.yaml": stack("b", `applications: { web: { ${web} } }`),
    "c.yaml": stack(
      "c",
      `preview: {}, applications: { web: { git: { url: https://git.example.com/Acme/Web.git, ref: next } }, far: { git: { url: https://elsewhere.test/acme/web.git } }, plain: { image: "nginx:1" } }`,
    ),
    "d.yaml": stack(
      "d",
      `preview: {}, applications: { web: { image: "nginx:1" } }, environments: { staging: { applications: { web: null, built: { ${web} } } } }`,
    ),
  });
  expect(problems).toEqual([]);
  const all = stacks.flatMap((one) => builtFrom(one, repositoryOf));
  expect(all).toEqual([
    { stack: "a", repository: "acme/web", branch: "main" },
    { stack: "c", repository: "Acme/Web", branch: "next" },
  ]);
  expect(stacksBuiltFrom(all, "ACME/web", "next")).toEqual(["c"]);
  expect(stacksBuiltFrom(all, "acme/web", "other")).toEqual([]);
});

test("R6 of a stack that has problems now it is what it was before, until it is known again", () => {
  const built = createBuiltStacks(repositoryOf);
  const good = stack("a", `preview: {}, applications: { web: { ${web} } }`);
  built.learn(load({ "a.yaml": good }));
  const before = built.all();
  expect(before).toHaveLength(1);
  built.unreadable("Acme/web", "it is not there");
  expect(built.errors("a")).toEqual([
    "pull requests of acme/web cannot be seen, and get no previews: it is not there",
  ]);
  built.learn(load({ "a.yaml": stack("a", `preview: {}, applications: { web: { gita: 1 } }`) }));
  expect(built.isBroken("a")).toBe(true);
  expect(built.all()).toEqual(before);
  built.learn(load({ "a.yaml": stack("a", `applications: { web: { ${web} } }`) }));
  expect(built.all()).toEqual([]);
  expect(built.errors("a")).toEqual([]);
});
