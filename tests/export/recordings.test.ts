// What a real Dokploy answered for its services goes into manifests that Capstan takes.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { detailsShape } from "../../src/dokploy/kinds/table.ts";
import { managedKinds } from "../../src/model/kinds/table.ts";
import type { Configured } from "../../src/model/specs.ts";
import { exportedAndLoaded, madeUpServer } from "../support/made-up-server.ts";
import type { MadeUpProject } from "../support/made-up-server.ts";

const folder = join(import.meta.dirname, "../recordings");

interface Recorded {
  readonly status: number;
  readonly response: unknown;
}

/** Every recorded service, each in a project of its own. */
function recordedServices(): readonly MadeUpProject[] {
  return readdirSync(folder).flatMap((file): MadeUpProject[] => {
    const kind = managedKinds.find((one) => file.startsWith(`${one}.one`));
    if (kind === undefined) return [];
    const { status, response } = JSON.parse(readFileSync(join(folder, file), "utf8")) as Recorded;
    if (status !== 200) return [];
    const details = detailsShape(kind).parse(response);
    const configured = { kind: details.kind, spec: details.spec } as Configured;
    const name = file.replace(/\.json$/, "");
    return [{ name, services: [{ name: details.name, configured, details }] }];
  });
}

test("recorded services export to manifests without a mistake", () => {
  const projects = recordedServices();
  expect(projects.length).toBeGreaterThan(12);
  const { loaded, stacks, nothing, texts } = exportedAndLoaded(madeUpServer(projects));
  expect(loaded.problems).toEqual([]);
  const kinds = new Set(loaded.stacks.flatMap(({ services }) => services.map(({ kind }) => kind)));
  expect([...kinds].sort()).toEqual(
    ["application", "compose", "mariadb", "mongo", "mysql", "postgres", "redis"].sort(),
  );
  expect(loaded.stacks).toHaveLength(stacks.length);
  // What could not be exported says why, for each of its services.
  for (const { leftOut } of nothing) expect(leftOut).toHaveLength(1);
  expect(nothing.length).toBeLessThan(projects.length / 2);
  for (const [name, text] of texts) expect(text).toMatchSnapshot(name);
});
