// A real registry for tests, where one is installed (Debian's package `docker-registry`): on a free port of loopback,
// with a login or without, and what is pushed to it.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { createInterface } from "node:readline";

export function findRegistry(env: NodeJS.ProcessEnv = process.env): string | null {
  const places = (env.PATH ?? "").split(delimiter).map((folder) => join(folder, "docker-registry"));
  const found = places.find((place) => existsSync(place)) ?? null;
  if (found === null && env.CI === "true") {
    throw new Error("no registry is installed here: apt-get install docker-registry");
  }
  return found;
}

export const registryProgram = findRegistry();
if (registryProgram === null) {
  process.stdout.write("no real registry is asked: apt-get install docker-registry\n");
}

/** Whom a registry with a login knows. The hash is bcrypt's, as `htpasswd -B` makes it. */
export const realLogin = {
  username: "acme",
  password: "pw-of-acme",
  hash: "$2y$05$abcdefghijklmnopqrstuu.48kYWl18wut5U3BjRdV4KCNn8LOSzC",
};

export interface RealRegistry {
  readonly host: string;
  /** Pushes an image of some words, as a list of manifests or by itself. Its digest as the registry says it. */
  push(repository: string, tag: string, words: string, as: "list" | "image"): Promise<string>;
  remove(repository: string, digest: string): Promise<void>;
  close(): Promise<void>;
}

const imageType = "application/vnd.oci.image.manifest.v1+json";
const listType = "application/vnd.oci.image.index.v1+json";

function sha256(text: string): string {
  return `sha256:${createHash("sha256").update(text).digest("hex")}`;
}

export async function startRealRegistry(isPrivate: boolean): Promise<RealRegistry> {
  const folder = await mkdtemp(join(tmpdir(), "capstan-registry-"));
  const users = join(folder, "htpasswd");
  await writeFile(users, `${realLogin.username}:${realLogin.hash}\n`);
  const config = {
    version: "0.1",
    storage: { filesystem: { rootdirectory: join(folder, "data") }, delete: { enabled: true } },
    http: { addr: "127.0.0.1:0" },
    ...(isPrivate ? { auth: { htpasswd: { realm: "tests", path: users } } } : {}),
  };
  const file = join(folder, "config.yml");
  await writeFile(file, JSON.stringify(config));
  const child = spawn(registryProgram ?? "docker-registry", ["serve", file], {
    ...{ cwd: folder, stdio: ["ignore", "ignore", "pipe"] },
  });
  const ended = new Promise<void>((resolve) =>
    child.once("exit", () => {
      resolve();
    }),
  );
  const said: string[] = [];
  const host = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stderr }).on("line", (line) => {
      said.push(line);
      const [, found] = /msg="listening on ([\d.:]+)"/.exec(line) ?? [];
      if (found !== undefined) resolve(found);
    });
    child.once("error", reject);
    child.once("exit", () => {
      reject(new Error(`the registry ended: ${said.slice(-5).join("\n")}`));
    });
  });
  const { username, password } = realLogin;
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;

  async function send(method: string, url: string, type = "", body = ""): Promise<Headers> {
    const answer = await fetch(url, {
      method,
      headers: { authorization, ...(type === "" ? {} : { "content-type": type }) },
      ...(body === "" ? {} : { body }),
    });
    await answer.arrayBuffer();
    if (!answer.ok) throw new Error(`${method} ${url}: ${answer.status}`);
    return answer.headers;
  }

  async function blob(base: string, text: string) {
    const begun = await send("POST", `${base}/blobs/uploads/`);
    const url = new URL(begun.get("location") ?? "", base);
    url.searchParams.set("digest", sha256(text));
    await send("PUT", url.href, "application/octet-stream", text);
    return { digest: sha256(text), size: Buffer.byteLength(text) };
  }

  return {
    host,
    async push(repository, tag, words, as) {
      const base = `http://${host}/v2/${repository}`;
      const config = await blob(
        base,
        JSON.stringify({ architecture: "amd64", os: "linux", words }),
      );
      const image = JSON.stringify({
        ...{ schemaVersion: 2, mediaType: imageType },
        config: { mediaType: "application/vnd.oci.image.config.v1+json", ...config },
        layers: [],
      });
      const manifests = `${base}/manifests`;
      if (as === "image") {
        const headers = await send("PUT", `${manifests}/${tag}`, imageType, image);
        return headers.get("docker-content-digest") ?? "";
      }
      const digest = sha256(image);
      await send("PUT", `${manifests}/${digest}`, imageType, image);
      const size = Buffer.byteLength(image);
      const platform = { architecture: "amd64", os: "linux" };
      const list = JSON.stringify({
        ...{ schemaVersion: 2, mediaType: listType },
        manifests: [{ mediaType: imageType, digest, size, platform }],
      });
      const headers = await send("PUT", `${manifests}/${tag}`, listType, list);
      return headers.get("docker-content-digest") ?? "";
    },
    async remove(repository, digest) {
      await send("DELETE", `http://${host}/v2/${repository}/manifests/${digest}`);
    },
    async close() {
      child.kill("SIGKILL");
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
