// The platform's stacks: what they promise to others, and that the Compose file runs the same.
import { specOf } from "../support/kinds.ts";
import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import type { ApplicationSpec } from "../../src/model/specs.ts";
import { load, readFolder, serviceOf, stackOf } from "../manifest/support.ts";
import { workloadOf } from "../support/workload.ts";

const folder = "stacks/platform";
const desired = load(
  readFolder(folder, () => false),
  {
    variables: {
      STACK_DOMAIN_SUFFIX: "ai.example.com",
      STACK_IMAGE: "ghcr.io/acme/opencode:1",
      STACK_CAPSTAN_IMAGE: "ghcr.io/acme/capstan:1",
      STACK_CAPSTAN_GIT_URL: "https://git.example.com/acme/stacks.git",
    },
  },
);

interface ComposeService {
  readonly image?: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes?: readonly string[];
}

const compose = parse(readFileSync(join(folder, "logging.compose.yaml"), "utf8")) as {
  readonly services: Readonly<Record<string, ComposeService>>;
};

const settings = (path: string): unknown => parse(readFileSync(join(folder, path), "utf8"));

test("stacks reach the log ingest as the controller tells them to", () => {
  const spec = workloadOf(serviceOf(stackOf(desired, "log-ingest"), "app/ingest"));
  expect(spec.aliases).toContain("ai-stack-log-ingest");
  expect(spec.args).toEqual(["log-ingest"]);
  expect(spec.env).toMatchObject({ PORT: "3000", HOST: "0.0.0.0" });
  const controller = serviceOf(stackOf(desired, "capstan"), "app/controller");
  expect(controller.spec.env.LOG_INGEST_URL).toBe("http://ai-stack-log-ingest:3000/ingest");
  expect(controller.spec.env.LOKI_URL).toBe("http://observability-loki:3100");
});

test("names that settings use are names on the network", () => {
  const names = desired.stacks.flatMap(({ services }) =>
    services.flatMap((service) => workloadOf(service).aliases),
  );
  const { scrape_configs: jobs } = settings("observability/prometheus.yaml") as {
    scrape_configs: { static_configs: { targets: string[] }[] }[];
  };
  const hosts = jobs
    .flatMap(({ static_configs: statics }) => statics.flatMap(({ targets }) => targets))
    .map((target) => target.split(":")[0] ?? "");
  for (const host of hosts) if (host !== "localhost") expect(names).toContain(host);
});

test("the controller that deploys itself keeps its project, and never runs twice at once", () => {
  const stack = stackOf(desired, "capstan");
  expect(stack.deletionPolicy).toBe("retain");
  const spec = specOf(serviceOf(stack, "app/controller"));
  expect(spec.update?.order).toBe("stop-first");
  // What it is started with is what it needs to read these manifests again.
  const texts = ["portal.yaml", "log-ingest.yaml", "observability.yaml"]
    .map((file) => readFileSync(join(folder, file), "utf8"))
    .join("\n");
  for (const [, name = ""] of texts.matchAll(/\$\(env\.(STACK_\w+)\)/g)) {
    expect(Object.keys(spec.env)).toContain(name);
  }
  // Its own image comes from Git alone: from its environment a new one could never come.
  expect(readFileSync(join(folder, "portal.yaml"), "utf8")).not.toContain("$(env.");
  for (const [, name = ""] of texts.matchAll(/\$\(secrets\.([\w-]+)\)/g)) {
    const variable = `SECRET_${name.toUpperCase().replaceAll("-", "_")}`;
    expect(Object.keys(spec.env)).toContain(variable);
  }
});

test("Grafana's data sources take their uids from the stack's variables", () => {
  const stack = stackOf(desired, "observability");
  expect(stack.variables).toEqual({ LOKI_UID: "af9a823s6iku8b", PROMETHEUS_UID: "cf9r1fmfw9xxcf" });
  const { spec } = serviceOf(stack, "app/grafana");
  const { datasources } = settings("observability/grafana/datasources.yaml") as {
    datasources: { uid: string; url: string; type: string }[];
  };
  expect(datasources.map(({ type, uid, url }) => [type, uid, url])).toEqual([
    ["loki", "$LOKI_UID", "$LOKI_URL"],
    ["prometheus", "$PROMETHEUS_UID", "$PROMETHEUS_URL"],
  ]);
  expect(spec.env).toMatchObject({
    LOKI_URL: "http://observability-loki:3100",
    PROMETHEUS_URL: "http://observability-prometheus:9090",
  });
  const { providers } = settings("observability/grafana/dashboards.yaml") as {
    providers: { options: { path: string } }[];
  };
  const path = providers[0]?.options.path ?? "";
  expect(spec.mounts.filter(({ target }) => target.startsWith(`${path}/`))).toHaveLength(1);
});

/** Files by where they are in the container, with their text. */
function files(spec: ApplicationSpec): Readonly<Record<string, string>> {
  return Object.fromEntries(
    spec.mounts.flatMap((mount) =>
      mount.type === "file" ? [[mount.target, mount.content] as const] : [],
    ),
  );
}

test.each(["loki", "prometheus", "grafana"])("the Compose file runs the same %s", (name) => {
  const spec = specOf(serviceOf(stackOf(desired, "observability"), `app/${name}`));
  const service = compose.services[name];
  expect(service?.image).toBe(spec.image);
  for (const argument of service?.command ?? []) expect(spec.args).toContain(argument);
  const mounted = (service?.volumes ?? [])
    .map((volume) => volume.split(":"))
    .filter(([source = ""]) => source.startsWith("./"))
    .map(([source = "", target = ""]) => [target, readFileSync(join(folder, source), "utf8")]);
  expect(Object.fromEntries(mounted)).toEqual(files(spec));
  expect(mounted.length).toBeGreaterThan(0);
});

test("the Compose file's Grafana knows the same variables", () => {
  const { spec } = serviceOf(stackOf(desired, "observability"), "app/grafana");
  const { environment = {} } = compose.services.grafana ?? {};
  for (const name of ["LOKI_UID", "LOKI_URL", "PROMETHEUS_UID", "PROMETHEUS_URL"]) {
    expect(Object.keys(environment)).toContain(name);
    expect(Object.keys(spec.env)).toContain(name);
  }
  expect(environment.LOKI_UID).toContain("af9a823s6iku8b");
  expect(environment.PROMETHEUS_UID).toContain("cf9r1fmfw9xxcf");
});

test("what is no manifest is left out, also when the platform is wanted", () => {
  const ignored = readFileSync(join(folder, ".capstanignore"), "utf8");
  for (const line of ["observability/", basename("logging.compose.yaml")]) {
    expect(ignored.split("\n")).toContain(line);
  }
  expect(desired.problems).toEqual([]);
  expect(desired.stacks.map(({ name }) => name).sort()).toEqual([
    "capstan",
    "log-ingest",
    "observability",
  ]);
});
