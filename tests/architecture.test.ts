// Holds the table of floors: who may import whom, read from the imports of src. A folder that is not in
// the table fails, so that a new one is decided on, not slipped in.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { otherRooms, rooms } from "./support/rooms.ts";
import {
  codeLines,
  floorOf,
  importsOf,
  readSources,
  sourceRoot as root,
  target,
} from "./support/sources.ts";

/** What each folder (or file right below src) may import beside itself. */
const adapters = [
  "dns",
  "dokploy",
  "forge",
  "git",
  "hosts",
  "loki",
  "metrics",
  "notify",
  "registry",
  "secrets",
  "store",
  "traces",
] as const;
const ports = [
  "ports.ts",
  "ports-api.ts",
  "ports-diagnosis.ts",
  "ports-dns.ts",
  "ports-forge.ts",
  "ports-hosts.ts",
  "ports-lease.ts",
  "ports-replicas.ts",
  "ports-secrets.ts",
  "ports-logs.ts",
  "ports-portal.ts",
  "ports-registry.ts",
  "ports-sessions.ts",
  "ports-store.ts",
  "ports-telemetry.ts",
];
/** What builds adapters, as `app-….ts`. */
const builders =
  "doctor agent api dns engine descriptions lease forge images logs portal secrets source telemetry http notify outlets policies settings store orders".split(
    " ",
  );
const engineAndBelow = ["lib", "model", "plan", "manifest", ...ports, "engine"];
const floors: Readonly<Record<string, readonly string[] | "all">> = {
  lib: [],
  model: [],
  plan: ["model"],
  manifest: ["model", "lib"],
  "ports.ts": ["model"],
  "ports-api.ts": [],
  "ports-dns.ts": ["model"],
  "ports-forge.ts": ["model", "ports.ts", "ports-store.ts"],
  "ports-hosts.ts": [],
  "ports-lease.ts": [],
  "ports-replicas.ts": ["ports-lease.ts"],
  "ports-secrets.ts": ["ports.ts"],
  "ports-logs.ts": [],
  "ports-store.ts": ["model"],
  "ports-portal.ts": ["model", "ports-store.ts"],
  "ports-registry.ts": ["model"],
  "ports-sessions.ts": ["model", "ports-store.ts"],
  "ports-telemetry.ts": ["model", "lib"],
  ...Object.fromEntries(adapters.map((name) => [name, ["lib", "model", ...ports]])),
  engine: ["lib", "model", "plan", "manifest", ...ports],
  export: ["lib", "model", "plan", "manifest"],
  http: engineAndBelow,
  "ports-diagnosis.ts": ["ports.ts"],
  doctor: engineAndBelow,
  mcp: [...engineAndBelow, "http"],
  cli: [...engineAndBelow, "export"],
  simulator: ["model", "lib"],
  ...Object.fromEntries(builders.map((part) => [`app-${part}.ts`, "all"])),
  "app.ts": "all",
  "app-deps.ts": ["lib", "cli"],
  "app-dokploys.ts": ["model", "lib", "config.ts"],
  "app-fleet.ts": "all",
  "app-lasting.ts": ["engine", "store"],
  "app-spread.ts": "all",
  "app-opened.ts": [],
  "app-opening.ts": "all",
  "app-state.ts": ["app-opened.ts", "config.ts"],
  "app-unit.ts": "all",
  "config.ts": "all",
  "config-dns.ts": ["model", "config-values.ts"],
  "config-dokploys.ts": ["model", "config-environment.ts", "config-values.ts"],
  "config-environment.ts": [],
  "config-git.ts": ["git", "config-values.ts"],
  "config-forge.ts": ["model"],
  "config-logs.ts": ["config-values.ts"],
  "config-policies.ts": ["lib", "config-values.ts"],
  "config-portal.ts": ["engine"],
  "config-http.ts": ["model", "lib", "config-values.ts"],
  "config-network.ts": ["lib"],
  "config-notify.ts": ["config-values.ts", "notify"],
  "config-secrets.ts": ["config-values.ts", "config-environment.ts"],
  "config-store.ts": ["lib", "store"],
  "config-telemetry.ts": ["config-values.ts"],
  "config-values.ts": ["model", "lib"],
  "build.ts": "all",
  "sbom.ts": [],
  "main.ts": "all",
};

const sources = readSources();

