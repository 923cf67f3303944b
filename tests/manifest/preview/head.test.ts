// What a preview builds for a pull request of an application's repository: its branch, where its stack builds the branch to
// which the pull request goes, and everything else as the manifest says.
import { expect, test } from "vitest";
import type { PreviewHead } from "../../../src/manifest/preview/head.ts";
import { loadPreviews } from "../../../src/manifest/preview/load.ts";
import type { LoadedPreview } from "../../../src/manifest/preview/load.ts";
import { sourceOf } from "../../../src/model/kinds/table.ts";
import { hasher, problemText, secretValue } from "../support.ts";

const web = "https://git.example.com/acme/web.git";
const text = (applications: string, preview = "{}"): string =>
  `apiVersion: capstan/v1\nkind: Stack\nmetadata: { name: shop }\nspec:\n  preview: ${preview}\n  applications:\n${applications}`;

function previewOf(
  given: string,
  more: Partial<PreviewHead> = {},
  variables: Readonly<Record<string, string>> = {},
): LoadedPreview {
  const head: PreviewHead = {
    ...{ branch: "feature/x", base: "main", isOf: ({ url }) => url === web },
    ...more,
  };
  const { previews } = loadPreviews({
    tree: {
      files: [{ path: "shop.yaml", content: new TextEncoder().encode(given) }],
      unreadable: [],
    },
    ...{ root: "", variables, reservedNames: [], hasher, secret: secretValue },
    previews: {
      ...{ repository: "acme/web", pull: 7, stacks: new Map([["shop", {}]]), head },
      taken: new Map(),
    },
  });
  return [...previews.values()][0]!;
}

const builds = ({ desired, problems }: LoadedPreview): Record<string, string> => {
  expect(problems.map(problemText)).toEqual([]);
  return Object.fromEntries(
    (desired?.services ?? []).map((service) => {
      const { ref = "image" } = sourceOf(service) ?? {};
      const paths = service.watchPaths?.join() ?? "";
      return [service.key, `${ref}${service.follows === true ? " followed" : ""} ${paths}`.trim()];
    }),
  );
};

test("services that build the branch of the pull request build its own and follow it, the others stay as they are", () => {
  const all = [
    `    web: { git: { url: "${web}" } }`,
    `    named: { git: { url: "${web}", ref: main, follow: true, watchPaths: [apps/named] } }`,
    `    pinned: { git: { url: "${web}", ref: v1.2.0 } }`,
    '    far: { git: { url: "https://git.example.com/acme/other.git" } }',
    '    plain: { image: "nginx:1" }',
  ];
  expect(builds(previewOf(text(all.join("\n"))))).toEqual({
    "app/web": "feature/x followed",
    "app/named": "feature/x followed apps/named",
    "app/pinned": "v1.2.0",
    "app/far": "main",
    "app/plain": "image",
  });
});

test("of another base branch only what builds that one", () => {
  const all = [
    `    web: { git: { url: "${web}" } }`,
    `    next: { git: { url: "${web}", ref: next } }`,
  ];
  expect(builds(previewOf(text(all.join("\n")), { base: "next" }))).toEqual({
    "app/web": "main",
    "app/next": "feature/x followed",
  });
});

test("addresses with references in them, and what the overlay says, count as they are resolved", () => {
  const one = `    web: { git: { url: "https://git.example.com/acme/$(env.STACK_REPOSITORY).git" } }`;
  const given = { STACK_REPOSITORY: "web" };
  expect(builds(previewOf(text(one), {}, given))).toEqual({ "app/web": "feature/x followed" });
  const overlay = `{ overlay: { applications: { web: { git: { url: "${web}" } } } } }`;
  const plain = `    web: { git: { url: "https://git.example.com/acme/other.git" } }`;
  expect(builds(previewOf(text(plain, overlay)))).toEqual({ "app/web": "feature/x followed" });
});

test("a branch that Dokploy cannot clone is a problem of the preview", () => {
  const { desired, problems } = previewOf(text(`    web: { git: { url: "${web}" } }`), {
    branch: "fix: it",
  });
  expect(desired).toBeNull();
  expect(problems.map(problemText).join()).toContain("must be the name of a branch or a tag");
});

test("a compose file in a repository stays refused, as nobody knows what it takes of the server", () => {
  const given = text(
    `    web: { git: { url: "${web}" } }\n  compose:\n    box: { git: { url: "${web}" } }\n`,
  );
  const { desired, problems } = previewOf(given);
  expect(desired).toBeNull();
  expect(problems.map(problemText).join()).toContain("is a compose file elsewhere");
});
