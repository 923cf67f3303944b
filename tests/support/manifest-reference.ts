// The reference of the manifest, made from the schemas and from the tables of fields: what a field is, its default,
// what it becomes in Dokploy, and whether a change of it deploys.
import { z } from "zod";
import { storedFields } from "../../src/dokploy/kinds/table.ts";
import { databaseKinds } from "../../src/model/kinds/database-rows.ts";
import { appliesLive } from "../../src/model/fields.ts";
import { applicationSchema } from "../../src/model/manifest-application.ts";
import { composeSchema } from "../../src/model/manifest-compose.ts";
import { databaseSchema } from "../../src/model/manifest-database.ts";
import { policySchema } from "../../src/model/manifest-policy.ts";
import { stackSchema } from "../../src/model/manifest.ts";
import { leftOut } from "./left-out.ts";
import type { LeftOut } from "./left-out.ts";
import type { ManagedKind } from "../../src/model/specs.ts";

interface Json {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Json[];
  readonly oneOf?: readonly Json[];
  readonly properties?: Readonly<Record<string, Json>>;
  readonly required?: readonly string[];
  readonly items?: Json;
  readonly additionalProperties?: Json | boolean;
  readonly spelled?: boolean;
}

export interface FieldLine {
  readonly path: string;
  readonly type: string;
  readonly required: boolean;
  readonly fallback: unknown;
  readonly description: string;
}

/** What is inside of them stands in sections of their own. */
const services = /(?:^|\.)spec\.(?:environments\.NAME\.)?(?:applications|databases|compose)$/;

function typeOf(json: Json): string {
  if (json.spelled === true) return "text or number";
  if (typeof json.const === "string") return json.const;
  if (json.enum !== undefined) return json.enum.join(" \\| ");
  const options = json.anyOf ?? json.oneOf;
  if (options !== undefined) return [...new Set(options.map(typeOf))].join(" or ");
  if (json.type === "array")
    return `list of ${json.items === undefined ? "any" : typeOf(json.items)}`;
  if (json.type === "object") return json.properties === undefined ? "map by name" : "map";
  if (json.type === "string") return "text";
  return json.type ?? "any";
}

/** The maps inside of a value: those of a list, of a map by name, and of each alternative. */
function insidesOf(json: Json, path: string): readonly (readonly [path: string, json: Json])[] {
  const options = (json.anyOf ?? json.oneOf ?? []).flatMap((one) => insidesOf(one, path));
  if (json.properties !== undefined) return [[path, json], ...options];
  if (json.items !== undefined) return [...insidesOf(json.items, `${path}[]`), ...options];
  if (typeof json.additionalProperties === "object") {
    return [...insidesOf(json.additionalProperties, `${path}.NAME`), ...options];
  }
  return options;
}

/** The fields of a schema, those inside of another one after it, each once. */
export function fieldLines(schema: z.ZodType, at = ""): readonly FieldLine[] {
  const lines = new Map<string, FieldLine>();
  function walk(json: Json, prefix: string): void {
    for (const [name, field] of Object.entries(json.properties ?? {})) {
      const path = prefix === "" ? name : `${prefix}.${name}`;
      const known = lines.get(path);
      const type = typeOf(field);
      lines.set(path, {
        path,
        type: known === undefined || known.type === type ? type : `${known.type} or ${type}`,
        required: json.required?.includes(name) === true,
        fallback: field.default,
        description: [known?.description, field.description]
          .filter((text, index, all) => text !== undefined && all.indexOf(text) === index)
          .join(" "),
      });
      if (services.test(path)) continue;
      for (const [inner, inside] of insidesOf(field, path)) walk(inside, inner);
    }
  }
  walk(z.toJSONSchema(schema, { io: "input" }) as Json, at);
  return [...lines.values()];
}

/** The services of a section and what stands for their kinds. */
export const servicesOfManifest = [
  { section: "applications", schema: applicationSchema, kinds: ["application"] },
  { section: "databases", schema: databaseSchema, kinds: databaseKinds },
  { section: "compose", schema: composeSchema, kinds: ["compose"] },
] as const satisfies readonly {
  schema: z.ZodType;
  section: string;
  kinds: readonly ManagedKind[];
}[];

