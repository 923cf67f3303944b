// Git that does not end by itself: it is killed with its children at the time-out, on closing, and when
// Capstan itself is killed.
import { spawn } from "node:child_process";
import { beforeEach, describe, expect, test } from "vitest";
import { useFolder } from "../support/folder.ts";
import type { GitHttpAnswer } from "../support/git-http.ts";
import { eventually, processesWith } from "../support/git-process.ts";
import { contents, failure, useGitServer, useGitSource } from "./harness.ts";

const { repository, open } = useGitSource();
const folder = useFolder("capstan-hangs-");
const serve = useGitServer(repository);

beforeEach(async () => {
  await repository().push({ "stacks/a.yaml": "1" });
});

const never = (): GitHttpAnswer => ({ kind: "hang" });

describe("over HTTP", () => {
  test("R6 a server that never answers: git and its children are killed at the time-out", async () => {
    const { url } = await serve(never);
    const error = await failure(open({ url, timeoutMs: 300 }).latest());
    expect(error).toMatchObject({
      code: "unavailable",
      message: `git ls-remote of ${url} did not end within 300 ms`,
      hint: expect.any(String),
    });
    await eventually("all are gone", async () => (await processesWith(url)).length === 0);
  });

  test("R6 a fetch that hangs is killed, and the next one works", async () => {
    let hang = true;
    const { url } = await serve(({ method }) =>
      hang && method === "POST" && asked++ > 0 ? { kind: "hang" } : { kind: "serve" },
    );
    let asked = 0;
    const source = open({ url, fetchTimeoutMs: 4_000 });
    const latest = await source.latest();
    expect((await failure(source.read(latest))).code).toBe("unavailable");
    await eventually("all are gone", async () => (await processesWith(url)).length === 0);
    hang = false;
    expect(contents(await source.read(latest))).toEqual({ "stacks/a.yaml": "1" });
  });

  test("closing ends what is under way at once", async () => {
    const { url } = await serve(never);
    const source = open({ url });
    const running = failure(source.latest());
    await eventually("git runs", () => processesWith(url));
    await source.close();
    expect((await running).code).toBe("cancelled");
    await eventually("all are gone", async () => (await processesWith(url)).length === 0);
  });

  test("git gives up by itself when Capstan was killed without a chance to clean up", async () => {
    const { url } = await serve(never);
    const module = (path: string): string =>
      JSON.stringify(new URL(`../../src/${path}`, import.meta.url).href);
    const program = `
      import { createGitSource } from ${module("git/git-source.ts")};
      import { systemClock as clock } from ${module("lib/clock.ts")};
      import { silentLogger as logger } from ${module("lib/logger.ts")};
      await createGitSource({ url: ${JSON.stringify(url)}, branch: "main", path: "", credentials: {},
        stateDir: ${JSON.stringify(folder())}, clock, logger, timeoutMs: 4000 }).latest();
    `;
    const capstan = spawn(process.execPath, ["--input-type=module", "-e", program], {
      stdio: "ignore",
    });
    await eventually("git asks the server", async () =>
      (await processesWith(url)).some(({ args }) => args.includes("remote-http")),
    );
    capstan.kill("SIGKILL");
    await eventually("all are gone", async () => (await processesWith(url)).length === 0);
  });
});
