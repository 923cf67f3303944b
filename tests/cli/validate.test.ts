import { describe, expect, test } from "vitest";
import { validate } from "../../src/cli/validate.ts";
import { CapstanError } from "../../src/lib/errors.ts";
import type { SourceTree } from "../../src/ports.ts";
import { act, createStage, type StageOptions } from "./support.ts";

function stageOf(files: Readonly<Record<string, string>>, more: StageOptions = {}) {
  const tree: SourceTree = {
    revision: { id: "x", title: "folder" },
    files: Object.entries(files).map(([path, text]) => ({ path, content: Buffer.from(text) })),
    unreadable: [],
  };
  const asked: string[] = [];
  const stage = createStage({
    folder: "/home/me/infra",
    ...more,
    factories: {
      readFolder: async (folder) => {
        asked.push(folder);
        return tree;
      },
      ...more.factories,
    },
  });
  return { stage, asked };
}

const header = "apiVersion: capstan/v1\nkind: Stack\nmetadata: { name: shop }\n";
const good = `${header}spec: { applications: { web: { image: "nginx:1" } } }\n`;
const bad = `${header}spec:\n  applications:\n    web: { image: nginx, replicas: many }\n`;

test("manifests without a mistake are counted, exit code 0", async () => {
  const { stage } = stageOf({ "shop.yaml": good });
  const { code, out } = await act(validate, stage, {});
  expect([code, out]).toEqual([0, "✓ 1 stack and 0 templates without a mistake\n"]);
});

test("P9 policies in a named folder judge what is in it", async () => {
  const policy = `apiVersion: capstan/v1\nkind: Policy\nmetadata: { name: portal }\nspec: { allow: { images: [] } }\n`;
  const named = stageOf({ "policies/p.yaml": policy, "shop.yaml": good }).stage;
  const found = await act(validate, named, { folder: "infra" });
  expect(found.out).toContain("the policy portal allows no images (infra/policies/p.yaml:4:26)");
  const only = stageOf({ "policies/p.yaml": policy }).stage;
  expect((await act(validate, only, { folder: "infra" })).out).toBe(
    "✓ 0 stacks, 0 templates and 1 policy without a mistake\n",
  );
});

test("every mistake has file, line and column as seen from where it was started", async () => {
  const { stage } = stageOf({ "shop.yaml": bad });
  const { code, out } = await act(validate, stage, { folder: "infra/stacks" });
  expect(code).toBe(1);
  expect(out).toMatch(/^infra\/stacks\/shop\.yaml:6:36 `applications\.web\.replicas` /);
  expect(out).toMatch(/✗ 1 problem in 1 file\n$/);
});

describe("the folder", () => {
  test("is STACKS_PATH when none is named", async () => {
    const { stage, asked } = stageOf({});
    await act(validate, stage, {});
    expect(asked).toEqual(["/home/me/infra/stacks"]);
  });

  test("may be absolute", async () => {
    const { stage, asked } = stageOf({ "a.yaml": bad });
    const { out } = await act(validate, stage, { folder: "/elsewhere" });
    expect(asked).toEqual(["/elsewhere"]);
    expect(out).toContain("/elsewhere/a.yaml:6:");
  });

  test("that is missing is told without an option that the command does not have", async () => {
    const { stage } = stageOf(
      {},
      {
        factories: {
          readFolder: async () => {
            throw new CapstanError("not-found", "there is no folder /home/me/infra/stacks", {
              hint: "check that --source names it",
            });
          },
        },
      },
    );
    await expect(act(validate, stage, {})).rejects.toMatchObject({
      message: "there is no folder /home/me/infra/stacks",
      hint: "name the folder that holds the manifests, as in: validate stacks",
    });
  });
});

test("a folder without manifests is told as that, and not as a success", async () => {
  const { stage } = stageOf({ "README.md": "# Stacks", ".github/workflows/check.yml": "on: push" });
  const { code, out } = await act(validate, stage, { folder: "infra" });
  expect(code).toBe(0);
  expect(out).toBe("Nothing to check: infra holds no manifests (*.yaml, *.yml)\n");
});