test("imports are found in every way of writing them", () => {
  const text = [
    'import "./a.ts";',
    'import type { B } from "./b.ts";',
    "import {\n  c,\n  d,\n} from './c.ts';",
    'export { d } from "./d.ts";',
    'const e = await import("./e.ts");',
  ].join("\n");
  expect(importsOf(text)).toEqual(["./a.ts", "./b.ts", "./c.ts", "./d.ts", "./e.ts"]);
});

test("every folder and file below src has its place in the table", () => {
  const unknown = sources.filter(({ floor }) => !(floor in floors)).map(({ path }) => path);
  expect(unknown).toEqual([]);
});

test("nobody imports what stands on a higher floor or beside", () => {
  const wrong: string[] = [];
  for (const source of sources) {
    const allowed = floors[source.floor];
    if (allowed === "all") continue;
    for (const specifier of source.imports) {
      if (!specifier.startsWith(".")) continue;
      const floor = floorOf(target(source, specifier));
      if (floor !== source.floor && allowed?.includes(floor) !== true) {
        wrong.push(`${source.path} imports ${target(source, specifier)}`);
      }
    }
  }
  expect(wrong).toEqual([]);
});

function roomOf(path: string): string | null {
  const [floor, room = ""] = path.split("/");
  return floor === "engine" ? room : null;
}

describe("rooms of the engine", () => {
  test("each has its place in the table", () => {
    const found = new Set(sources.flatMap(({ path }) => roomOf(path) ?? []));
    expect([...found].sort()).toEqual(Object.keys(rooms).sort());
  });

  test("none imports another that the table does not name", () => {
    const wrong = sources.flatMap((source) => {
      const from = roomOf(source.path);
      if (from === null) return [];
      return source.imports
        .filter((specifier) => specifier.startsWith("."))
        .map((specifier) => target(source, specifier))
        .filter((path) => {
          const to = roomOf(path);
          return to !== null && to !== from && rooms[from]?.includes(to) !== true;
        })
        .map((path) => `${source.path} imports ${path}`);
    });
    expect(wrong).toEqual([]);
  });

  test("the table has no cycle, and names nothing that is not needed", () => {
    const placed = new Set<string>();
    for (const [room, below] of Object.entries(rooms)) {
      expect(
        below.filter((name) => !placed.has(name)),
        room,
      ).toEqual([]);
      placed.add(room);
    }
    const needed = new Set(
      sources.flatMap((source) =>
        source.imports
          .filter((specifier) => specifier.startsWith("."))
          .map(
            (specifier) =>
              `${String(roomOf(source.path))} ${String(roomOf(target(source, specifier)))}`,
          ),
      ),
    );
    const idle = Object.entries(rooms)
      .flatMap(([room, below]) => below.map((name) => `${room} ${name}`))
      .filter((pair) => !needed.has(pair));
    expect(idle).toEqual([]);
  });
});

test("every room says in a few lines what it is for, and where to start", () => {
  const folders = [
    ...Object.keys(rooms)
      .filter((room) => !room.endsWith(".ts"))
      .map((room) => `engine/${room}`),
    ...otherRooms,
  ];
  for (const folder of folders) {
    const text = readFileSync(join(root, folder, "README.md"), "utf8");
    expect(text.startsWith(`# ${folder}\n\n`), folder).toBe(true);
    expect(text.split("\n").length, `${folder} is told in a few lines`).toBeLessThan(12);
    const [, start = ""] = /Start at `([\w-]+\.ts)`/.exec(text) ?? [];
    const paths = sources.map(({ path }) => path);
    expect(paths, `${folder}: where to start`).toContain(`${folder}/${start}`);
  }
});

test("the map of the code names every file of the engine and of the store", () => {
  const map = readFileSync(join(root, "README.md"), "utf8");
  const unnamed = sources
    .filter(({ floor }) => floor === "engine" || floor === "store")
    .map(({ path }) => path)
    .filter((path) => !map.includes(path) && !map.includes(`\`${path.replace("engine/", "")}\``));
  expect(unnamed).toEqual([]);
});

