// Steps of the release's workflow that a shell can run here: which version a tag is, and the upload of the package to a
// registry, which is a small server on this machine.
import { execFile } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parse } from "yaml";

const run = promisify(execFile);
const workflow: {
  readonly jobs: { readonly publish: { readonly steps: { name?: string; run?: string }[] } };
} = parse(readFileSync(".github/workflows/release.yaml", "utf8"));

function step(name: string): string {
  const found = workflow.jobs.publish.steps.find((one) => one.name === name)?.run;
  if (found === undefined) throw new Error(`there is no step ${name}`);
  return found;
}

/** What a registry was asked. */
interface Upload {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly token: string | undefined;
  readonly body: string;
}

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "capstan-release-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function packageOf(version: string): void {
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "capstan", version }));
}

/** As a runner does. */
function shell(script: string, env: Readonly<Record<string, string>>) {
  const options = { cwd: folder, env: { PATH: process.env.PATH, HOME: folder, ...env } };
  return run("/bin/bash", ["--noprofile", "--norc", "-eo", "pipefail", "-c", script], options);
}

describe.skipIf(!existsSync("/bin/bash"))("the release", () => {
  const environment = async (version: string, tag: string): Promise<readonly string[]> => {
    packageOf(version);
    const file = join(folder, "environment");
    const names = { GITHUB_REF_NAME: tag, GITHUB_REPOSITORY: "Acme/Capstan", GITHUB_ENV: file };
    await shell(step("The tag is the version"), names);
    return readFileSync(file, "utf8").trimEnd().split("\n");
  };

  test("goes to all, or only to those who ask for a version before it", async () => {
    const image = "IMAGE=ghcr.io/acme/capstan";
    expect(await environment("1.2.0", "v1.2.0")).toEqual(
      ["VERSION=1.2.0", "PRERELEASE=false", "CHANNEL=latest"].concat(image),
    );
    rmSync(join(folder, "environment"));
    expect(await environment("1.2.0-rc.1", "v1.2.0-rc.1")).toEqual(
      ["VERSION=1.2.0-rc.1", "PRERELEASE=true", "CHANNEL=next"].concat(image),
    );
  });

  test("ends where the tag is of another version", async () => {
    await expect(environment("1.2.0", "v1.3.0")).rejects.toThrow();
  });

  test.each(["", "/"])(
    "uploads the package with its token to an address that ends with '%s'",
    async (end) => {
      const got: Upload[] = [];
      const answer = async (request: IncomingMessage): Promise<number> => {
        const { method, url, headers } = request;
        got.push({ method, url, token: headers.authorization, body: await text(request) });
        return method === "PUT" ? 201 : 404;
      };
      const server = createServer((request, response) => {
        void answer(request).then((status) => response.writeHead(status).end("{}"));
      });
      server.listen(0, "127.0.0.1");
      await once(server, "listening");
      try {
        packageOf("1.2.0");
        await run("npm", ["pack", "--ignore-scripts"], { cwd: folder });
        const temp = join(folder, "temp");
        mkdirSync(temp);
        const { port } = server.address() as AddressInfo;
        await shell(step("The package"), {
          ...{ RUNNER_TEMP: temp, VERSION: "1.2.0", CHANNEL: "latest", NPM_TOKEN: "npm_secret" },
          NPM_REGISTRY: `http://127.0.0.1:${port}${end}`,
        });
        const put = got.find(({ method }) => method === "PUT");
        expect(put).toMatchObject({ url: "/capstan", token: "Bearer npm_secret" });
        expect(JSON.parse(put?.body ?? "")["dist-tags"]).toEqual({ latest: "1.2.0" });
        // No file on the runner's disk holds the token.
        expect(readFileSync(join(temp, "npmrc"), "utf8")).not.toContain("npm_secret");
      } finally {
        server.close();
        server.closeAllConnections();
      }
    },
  );
});
