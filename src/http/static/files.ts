// The browser's files as one fixed list, made at start: nothing of a request ever becomes a path on disk.
// From src modules are TypeScript, from dist they are compiled; both are served under the same names.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { docsFolder } from "../docs/folder.ts";
import { browserModule, libraries } from "./modules.ts";

export interface StaticFile {
  readonly type: string;
  readonly body: Buffer;
  /** Null where it saves nothing. */
  readonly zipped: Buffer | null;
  /** Of its content, in quotes. */
  readonly etag: string;
}

export interface StaticFiles {
  /** Changes with any of the files: part of their addresses, so that these may be cached forever. */
  version(): string;
  /** `portal/portal-main.js`; null for what is not on the list. */
  file(path: string): StaticFile | null;
  /** A module and all that it imports, itself first: what a page asks for at once. Throws for none. */
  modules(entry: string): readonly string[];
}

interface Built {
  readonly files: ReadonlyMap<string, StaticFile>;
  readonly imports: ReadonlyMap<string, readonly string[]>;
  readonly version: string;
}

const folder = fileURLToPath(new URL("../public/", import.meta.url));

const types: Readonly<Record<string, string>> = {
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  svg: "image/svg+xml",
  png: "image/png",
};

interface Source {
  /** Where it is served. */
  readonly path: string;
  /** On disk. */
  readonly from: string;
  readonly kind: "module" | "typed-module" | "library" | "asset";
}

function kindOf(name: string): Source["kind"] | null {
  if (name.startsWith("assets/")) return /\.(?:css|svg)$/.test(name) ? "asset" : null;
  if (name.endsWith(".d.ts")) return null;
  if (name.endsWith(".ts")) return "typed-module";
  return name.endsWith(".js") ? "module" : null;
}

function listSources(): readonly Source[] {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" }).sort();
  const own = names.flatMap((raw): Source[] => {
    const name = raw.replaceAll("\\", "/");
    const kind = kindOf(name);
    if (kind === null) return [];
    return [{ path: name.replace(/\.ts$/, ".js"), from: `${folder}${name}`, kind }];
  });
  const pictures = readdirSync(`${docsFolder}pictures`)
    .filter((name) => /^[\w-]+\.png$/.test(name))
    .sort()
    .map((name): Source => {
      const path = `docs/pictures/${name}`;
      return { path, from: `${docsFolder}pictures/${name}`, kind: "asset" };
    });
  const packages = Object.entries(libraries).map(([specifier, path]): Source => {
    return { path, from: fileURLToPath(import.meta.resolve(specifier)), kind: "library" };
  });
  return [...own, ...pictures, ...packages];
}

function digest(text: string | Buffer, length: number): string {
  return createHash("sha256").update(text).digest("base64url").slice(0, length);
}

/** Less is not worth a header. */
const leastZipped = 512;

function fileOf(path: string, body: Buffer): StaticFile {
  const end = path.split(".").at(-1) ?? "";
  const isSmall = body.length < leastZipped || end === "png";
  const zipped = isSmall ? null : gzipSync(body, { level: 9 });
  const type = types[end] ?? "application/octet-stream";
  return { type, body, zipped, etag: `"${digest(body, 16)}"` };
}

function build(sources: readonly Source[]): Built {
  const files = new Map<string, StaticFile>();
  const imports = new Map<string, readonly string[]>();
  for (const { path, from, kind } of sources) {
    const content = readFileSync(from);
    if (kind === "asset") {
      files.set(path, fileOf(path, content));
      continue;
    }
    const module = browserModule(path, content.toString("utf8"), kind === "typed-module");
    imports.set(path, module.imports);
    files.set(path, fileOf(path, Buffer.from(module.text)));
  }
  const all = [...files].map(([path, { etag }]) => `${path} ${etag}`).join("\n");
  return { files, imports, version: digest(all, 12) };
}

/** Reads the list now, and the files at the first request: once, and then from memory. */
export function createStaticFiles(): StaticFiles {
  const sources = listSources();
  let kept: Built | null = null;
  const built = (): Built => (kept ??= build(sources));
  return {
    version: () => built().version,
    file: (path) => built().files.get(path) ?? null,
    modules(entry) {
      const { imports } = built();
      const found = new Set<string>([entry]);
      for (const path of found) {
        const more = imports.get(path);
        if (more === undefined) throw new Error(`no module ${path} is served`);
        for (const one of more) found.add(one);
      }
      return [...found];
    },
  };
}
