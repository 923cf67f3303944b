// Domains, mounts, ports, redirects and users of an application: written, recorded and read back (law W11).
import fc from "fast-check";
import { expect, test } from "vitest";
import { createChildCall, updateChildCall } from "../../src/dokploy/children.ts";
import { childrenOf } from "../../src/model/children.ts";
import { flatten } from "../../src/model/fields.ts";
import type { ApplicationSpec } from "../../src/model/specs.ts";
import { specOf } from "../support/kinds.ts";
import { anySpec, someDestination } from "./specs.ts";
import { app, recording } from "./support.ts";
import { observe } from "./written.ts";

const server = { destinationId: "d1", appName: "app" };
const names = { destination: [{ id: "d1", name: someDestination }] };

const rowNames = {
  mount: ["mounts", "mountId"],
  port: ["ports", "portId"],
  domain: ["domains", "domainId"],
  redirect: ["redirects", "redirectId"],
  basicAuth: ["security", "securityId"],
  schedule: ["schedules", "scheduleId"],
  backup: ["backups", "backupId"],
  volumeBackup: ["volumeBackups", "volumeBackupId"],
} as const;

test.each(["created", "updated"])("W11 children %s read back as the same", (how) => {
  fc.assert(
    fc.property(anySpec, (spec) => {
      const rows: Record<string, unknown[]> = {};
      for (const [index, child] of childrenOf(spec).entries()) {
        const [name, id] = rowNames[child.kind];
        const call =
          how === "created"
            ? createChildCall(app("app"), child, server)
            : updateChildCall(app("app"), `id${index}`, child, server);
        const row = { filePath: "kept", enabled: false, ...call.input, [id]: `id${index}` };
        const defaults = { hostPath: null, volumeName: null, content: null };
        if (child.kind === "domain" && how === "created") Object.assign(row, { enabled: true });
        (rows[name] ??= []).push(child.kind === "mount" ? { ...defaults, ...row } : row);
      }
      const read = specOf(observe(rows, names));
      const only = (given: ApplicationSpec) => {
        const { mounts, ports, domains, redirects, basicAuth, schedules, volumeBackups } = given;
        return { mounts, ports, domains, redirects, basicAuth, schedules, volumeBackups };
      };
      expect(only(read)).toEqual(only(spec));
    }),
    { numRuns: 200 },
  );
});

test("the recorded children read with their ids", () => {
  const read = observe(
    recording("application.one-with-children").response as Record<string, unknown>,
  );
  expect(read.children.filter(({ kind }) => kind === "mount" || kind === "basicAuth")).toEqual([
    {
      kind: "mount",
      id: "S02bTxJ_K1neKbUhn17gX",
      spec: { type: "file", content: "k=v", target: "/a.txt" },
    },
    {
      kind: "basicAuth",
      id: "Sa4hevelqYYA6O4D_sBoR",
      spec: { username: "u", password: "p" },
    },
  ]);
  expect(Object.fromEntries(flatten(read))).toMatchObject({
    "domains.full.example.com/api":
      "port=8080 https=true certificate=letsencrypt stripPath=true middlewares=x@file",
    "domains.shop.example.com": "port=3000 https=false certificate=none",
    "ports.18080/tcp": "80 ingress",
    "redirects.^/a": "/b permanent",
  });
});

test("a domain that somebody disabled differs from every manifest, and an update enables it", () => {
  const [domain] = (recording("application.one-with-children").response as { domains: object[] })
    .domains;
  const spec = specOf(observe({ domains: [{ ...domain, enabled: false }] }));
  expect(spec.domains[0]?.certificate).toContain("disabled");
  const call = updateChildCall(app("app"), "id", { kind: "domain", spec: spec.domains[0]! });
  expect(call.input).toMatchObject({ enabled: true, domainId: "id" });
});

test("the bodies of children are those of the recordings", () => {
  const bodyOf = (name: string) => recording(name).body as Record<string, unknown>;
  const file = bodyOf("mounts.create-file");
  const owner = app(String(file.serviceId));
  expect(
    createChildCall(owner, {
      kind: "mount",
      spec: { type: "file", content: "k=v", target: "/conf/a.txt" },
    }).input,
  ).toEqual({ ...file, mountPath: "/conf/a.txt" });
  expect(
    createChildCall(owner, {
      kind: "mount",
      spec: { type: "volume", volume: "vol1", target: "/data" },
    }).input,
  ).toEqual(bodyOf("mounts.create-volume"));
  expect(
    createChildCall(owner, {
      kind: "port",
      spec: { published: 18_080, target: 80, protocol: "tcp", mode: "host" },
    }).input,
  ).toEqual(bodyOf("port.create"));
  expect(
    createChildCall(owner, { kind: "basicAuth", spec: { username: "u", password: "p" } }).input,
  ).toEqual(bodyOf("security.create"));
  const domain = bodyOf("domain.create-full");
  delete domain.description;
  expect(
    createChildCall(owner, {
      kind: "domain",
      spec: {
        host: "full.example.com",
        path: "/api",
        port: 8080,
        https: true,
        certificate: "letsencrypt",
        stripPath: true,
        internalPath: "/",
        middlewares: ["x@file"],
        entrypoint: null,
      },
    }).input,
  ).toEqual({ ...domain, customCertResolver: null, customEntrypoint: null });
});
