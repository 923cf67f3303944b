// The workflow of a release cannot run here: what it must not get wrong is read from its file.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
}

interface Job {
  readonly needs?: string;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly steps: readonly Step[];
}

const text = readFileSync(".github/workflows/release.yaml", "utf8");
const workflow: {
  readonly on: unknown;
  readonly permissions: unknown;
  readonly jobs: Readonly<Record<string, Job>>;
} = parse(text);
const { scripts, engines } = JSON.parse(readFileSync("package.json", "utf8"));
const steps = Object.values(workflow.jobs).flatMap((job) => job.steps);
const runs = steps.flatMap(({ run }) => run ?? []);

describe("the release", () => {
  test("begins with a tag of a version, and with nothing that a stranger can do", () => {
    expect(workflow.on).toEqual({ push: { tags: ["v[0-9]*"] } });
  });

  test("has the rights that a job needs, and none by default", () => {
    expect(workflow.permissions).toEqual({});
    const rights = Object.entries(workflow.jobs).map(([name, job]) => [name, job.permissions]);
    expect(Object.fromEntries(rights)).toEqual({
      check: { contents: "read" },
      publish: { contents: "write", packages: "write", "id-token": "write" },
    });
  });

  test("pins each action by its commit, and says which version that is", () => {
    const lines = text.split("\n").filter((line) => /^\s*- uses:/.test(line));
    expect(lines).toHaveLength(steps.filter(({ uses }) => uses !== undefined).length);
    for (const line of lines) {
      expect(line).toMatch(/- uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
    }
  });

  test("publishes only what the same checks let through that every commit has to pass", () => {
    expect(workflow.jobs.check?.steps.map(({ run }) => run)).toContain(".ci/run");
    expect(statSync(".ci/run").mode & 0o111).not.toBe(0);
    expect(workflow.jobs.publish?.needs).toBe("check");
  });

  test("calls scripts that there are, with the Node.js that the package needs", () => {
    const called = runs.flatMap((run) =>
      [...run.matchAll(/npm run (?:-s )?([\w:]+)/g)].map(([, name = ""]) => name),
    );
    expect(called).toEqual(["sbom"]);
    for (const name of called) expect(scripts).toHaveProperty([name]);
    expect(scripts.prepack).toContain("npm run build");
    const node = steps.find(({ uses }) => uses?.startsWith("actions/setup-node@"));
    expect(`>=${String(node?.with?.["node-version"])}`).toBe(engines.node);
  });

  test("runs no script of a dependency where it may write, and keeps no credentials in the checkout", () => {
    const installs = workflow.jobs.publish?.steps.filter(({ run }) =>
      /npm (?:ci|install)/.test(run ?? ""),
    );
    expect(installs?.map(({ run }) => run)).toEqual(["npm ci --ignore-scripts"]);
    for (const step of steps.filter(({ uses }) => uses?.startsWith("actions/checkout@"))) {
      expect(step.with).toMatchObject({ "persist-credentials": false });
    }
  });

  test("puts no text of an event into a command, and secrets into the environment of one step", () => {
    for (const run of runs) expect(run).not.toContain("${{");
    const secret = steps.filter(({ env }) => JSON.stringify(env ?? {}).includes("secrets."));
    expect(secret.map(({ env }) => Object.keys(env ?? {}))).toEqual([
      ["NPM_REGISTRY", "NPM_TOKEN"],
    ]);
  });

  test("names its commit in the image, and signs image, package and bill of materials", () => {
    const all = runs.join("\n");
    expect(all).toContain('--build-arg CAPSTAN_COMMIT="$GITHUB_SHA"');
    expect(readFileSync("Dockerfile", "utf8")).toContain("ARG CAPSTAN_COMMIT=\n");
    // SECURITY.md sends people there.
    expect(all).toContain(
      '--label org.opencontainers.image.source="$GITHUB_SERVER_URL/$GITHUB_REPOSITORY"',
    );
    expect(all).toContain('cosign sign --yes "$IMAGE@$DIGEST"');
    expect(all.match(/cosign sign-blob --yes --bundle \S+ (\S+)/g)).toHaveLength(2);
    // By digest: what a tag points to may be another image by then.
    expect(all).not.toMatch(/cosign (?:sign|attest) .*\$IMAGE:/);
  });

  test.skipIf(!existsSync("/bin/bash"))("has commands that a shell can read", () => {
    for (const run of runs) execFileSync("/bin/bash", ["-n"], { input: run });
  });
});