describe("adapters", () => {
  test.each(adapters)("%s knows no other adapter and not the engine", (adapter) => {
    const others = [...adapters.filter((other) => other !== adapter), "engine"];
    const found = sources
      .filter(({ floor }) => floor === adapter)
      .flatMap((source) =>
        source.imports
          .filter((specifier) => specifier.startsWith("."))
          .filter((specifier) => others.includes(floorOf(target(source, specifier))))
          .map((specifier) => `${source.path} imports ${specifier}`),
      );
    expect(found).toEqual([]);
  });

  test("are built only where the process is put together", () => {
    const builders = sources
      .filter(({ imports }) => imports.length > 0)
      .filter((source) =>
        source.imports.some(
          (specifier) =>
            specifier.startsWith(".") &&
            adapters.some((adapter) => floorOf(target(source, specifier)) === adapter) &&
            !adapters.some((adapter) => source.floor === adapter),
        ),
      )
      .map(({ path }) => path);
    const others = builders.filter((path) => !/^app(?:-[a-z]+)?\.ts$/.test(path));
    for (const path of others)
      expect([
        "config.ts",
        "config-git.ts",
        "config-notify.ts",
        "config-store.ts",
        "main.ts",
      ]).toContain(path);
  });
});

test("plan and model are pure: nothing of Node, no clock, no randomness, no network", () => {
  const wrong: string[] = [];
  for (const { path, floor, text, imports } of sources) {
    if (floor !== "plan" && floor !== "model") continue;
    for (const specifier of imports) {
      if (specifier.startsWith("node:")) wrong.push(`${path} imports ${specifier}`);
    }
    const impure = /\b(?:Date\.now|Math\.random|performance\.now|process\.|fetch\(|setTimeout)/;
    if (codeLines(text).some((line) => impure.test(line))) wrong.push(`${path} is impure`);
  }
  expect(wrong).toEqual([]);
});

test("plan imports only model, beside itself", () => {
  const foreign = sources
    .filter(({ floor }) => floor === "plan")
    .flatMap(({ path, imports }) => imports.map((specifier) => [path, specifier] as const))
    .filter(([, specifier]) => !specifier.startsWith("."));
  expect(foreign).toEqual([]);
});

test("only lib/http.ts calls fetch, the simulator and the pages in a browser aside", () => {
  const callers = sources
    .filter(({ path, floor }) => path !== "lib/http.ts" && floor !== "simulator")
    .filter(({ path }) => !path.startsWith("http/public/dom/"))
    // A route's own `fetch` is a method of something; the global one stands alone.
    .filter(({ text }) => codeLines(text).some((line) => /(?<![\w.])fetch\(/.test(line)))
    .map(({ path }) => path);
  expect(callers).toEqual([]);
});

test("packages for metrics and traces stay in their folders; those for traces load only on request", () => {
  const importers = (name: RegExp): readonly string[] =>
    sources
      .filter(({ imports }) => imports.some((specifier) => name.test(specifier)))
      .map(({ path }) => path);
  expect(importers(/^prom-client$/)).toEqual(["http/ingest/metrics.ts", "metrics/registry.ts"]);
  expect(importers(/^@opentelemetry\//)).toEqual(["traces/otlp.ts"]);
  expect(importers(/traces\/otlp\.ts$/)).toEqual(["app-telemetry.ts"]);
  const telemetry = sources.find(({ path }) => path === "app-telemetry.ts");
  expect(telemetry?.text).toContain('await import("./traces/otlp.ts")');
});

test("there are no barrels: no file re-exports everything or exists to re-export", () => {
  const barrels = sources
    .filter(({ path, text }) => {
      const code = codeLines(text).filter((line) => line.trim() !== "");
      const only = code.length > 0 && code.every((line) => /^export .* from /.test(line));
      return only || path.endsWith("/index.ts") || /^export \*/m.test(text);
    })
    .map(({ path }) => path);
  expect(barrels).toEqual([]);
});

test("imports name the file with its extension", () => {
  const bare = sources.flatMap(({ path, imports }) =>
    imports
      .filter((specifier) => specifier.startsWith(".") && !/\.(?:ts|json)$/.test(specifier))
      .map((specifier) => `${path}: ${specifier}`),
  );
  expect(bare).toEqual([]);
});

test("every file is under 400 lines and says at its head what it is for", () => {
  const long = sources
    // A table that tests write.
    .filter(({ path }) => path !== "dokploy/sent-table.ts")
    .filter(({ text }) => text.split("\n").length > 400)
    .map(({ path, text }) => `${path}: ${text.split("\n").length} lines`);
  expect(long).toEqual([]);
  const silent = sources
    .filter(({ text }) => !/^(?:#!.*\n)?(?:\/\/ \S|\/\*\*)/.test(text))
    .map(({ path }) => path);
  expect(silent).toEqual([]);
});

test("the program imports nothing before it has checked the runtime, so that an old one is told why", () => {
  const text = readFileSync("src/main.ts", "utf8");
  expect(text.match(/^import (?!type ).*$/gm) ?? []).toEqual([]);
});