test("a folder whose manifests say nothing, or are left out, is told as that", async () => {
  const told = async (files: Record<string, string>): Promise<string> => {
    const { code, out } = await act(validate, stageOf(files).stage, { folder: "infra" });
    expect(code).toBe(0);
    return out;
  };
  expect(await told({ "a.yaml": "# apiVersion: capstan/v1\n" })).toBe(
    "Nothing to check: infra/a.yaml holds no manifest: it is empty, or all of it is comments\n",
  );
  expect(await told({ "a.yaml": "# later\n", "b.yml": "---\n" })).toBe(
    "Nothing to check: the 2 YAML files in infra hold no manifest: they are empty, or all of it is comments\n",
  );
  expect(await told({ "a.yaml": good, ".capstanignore": "*.yaml\n" })).toBe(
    "Nothing to check: .capstanignore leaves out infra/a.yaml\n",
  );
  expect(await told({ "a.yaml": good, "b.yaml": good, ".capstanignore": "*\n" })).toBe(
    "Nothing to check: .capstanignore leaves out all 2 YAML files in infra\n",
  );
});

test("other places in a message are seen from the same folder", async () => {
  const { stage } = stageOf({ "a.yaml": good, "sub/b.yaml": good });
  const { out } = await act(validate, stage, { folder: "stacks" });
  expect(out).toContain(
    "stacks/a.yaml:3:19 the stack shop is also defined at stacks/sub/b.yaml:3\n",
  );
  const outside = await act(validate, stageOf({ "a.yaml": good, "b.yaml": good }).stage, {
    folder: "../x",
  });
  expect(outside.out).toContain(
    "../x/a.yaml:3:19 the stack shop is also defined at ../x/b.yaml:3\n",
  );
});

test("a file beside a manifest is found wherever the folder lies", async () => {
  const mount = "[{ type: file, source: ./app.conf, target: /etc/app.conf }]";
  const files = {
    "a.yaml": good.replace('"nginx:1"', `"nginx:1", mounts: ${mount}`),
    "app.conf": "",
  };
  for (const folder of ["stacks", "../x", ".", "/x/y"]) {
    const { stage } = stageOf(files);
    expect((await act(validate, stage, { folder })).out).toMatch(/^✓ 1 stack /);
  }
  const leaving = { "a.yaml": files["a.yaml"].replace("./app", "../app") };
  for (const folder of ["stacks", "../x", ".", "/x/y"]) {
    const { stage } = stageOf(leaving);
    expect((await act(validate, stage, { folder })).out).toContain("leads out of");
  }
});

test("an ignore file speaks wherever the folder lies", async () => {
  const files = { "a.yaml": good, "out/b.yaml": bad, ".capstanignore": "/out/\n" };
  for (const folder of ["stacks", "../x", ".", "/x/y"]) {
    const { stage } = stageOf(files);
    expect((await act(validate, stage, { folder })).out).toMatch(/^✓ 1 stack /);
  }
});

test("a template that is not found in a part of the stacks may be in another", async () => {
  const files = { "bob.yaml": `${header}spec: { template: web-app }\n` };
  const part = (await act(validate, stageOf(files).stage, { folder: "stacks/users", json: true }))
    .out;
  expect(JSON.parse(part).problems).toMatchObject([
    {
      message: "there is no template `web-app`",
      hint: "no template was found; only stacks/users was read: if it is elsewhere, check the whole stacks folder",
    },
  ]);
  const whole = (await act(validate, stageOf(files).stage, { json: true })).out;
  expect(JSON.parse(whole).problems).toMatchObject([{ hint: "no template was found" }]);
});

test("no secret needs to be there", async () => {
  const secret = good.replace('"nginx:1"', '"nginx:1", env: { KEY: $(secrets.nobody-has-it) }');
  const { stage } = stageOf({ "shop.yaml": secret });
  expect((await act(validate, stage, {})).code).toBe(0);
});

test("--json prints problems with their places and what is well", async () => {
  const { stage } = stageOf({ "a.yaml": good, "b.yaml": bad.replace("shop", "blog") });
  const { code, out } = await act(validate, stage, { json: true });
  expect(code).toBe(1);
  expect(JSON.parse(out)).toMatchObject({
    ok: false,
    stacks: ["shop"],
    problems: [{ file: "stacks/b.yaml", line: 6, column: 36, stack: "blog" }],
  });
});

test("files that .capstanignore leaves out are counted, not passed over in silence", async () => {
  const hidden = {
    ".capstanignore": "examples/\n",
    "examples/a.yaml": "kind: Nothing\n",
    "examples/b.yaml": "kind: Nothing\n",
    ".github/workflows/check.yml": "on: push",
  };
  const none = await act(validate, stageOf(hidden).stage, { folder: "infra" });
  expect(none.out).toBe("Nothing to check: .capstanignore leaves out all 2 YAML files in infra\n");
  const one = await act(validate, stageOf({ ...hidden, "shop.yaml": good }).stage, {});
  expect(one.out).toBe(
    "✓ 1 stack and 0 templates without a mistake (2 files left out by .capstanignore)\n",
  );
});
