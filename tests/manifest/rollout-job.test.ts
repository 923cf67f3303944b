// `rollout.before`: the job as a service of its own, and what it may not be.
import { describe, expect, it, test } from "vitest";
import { childrenOf } from "../../src/model/children.ts";
import { flatten } from "../../src/model/fields.ts";
import type { DesiredService } from "../../src/model/desired.ts";
import { load, problemText, serviceOf, stackOf } from "./support.ts";

function manifest(web: string, more = ""): string {
  return `apiVersion: capstan/v1
kind: Stack
metadata: { name: shop }
spec:
  databases:
    db: { type: postgres, image: "postgres:17", database: shop, user: shop, password: $(secrets.db) }
  applications:
    api: { image: acme/api:1 }
    web:
      image: acme/web:1
${web}
${more}`;
}

const full = `      registry: { username: acme, password: $(secrets.registry) }
      command: ./serve
      args: [--fast]
      replicas: 3
      resources: { limits: { memory: 512Mi } }
      aliases: [shop]
      env: { URL: $(services.db.url), TOKEN: $(secrets.token) }
      domains: [ { host: shop.example.com, port: 80 } ]
      ports: [ { published: 2222, target: 22 } ]
      mounts: [ { type: volume, source: data, target: /data }, { type: file, content: "x", target: /etc/x } ]
      healthcheck: { test: ["CMD", "true"] }
      schedules: { nightly: { cron: "0 2 * * *", command: ./report } }
      placement: { constraints: ["node.role == worker"] }
      dependsOn: [api]
      ignore: [replicas, env.DEBUG]
      rollout: { timeout: 3m, stableFor: 5s, http: { path: / }, onFailure: rollback, before: { command: "./migrate && echo $(secrets.word)" } }`;

function jobOf(web: string): DesiredService {
  return serviceOf(stackOf(load({ "shop.yaml": manifest(web) }), "shop"), "job/web");
}

describe("the service of a job", () => {
  const job = jobOf(full);
  const web = serviceOf(stackOf(load({ "shop.yaml": manifest(full) }), "shop"), "app/web");

  it("is made of what its application is made of, and of nothing that leads to it", () => {
    expect(job.spec).toMatchObject({
      image: "acme/web:1",
      registry: { username: "acme" },
      command: "/bin/sh",
      replicas: 1,
      aliases: [],
      healthcheck: { test: ["NONE"] },
      restart: { condition: "none" },
      update: { order: "stop-first", failureAction: "continue" },
      endpointMode: "dnsrr",
      placement: { constraints: ["node.role == worker"] },
    });
    expect(job.spec.env).toEqual(web.spec.env);
    expect(flatten(job).get("resources.limits.memory")).toBe("512Mi");
    expect(childrenOf(job.spec).map(({ kind }) => kind)).toEqual(["mount", "mount"]);
    expect(job).toMatchObject({
      ...{ key: "job/web", name: "job before web", appName: "shop-web-before", ignore: [] },
      job: { before: "app/web", timeoutMs: 300_000 },
      rollout: { timeoutMs: 180_000, stableForMs: 0, http: null, onFailure: "rollback" },
    });
  });

  it("comes after what its application needs, and before that", () => {
    expect(job.after).toEqual(["app/api", "db/db"]);
    expect(web.after).toEqual(["app/api", "db/db", "job/web"]);
  });

  it("holds the secrets of both, and changes with them", () => {
    expect([...job.secrets]).toEqual([
      "args",
      "command",
      "env.TOKEN",
      "env.URL",
      "registry.password",
    ]);
    const other = load({ "shop.yaml": manifest(full) }, { secret: (name) => `other-${name}-long` });
    const changed = serviceOf(stackOf(other, "shop"), "job/web");
    expect(changed.hash.run).not.toBe(job.hash.run);
    expect(flatten(job).get("args")).toContain("canary");
  });

  it("is there once an environment", () => {
    const overlay = "  environments: { staging: { applications: { web: { image: acme/web:2 } } } }";
    const desired = load({
      "shop.yaml": manifest("      rollout: { before: { command: ./migrate } }", overlay),
    });
    const staging = serviceOf(stackOf(desired, "shop"), "job/web@staging");
    expect(staging.spec).toMatchObject({ image: "acme/web:2" });
    expect(staging.job?.before).toBe("app/web@staging");
  });

  it("leaves the hash of its application alone", () => {
    const plain = full.replace(/, before: .*$/, " }");
    const without = serviceOf(stackOf(load({ "shop.yaml": manifest(plain) }), "shop"), "app/web");
    expect(without.hash).toEqual(web.hash);
  });
});

test("a list is a program and its arguments, as they are", () => {
  const { spec } = jobOf(
    '      rollout: { before: { command: [./migrate, "--all or nothing", 3] } }',
  );
  expect(spec).toMatchObject({ command: "./migrate", args: ["--all or nothing", "3"] });
});

test.each([
  ["command: [./migrate all]", "must be a program without spaces"],
  ['command: "  "', "is empty"],
  ["command: []", "`applications.web.rollout.before.command` must not be empty"],
  ["command: { a: 1 }", "must be a command for a shell, or a list of a program and its arguments"],
  ["timeout: 5m", "`applications.web.rollout.before.command` is required"],
  ["command: ./migrate, timeout: soon", "must be a duration"],
  ["command: ./migrate, timeout: 0s", "must be at least 1ms"],
  ["command: ./migrate, retries: 3", "retries"],
])("%s is refused", (before, message) => {
  const web = `      rollout: { before: { ${before} } }`;
  const { problems } = load({ "shop.yaml": manifest(web) });
  expect(problems.map(problemText).join("\n")).toContain(message);
  expect(problems.every(({ place }) => place.line === 11)).toBe(true);
});

test("an image that people keep leaves nothing for the job to run in", () => {
  const web = "      ignore: [image]\n      rollout: { before: { command: ./migrate } }";
  expect(load({ "shop.yaml": manifest(web) }).problems.map(problemText)).toEqual([
    "shop.yaml:11:16 [shop] `applications.web.ignore[0]` is left to people, and the job before the rollout needs it (take it, or rollout.before, out)",
  ]);
});

test("databases have none", () => {
  const text = manifest("").replace(
    "$(secrets.db) }",
    "$(secrets.db), rollout: { before: { command: x } } }",
  );
  expect(load({ "shop.yaml": text }).problems.map(problemText).join()).toContain("before");
});