const children: Readonly<Record<string, string>> = {
  domains: "domain.create",
  mounts: "mounts.create",
  ports: "port.create",
  redirects: "redirects.create",
  basicAuth: "security.create",
  schedules: "schedule.create",
  backups: "backup.create",
  volumeBackups: "volumeBackups.create",
};

/** Those that are Capstan's own and that Dokploy never sees. */
const own = new Set([
  "dependsOn",
  "ignore",
  "imagePolicy",
  "rollout",
  "deletionPolicy",
  "allowDataLoss",
  "type",
]);

const ownParts = new Set(["git.follow"]);

function storedText(kinds: readonly ManagedKind[], path: string): string {
  const root = path.split(/[.[]/)[0] ?? "";
  if (own.has(root) || ownParts.has(path)) return "";
  if (root === "description") return "`description`";
  const child = children[root];
  if (child !== undefined) return `\`${child}\``;
  const names = kinds.flatMap((kind) => {
    const stored = storedFields(kind);
    return stored.get(path) ?? stored.get(root) ?? [];
  });
  return [...new Set(names)].map((name) => `\`${name}\``).join(", ");
}

function deployText(kinds: readonly ManagedKind[], path: string): string {
  const root = path.split(/[.[]/)[0] ?? "";
  if (own.has(root) || ownParts.has(path) || root === "description") return "no";
  return kinds.some((kind) => appliesLive(kind, root)) ? "no" : "yes";
}

const cell = (text: string): string =>
  text
    .replaceAll(/(?<!\\)\|/g, "\\|")
    .replaceAll("<", "\\<")
    .replaceAll("\n", " ");

function defaultText({ required, fallback }: FieldLine): string {
  if (required) return "required";
  return fallback === undefined ? "" : `\`${JSON.stringify(fallback)}\``;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

function leftOutText({ why, fields }: LeftOut): string {
  const names = [...new Set(Object.values(fields).flat())].sort();
  return `- ${why} (${names.map((name) => `\`${name}\``).join(", ")})`;
}

export function referenceText(): string {
  const stack = fieldLines(stackSchema).map((line) => [
    `\`${line.path}\``,
    line.type,
    defaultText(line),
    cell(line.description),
  ]);
  const policy = fieldLines(policySchema).map((line) => [
    `\`${line.path}\``,
    line.type,
    defaultText(line),
    cell(line.description),
  ]);
  const sections = servicesOfManifest.map(({ section, schema, kinds }) => {
    const rows = fieldLines(schema).map((line) => [
      `\`${line.path}\``,
      line.type,
      defaultText(line),
      cell(line.description),
      storedText(kinds, line.path),
      deployText(kinds, line.path),
    ]);
    const head = ["field", "type", "default", "what it is", "in Dokploy", "deploys"];
    return `## \`spec.${section}.NAME\`\n\n${table(head, rows)}`;
  });
  return `${[
    "# Every field of a manifest",
    "`[]` is an entry of a list, `NAME` a name that you choose. A field without a default is absent when it is " +
      "left out. _in Dokploy_ is the field of `<kind>.update` that it becomes, or the procedure that makes the row; " +
      "_deploys_ says whether a change of it needs a deployment.",
    `## The stack\n\n${table(["field", "type", "default", "what it is"], stack)}`,
    ...sections,
    `## A policy\n\nA list that is absent restricts nothing, apart from \`bindMounts\` and \`hostAccess\`; an empty one allows nothing. \`*\` is anything but a separator (\`/\` in paths and images, \`.\` in hosts), \`**\` is anything.\n\n${table(["field", "type", "default", "what it is"], policy)}`,
    "## What is left out",
    "Fields of Dokploy's that no manifest says. Capstan never touches them, unless the reason says so.",
    leftOut.map(leftOutText).join("\n"),
    "_Made from the schemas by `npx vitest run tests/manifest/reference.test.ts -u`; not to be edited by hand._",
  ].join("\n\n")}\n`;
}
