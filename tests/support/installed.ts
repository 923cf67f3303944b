// Capstan as a package: packed from a copy of its sources, and installed in an empty folder that knows nothing of this
// repository.
import { execFile, execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** What a build of the package reads, and the image's as well. `tests` is not among it, nor is `.git`. */
export const packageSources: readonly string[] = [
  ...["src", "stacks", "schemas", "package.json", "package-lock.json", ".npmrc", ".env.example"],
  ...["tsconfig.json", "tsconfig.build.json"],
  ...["README.md", "CHANGELOG.md", "LICENSE", "SECURITY.md", "UPGRADING.md"],
];

export const packedCommit = "75d39589053d854b771d875be916091534ff1bca";

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface PackedFile {
  readonly path: string;
  readonly size: number;
}

export interface Packed {
  /** An empty folder. */
  readonly folder: string;
  readonly tarball: string;
  readonly files: readonly PackedFile[];
  readonly bytes: number;
  /** The text of one of them. */
  read(path: string): string;
  /** Installs it into the folder. A text says why no registry answered. */
  install(): Promise<string | null>;
  /** Runs a program there, with Node as these tests run on; `environment` is added to what it needs to start. */
  run(
    command: string,
    args: readonly string[],
    environment?: Readonly<Record<string, string>>,
  ): Promise<Ran>;
  /** What a program started there has anyway. */
  readonly environment: Readonly<Record<string, string>>;
  remove(): void;
}

const unreachable = /\b(?:ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ENETUNREACH|E?TIMEDOUT)\b/;

/** Of npm's environment only where it finds packages: a test that npm started knows a package around it. */
function plainEnvironment(): Record<string, string> {
  const kept = Object.entries(process.env).filter(
    ([name, value]) =>
      value !== undefined &&
      (!/^npm_|^INIT_CWD$|^NODE_OPTIONS$|^VITEST|^NODE_ENV$|^CAPSTAN_/i.test(name) ||
        /^npm_config_(?:registry|cache|userconfig|globalconfig|cafile|https?_?proxy|noproxy)$/i.test(
          name,
        )),
  ) as [string, string][];
  const path = [dirname(process.execPath), process.env.PATH ?? ""].join(delimiter);
  return { ...Object.fromEntries(kept), PATH: path };
}

function runIn(
  folder: string,
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Ran> {
  return new Promise((resolve) => {
    const options = { cwd: folder, env, maxBuffer: 50_000_000 };
    execFile(command, [...args], options, (error, out, err) => {
      const code = error === null ? 0 : typeof error.code === "number" ? error.code : 1;
      resolve({ code, out, err });
    });
  });
}

export async function packCapstan(): Promise<Packed> {
  const scratch = realpathSync(mkdtempSync(join(tmpdir(), "capstan-pack-")));
  const copy = join(scratch, "sources");
  const folder = join(scratch, "empty");
  for (const each of [copy, folder]) mkdirSync(each);
  for (const name of packageSources)
    cpSync(join(root, name), join(copy, name), { recursive: true });
  symlinkSync(realpathSync(join(root, "node_modules")), join(copy, "node_modules"));
  const environment = plainEnvironment();
  const packed = await runIn(copy, "npm", ["pack", "--json", "--pack-destination", scratch], {
    ...environment,
    CAPSTAN_COMMIT: packedCommit,
  });
  if (packed.code !== 0) throw new Error(`npm pack: ${packed.err}${packed.out}`);
  // Its scripts write before the answer.
  const answer = packed.out.slice(packed.out.search(/^\[$/m));
  const [told] = JSON.parse(answer) as [
    { readonly filename: string; readonly size: number; readonly files: PackedFile[] },
  ];
  const tarball = join(scratch, told.filename);
  return {
    ...{ folder, tarball, environment, files: told.files, bytes: told.size },
    read: (path) => execFileSync("tar", ["xzOf", tarball, `package/${path}`], { encoding: "utf8" }),
    run: (command, args, more = {}) => runIn(folder, command, args, { ...environment, ...more }),
    async install() {
      // An older package.json above would be the one that npm installs into.
      const args = ["install", "--prefix", folder, "--prefer-offline", "--no-audit", "--no-fund"];
      const { code, out, err } = await runIn(folder, "npm", [...args, tarball], environment);
      if (code === 0) return null;
      const text = `${err}${out}`;
      const reason = unreachable.exec(text)?.[0];
      if (reason === undefined) throw new Error(`npm install: ${text}`);
      return `no registry answered (${reason})`;
    },
    remove: () => {
      rmSync(scratch, { recursive: true, force: true });
    },
  };
}
