// P9 plans for people who may see no secrets: names of fields that Git changes, and nothing of their values.
import { expect, test } from "vitest";
import type { DesiredStack } from "../../src/model/desired.ts";
import { planFromGit } from "../../src/plan/from-git.ts";
import { renderMarkdown } from "../../src/plan/render/markdown.ts";
import { webStack } from "../support/web-stack.ts";

const shown = (before: DesiredStack | null, next: DesiredStack | null): string =>
  renderMarkdown({
    revision: "3f2a1b9c3f2a",
    revisionTitle: "",
    plans: [planFromGit("shop", before, next)],
    problems: [],
    heldPrune: null,
  });
const values = {
  image: "acme/guess-image:1",
  env: { TOKEN: "guess-env" },
  command: "guess-command",
  args: ["guess-args"],
  registry: { url: "r.example.com", username: "guess-user", password: "guess-password" },
  mounts: [{ type: "file", content: "guess-content", target: "/etc/app.conf" }],
  redirects: [{ regex: "guess-regex", replacement: "guess-replacement", permanent: false }],
  basicAuth: [{ username: "guess-name", password: "guess-auth" }],
} as const;

test("P9 a new stack shows names and no value", () => {
  const text = shown(null, webStack(values));
  expect(text).toContain("env.TOKEN");
  expect(text).not.toContain("guess");
});

test("P9 a changed one likewise, whichever value it had", () => {
  const text = shown(webStack(), webStack(values));
  expect(text).toContain("env.TOKEN");
  expect(text).toContain("restarts");
  expect(text).not.toContain("guess");
});

test("P9 what Git does not change is no change", () => {
  expect(planFromGit("shop", webStack(values), webStack(values)).actions).toEqual([]);
});

test("P9 a removed stack names what goes", () => {
  const plan = planFromGit("shop", webStack(), null);
  expect(plan.actions.map(({ type }) => type)).toEqual(["delete-service", "delete-project"]);
});

test("P9 P10 what newly reaches the host is told without its value, and not what it reached before", () => {
  const mounts = [{ type: "bind", source: "/srv/guess-old", target: "/old" }] as const;
  const before = webStack({ mounts, ports: [] });
  const next = webStack({
    mounts: [...mounts, { type: "bind", source: "/srv/guess-new", target: "/new" }],
    ports: [],
  });
  const text = shown(before, next);
  expect(text).toContain("- ⚠️ shop: `web` reaches `a folder of the host`");
  expect(text).not.toContain("guess");
  expect(shown(before, webStack({ mounts, ports: [], env: {} }))).not.toContain("reaches");
  expect(shown(null, next)).toContain("reaches `a folder of the host`");
});

test("P9 another server is a replacement", () => {
  const before = webStack();
  const services = before.services.map((service) => ({ ...service, server: "edge" }));
  const next = { ...before, services };
  const plan = planFromGit("shop", before, next);
  expect(plan.actions.map(({ type }) => type)).toEqual([
    "delete-service",
    "create-service",
    "configure-service",
  ]);
  expect(shown(before, next)).toContain("**replaced**: server dokploy → edge");
});
