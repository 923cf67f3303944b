// The compose file of a manifest: found, read, checked as a whole, each problem told at its own place in the file.
import { namesOnNetwork } from "../../model/compose-network.ts";
import { isMap, servicesOf, withoutWant } from "../../model/compose-file.ts";
import type { ComposeFile, Plain } from "../../model/compose-file.ts";
import { variableProblems } from "../../model/compose-variables.ts";
import type { VariableProblem } from "../../model/compose-variables.ts";
import type { ComposeManifest } from "../../model/manifest-compose.ts";
import type { DomainSpec } from "../../model/specs.ts";
import { portKey } from "../../model/children.ts";
import { claimOf } from "../claims.ts";
import type { OwnClaim } from "../claims.ts";
import { putElsewhere } from "../files.ts";
import type { MountedFiles } from "../files.ts";
import { checkGit } from "../git.ts";
import { refuseContent } from "../size-rules.ts";
import { didYouMean } from "../suggest.ts";
import type { Tell } from "../tell.ts";
import { at, placeOf } from "../tree.ts";
import type { Path, TreeNode } from "../tree.ts";
import { publishedPorts } from "./published.ts";
import { checkComposeFile } from "./rules.ts";
import { schemaProblems, showComposePath } from "./schema.ts";
import { readCompose } from "./text.ts";
import { checkTimedInFile } from "./timed.ts";
import type { ComposeText, TellAt } from "./text.ts";

export interface Reading {
  readonly tree: TreeNode;
  readonly files: MountedFiles;
  readonly tell: Tell;
  readonly tellAt: TellAt;
}

export interface ReadFile {
  readonly file: ComposeFile;
  /** What it takes of what all stacks share. */
  readonly claims: readonly OwnClaim[];
  /** Where something stands in it. */
  readonly placeOf: (path: Path, on?: "key") => OwnClaim["place"];
}

/** The text, from the repository or from the manifest; null where there is none, which is told. */
function textOf(manifest: ComposeManifest, { tree, files, tell }: Reading): ComposeText | null {
  const { file, content } = manifest;
  if (file !== undefined && content !== undefined) {
    tell(["content"], "stands beside `file`", "keep one of the two", "key");
    return null;
  }
  if (file !== undefined) {
    const from = placeOf(tree, ["file"]).file;
    const read = files.read(from, file);
    if ("content" in read) {
      return { text: read.content, at: { file: read.path, line: 1, column: 1 }, isFolded: false };
    }
    tell(["file"], read.message, read.hint);
    return null;
  }
  if (content === undefined) {
    tell([], "needs a `file`, a `content` or `git`", null, "key");
    return null;
  }
  const node = at(tree, ["content"]);
  const textAt = node?.kind === "scalar" ? node.textAt : undefined;
  const place = textAt ?? placeOf(tree, ["content"]);
  return { text: content, at: place, isFolded: textAt === undefined };
}

/** What docker compose and a shell set by themselves. */
const given: Readonly<Record<string, string>> = { PATH: "x", HOME: "x" };
const givenToCompose = { ...given, APP_NAME: "x", COMPOSE_PROJECT_NAME: "x", DOCKER_CONFIG: "x" };

function variableText(problem: VariableProblem): readonly [message: string, hint: string] {
  switch (problem.kind) {
    case "form":
      return ["is no variable that docker reads", "write $$ for a dollar"];
    case "required":
      return [
        `needs the variable ${problem.name}, which is not set`,
        `set ${problem.name} under env`,
      ];
    case "unset": {
      const { name } = problem;
      const hint = `set ${name} under env, or write \${${name}-} where it may be empty; $$ is a dollar`;
      return [`uses the variable ${name}, which is not set: docker would put nothing there`, hint];
    }
  }
}

function checkVariables(
  file: ComposeFile,
  env: Readonly<Record<string, string>>,
  tell: Tell,
): void {
  const walk = (value: Plain, path: Path): void => {
    if (typeof value === "string") {
      for (const problem of variableProblems(value, env)) tell(path, ...variableText(problem));
    } else if (Array.isArray(value)) {
      for (const [index, one] of (value as readonly Plain[]).entries()) walk(one, [...path, index]);
    } else if (isMap(value)) {
      for (const [key, one] of Object.entries(value)) walk(one, [...path, key]);
    }
  };
  walk(file, []);
}

