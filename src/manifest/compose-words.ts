// What people who know Compose write in an application, and what to write instead, with their own values.
import {
  envOf,
  isRecord,
  listOf,
  memoryOf,
  mountOf,
  plainOf,
  portOf,
  show,
} from "./compose-values.ts";
import { deployOf } from "./compose-deploy.ts";
import type { Tell } from "./tell.ts";
import { at } from "./tree.ts";
import type { Path, TreeNode } from "./tree.ts";

/** By the fields' names, positions in lists left out; null where nothing better can be said. */
type Row = (value: unknown) => string | null;

const write = (fields: unknown): string => `write ${show(fields).replace(/^\{ (.*) \}$/s, "$1")}`;

const entry =
  (one: (value: unknown) => unknown): Row =>
  (value) => {
    const found = isRecord(value) || Array.isArray(value) ? null : one(value);
    return found === null ? null : `write ${show(found)}`;
  };

const env: Row = (value) => {
  const found = envOf(value);
  return found === null ? null : write({ env: found });
};

const network =
  "every service is on dokploy-network, where <stack>-<service> and its `aliases` are its names";

const rows: Readonly<Record<string, Row>> = {
  env,
  environment: env,
  env_file: (value) =>
    `write the lines of ${listOf(value).map(String).join(", ")} under env; secrets as $(secrets.NAME)`,
  ports: (value) =>
    /\d-\d/.test(String(value)) ? "write one entry for each port" : entry(portOf)(value),
  mounts: entry(mountOf),
  volumes: (value) => {
    const found = listOf(value).map(mountOf);
    return found.length === 0 || found.includes(null) ? null : write({ mounts: found });
  },
  restart: (value) => {
    const [name, tries] = String(value).split(":");
    if (name === "always" || name === "unless-stopped") {
      return "leave it out, as that is the default, or write restart: { condition: any }";
    }
    if (name === "no" || name === "false") return write({ restart: { condition: "none" } });
    if (name !== "on-failure") return null;
    const most = tries === undefined ? {} : { maxAttempts: Number(tries) };
    return write({ restart: { condition: name, ...most } });
  },
  command: (value) =>
    Array.isArray(value)
      ? `${write({ args: value })}; here \`command\` replaces the image's entrypoint`
      : null,
  args: (value) => (typeof value === "string" ? write({ args: value.split(/\s+/) }) : null),
  entrypoint: (value) => {
    const [command, ...args] = listOf(value);
    return command === undefined ? null : write({ command, ...(args.length > 0 ? { args } : {}) });
  },
  "healthcheck.disable": () => "write healthcheck: { test: [ NONE ] }",
  depends_on: (value) => {
    const names = (isRecord(value) ? Object.keys(value) : listOf(value)).map(String);
    return write({ dependsOn: names });
  },
  container_name: (value) =>
    `leave it out, or write aliases: ${show([value])} for that name on the network`,
  hostname: (value) => write({ aliases: [value] }),
  build: (value) => {
    const context = isRecord(value) ? value.context : value;
    const folder = typeof context === "string" ? context : ".";
    return `it is built from a repository: write git: { url: https://… } and build: { context: ${folder} }, or the image that CI built`;
  },
  networks: (value) => {
    const networks = isRecord(value) ? Object.values(value) : [];
    const aliases = networks.flatMap((one) => (isRecord(one) ? listOf(one.aliases) : []));
    return aliases.length > 0 ? `${write({ aliases })}: ${network}` : `leave it out: ${network}`;
  },
  expose: () => `leave it out: ${network}, with all of its ports`,
  links: () => `leave it out: ${network}`,
  labels: (value) => {
    const text = JSON.stringify(value ?? null);
    const host = /Host\(`([^`]+)`\)/.exec(text)?.[1];
    const port = /loadbalancer\.server\.port"?[=:]"?(\d+)/.exec(text)?.[1];
    return host === undefined
      ? "labels of a container are Capstan's; labels of a stack go into `metadata.labels`, routes into `domains`"
      : write({ domains: [{ host, port: Number(port ?? 80) }] });
  },
  deploy: (value) => {
    const found = isRecord(value) ? deployOf(value) : {};
    return Object.keys(found).length === 0 ? null : write(found);
  },
  scale: (value) => write({ replicas: value }),
  mem_limit: (value) => write({ resources: { limits: { memory: memoryOf(value) } } }),
  cpus: (value) => write({ resources: { limits: { cpu: value } } }),
};

const without = new Set(
  (
    "cap_add cap_drop configs devices dns extra_hosts init ipc logging network_mode pid platform privileged " +
    "profiles pull_policy read_only secrets security_opt shm_size stdin_open stop_grace_period stop_signal " +
    "sysctls tmpfs tty ulimits user working_dir"
  ).split(" "),
);

/** The path inside an application; null where a path leads elsewhere. */
function inApplication(path: Path): string | null {
  const at = path.indexOf("applications");
  if (at === -1 || path.length < at + 3) return null;
  return path
    .slice(at + 2)
    .filter((key) => typeof key === "string")
    .join(".");
}

/** What to write in place of a value that a manifest cannot have there. */
export function composeHint(path: Path, node: TreeNode | undefined): string | null {
  const field = inApplication(path);
  if (field === null) return null;
  if (without.has(field)) return "Compose's word has no counterpart here: leave it out";
  const row = Object.hasOwn(rows, field) ? rows[field] : undefined;
  return row?.(plainOf(node)) ?? null;
}

/** A health check's command that begins with the word of Compose's list, which a shell does not know. */
export function checkTest(application: TreeNode, tell: Tell): void {
  const path = ["healthcheck", "test"];
  const node = at(application, path);
  const test = node?.kind === "scalar" ? plainOf(node) : null;
  const form = /^\s*\[?\s*"?(CMD-SHELL|CMD|NONE)"?(?:[\s,]+([^]*))?$/;
  const [, word, rest = ""] = typeof test === "string" ? (form.exec(test) ?? []) : [];
  if (typeof test !== "string" || word === undefined) return;
  const words = word === "CMD" ? rest.trim().split(/\s+/) : [];
  const hint = /^\s*\[/.test(test)
    ? `write it without quotes around the list: test: ${test.trim()}`
    : write({ test: word === "CMD-SHELL" ? rest.trim() : [word, ...words] });
  tell(path, `begins with ${word}, which belongs into a list`, hint);
}