function checkDomains({ domains }: ComposeManifest, file: ComposeFile, tell: Tell): void {
  const services = new Map(servicesOf(file));
  for (const [index, { service: name }] of domains.entries()) {
    const service = services.get(name);
    const path = ["domains", index, "service"];
    if (service === undefined) {
      const hint = didYouMean(name, services.keys()) ?? `it has ${[...services.keys()].join(", ")}`;
      tell(path, `names no service of the compose file: ${name}`, hint);
    } else if (service.network_mode !== undefined) {
      tell(path, "leads to a service with a network_mode, which cannot join Traefik's network");
    }
  }
}

function claimsOf(
  manifest: ComposeManifest,
  file: ComposeFile,
  placeOf: (path: Path, on?: "key") => OwnClaim["place"],
  tell: Tell,
): readonly OwnClaim[] {
  const claims: OwnClaim[] = [];
  const seen = new Map<string, string>();
  for (const { port, protocol, path } of publishedPorts(file, manifest.env)) {
    const key = portKey({ published: port, protocol: protocol === "udp" ? "udp" : "tcp" });
    const first = seen.get(key);
    if (first !== undefined) tell(path, `publishes the port ${key}, as ${first} does`);
    seen.set(key, showComposePath(path));
    claims.push(claimOf("port", key, placeOf(path)));
  }
  const { isolated } = manifest;
  const domains = manifest.domains as readonly DomainSpec[];
  for (const { service, name } of namesOnNetwork({ file, domains, isolated })) {
    claims.push(claimOf("network name", name, placeOf(["services", service], "key")));
  }
  for (const [service, { container_name: container }] of servicesOf(file)) {
    if (typeof container !== "string" || manifest.type === "stack") continue;
    const place = placeOf(["services", service, "container_name"]);
    claims.push(claimOf("container", container, place));
  }
  return claims;
}

/** Of a file in another repository only the names are known under which its domains are reached. */
function claimsFromGit({ domains, isolated }: ComposeManifest, tree: TreeNode): ReadFile {
  const names = isolated ? [] : [...new Set(domains.map(({ service }) => service))];
  const claims = names.map((name): OwnClaim => {
    const index = domains.findIndex(({ service }) => service === name);
    return claimOf("network name", name, placeOf(tree, ["domains", index, "service"]));
  });
  return { file: {}, claims, placeOf: () => placeOf(tree, ["git"]) };
}

/** Null where it has problems, which are told. */
export function readComposeFile(manifest: ComposeManifest, reading: Reading): ReadFile | null {
  const { git, file, content } = manifest;
  if (git !== undefined) {
    checkGit(git, reading.tell);
    for (const [field, value] of Object.entries({ file, content })) {
      if (value !== undefined)
        reading.tell([field], "stands beside `git`", "keep one of the two", "key");
    }
    return claimsFromGit(manifest, reading.tree);
  }
  const text = textOf(manifest, reading);
  if (text === null) return null;
  const told = { count: 0 };
  const tellAt: TellAt = (place, message, hint) => {
    told.count += 1;
    reading.tellAt(place, message, hint);
  };
  const tooLarge = refuseContent(text.text);
  if (tooLarge !== null) tellAt(text.at, tooLarge, putElsewhere);
  const read = readCompose(text, tellAt);
  if (read === null) return null;
  const tell: Tell = (path, message, hint = null, on) => {
    const name = path.length === 0 ? "it" : `\`${showComposePath(path)}\``;
    tellAt(read.placeOf(path, on), `${name} ${message}`, hint);
  };
  const problems = schemaProblems(read.file);
  for (const { path, message, hint, on } of problems) tell(path, message, hint, on);
  // What has another shape than docker's is not looked into.
  if (problems.length > 0) return null;
  const { type, isolated, env } = manifest;
  checkComposeFile(read.file, { type, isolated, tell });
  checkVariables(read.file, { ...(type === "stack" ? given : givenToCompose), ...env }, tell);
  checkDomains(manifest, read.file, reading.tell);
  checkTimedInFile(manifest, read.file, reading.tell);
  const claims = claimsOf(manifest, read.file, read.placeOf, tell);
  if (told.count > 0) return null;
  return { file: withoutWant(read.file), claims, placeOf: read.placeOf };
}
