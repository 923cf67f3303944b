import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test, vi } from "vitest";
import { until } from "../support/until.ts";
import { nextSteps } from "../../src/cli/init-files.ts";
import { createIo, programName } from "../../src/cli/process.ts";
import { runProgram } from "../../src/cli/program.ts";
import { sayError } from "../../src/cli/say.ts";
import { CapstanError } from "../../src/lib/errors.ts";
import { createRedactor } from "../../src/lib/redact.ts";
import { renderSchemas } from "../../src/manifest/json-schema.ts";
import { createFakeEngine, createStage, type StageOptions } from "./support.ts";

async function run(args: readonly string[], options: StageOptions = {}, debug = false) {
  const stage = createStage(options);
  const code = await runProgram({ ...stage.context, debug }, args);
  return { code, out: stage.terminal.out(), err: stage.terminal.err() };
}

function failing(error: unknown) {
  return createFakeEngine({
    inventory: async () => {
      throw error;
    },
  });
}

describe("help", () => {
  test("lists every command and where the rest comes from, in 80 columns", async () => {
    const { code, out } = await run(["--help"]);
    expect(code).toBe(0);
    for (const command of "validate plan apply run init schema log-ingest simulator demo".split(
      " ",
    )) {
      expect(out).toMatch(new RegExp(`^ {2}${command} `, "m"));
    }
    expect(out).toContain(".env.example");
    for (const line of out.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
  });

  test("of every command tells its options", async () => {
    const { out } = await run(["apply", "--help"]);
    for (const option of ["--source", "--stack", "--prune", "--approve"]) {
      expect(out).toContain(option);
    }
  });

  test("without a command is an error that shows it", async () => {
    expect((await run([])).code).toBe(1);
  });
});

test("--version prints the version with commit and schema, and nothing else", async () => {
  const out = "1.2.3 (commit 3f2a1b9c, schema capstan/v1 1b9c3f2a1b9c)\n";
  expect(await run(["--version"])).toEqual({ code: 0, out, err: "" });
  expect(await run(["-V"])).toEqual({ code: 0, out, err: "" });
});

test("what is no command or option is told with where to look", async () => {
  for (const args of [["plann"], ["plan", "--jsno"], ["simulator", "--port", "high"]]) {
    const { code, err } = await run(args);
    expect(code).toBe(1);
    expect(err).toMatch(/^error: /);
    expect(err).toContain("capstan --help");
  }
});

describe("a failure", () => {
  const refused = new CapstanError("forbidden", "the key is a member's", {
    hint: "make one as owner or admin",
  });

  test("is one line and a hint, without a stack trace", async () => {
    const { code, err } = await run(["plan"], { engine: failing(refused) });
    expect(code).toBe(1);
    expect(err).toBe("error: the key is a member's\nhint:  make one as owner or admin\n");
  });

  test("shows where it was thrown with LOG_LEVEL=debug", async () => {
    const { err } = await run(["plan"], { engine: failing(refused) }, true);
    expect(err).toMatch(/\n {4}at /);
  });

  test("that nobody foresaw is called a mistake of Capstan", async () => {
    const { code, err } = await run(["plan"], { engine: failing(new TypeError("x is no y")) });
    expect(code).toBe(1);
    expect(err).toContain("error: x is no y\nhint:  this is a mistake in Capstan");
  });
});

test("--stack and --approve may be repeated", async () => {
  const engine = createFakeEngine();
  await run(["apply", "--prune", "--stack", "a", "--stack", "b", "--approve", "d1"], { engine });
  expect(engine.passes).toEqual([{ stacks: ["a", "b"], prune: true, approved: ["d1"] }]);
});

describe("schema", () => {
  const generated = renderSchemas().get("stack.schema.json");

  test("prints the schema of stacks, with or without its name", async () => {
    const { code, out } = await run(["schema"]);
    expect(code).toBe(0);
    expect(out).toBe(generated);
    expect((await run(["schema", "stack"])).out).toBe(out);
  });

  test("writes all of them into a folder", async () => {
    const folder = await mkdtemp(join(tmpdir(), "capstan-schema-"));
    try {
      expect((await run(["schema", "--write", "made/here"], { folder })).code).toBe(0);
      const written = await readFile(join(folder, "made/here/stack.schema.json"), "utf8");
      expect(written).toBe(generated);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  test("of an unknown name names the known ones", async () => {
    const { code, err } = await run(["schema", "pod"]);
    expect(code).toBe(1);
    expect(err).toContain('there is no schema "pod"\nhint:  there is stack');
  });
});

test("the simulator tells its address and key, and ends at Ctrl-C", async () => {
  let closed = 0;
  const stage = createStage({
    factories: {
      startSimulator: async ({ apiKey }) => ({
        url: "http://127.0.0.1:4000",
        apiKey,
        close: async () => {
          closed += 1;
        },
      }),
    },
  });
  const ended = runProgram(stage.context, ["simulator", "--port", "4000", "--api-key", "mine"]);
  await until("its address is told", () =>
    stage.terminal.out().includes("DOKPLOY_URL=http://127.0.0.1:4000"),
  );
  expect(stage.terminal.out()).toContain("DOKPLOY_API_TOKEN=mine");
  stage.interrupt();
  expect(await ended).toBe(0);
  expect(closed).toBe(1);
});

test("the simulator says what to do where its port is taken", async () => {
  const startSimulator = async () => {
    throw Object.assign(new Error("listen EADDRINUSE"), { code: "EADDRINUSE" });
  };
  const { code, err } = await run(["simulator", "--port", "4000"], {
    factories: { startSimulator },
  });
  expect(code).toBe(1);
  expect(err).toBe(
    "error: port 4000 is in use already on 127.0.0.1\n" +
      "hint:  give another --port (0: any free one), or stop what uses it\n",
  );
});

test("commands are printed in the form in which the program was started", () => {
  expect(programName({})).toBe("capstan");
  const npm = { npm_lifecycle_event: "capstan", npm_package_name: "capstan" };
  expect(programName(npm)).toBe("npm run -s capstan --");
  expect(programName({ npm_lifecycle_event: "check", npm_package_name: "infra" })).toBe("capstan");
  const npx = { npm_lifecycle_event: "npx" };
  const installed = join("/work", "node_modules", ".bin", "capstan");
  expect(programName(npx, installed, "/work")).toBe("npx capstan");
  // From a cache: the next time npx would ask a registry for that name.
  const cached = join("/home", ".npm", "_npx", "1", "node_modules", ".bin", "capstan");
  expect(programName(npx, cached, "/work")).toBe("capstan");
  expect(programName({ ...npx, npm_package_name: "capstan" }, cached, "/work")).toBe("capstan");
});

describe("the next steps of init", () => {
  test("work where it was started, whatever the folder is called", () => {
    const text = nextSteps("../my stacks", "npm run -s capstan --");
    expect(text).toContain(
      "  cp '../my stacks/stacks/examples/hello.yaml' '../my stacks/stacks/hello.yaml'\n",
    );
    expect(text).toContain("  npm run -s capstan -- plan --source '../my stacks/stacks'\n");
    expect(text).toContain("  git -C '../my stacks' init -b main && ");
  });

  test("name no folder where it is this one", () => {
    const text = nextSteps(".", "capstan");
    expect(text).toContain("  cp stacks/examples/hello.yaml stacks/hello.yaml\n");
    expect(text).toContain("  capstan validate stacks\n");
    expect(text).toContain("  git init -b main && git add . && ");
  });
});

describe("P5 a terminal", () => {
  test("shows no secret, and keeps every word of a hint", () => {
    const redactor = createRedactor();
    redactor.register("wrong");
    redactor.register("canary-value");
    const written: string[] = [];
    const stderr = vi.spyOn(process.stderr, "write").mockImplementation((text) => {
      written.push(String(text));
      return true;
    });
    try {
      const error = new CapstanError("unauthorised", "refused: canary-value wrong", {
        hint: "the key is wrong",
      });
      sayError(
        { io: createIo({ NO_COLOR: "1" }, redactor), program: "capstan", debug: false },
        error,
      );
    } finally {
      stderr.mockRestore();
    }
    expect(written.join("")).toBe("error: refused: (secret) (secret)\nhint:  the key is wrong\n");
  });
});

test("hints call the program as it was started", async () => {
  const stage = createStage({
    program: "npm run -s capstan --",
    factories: {
      openDoctor: async () => {
        throw new CapstanError("invalid", "`capstan run` is not there", {
          hint: "start it with `capstan run`, or look with `capstan doctor`",
        });
      },
    },
  });
  expect(await runProgram(stage.context, ["doctor"])).toBe(1);
  expect(stage.terminal.err()).toBe(
    "error: `npm run -s capstan -- run` is not there\n" +
      "hint:  start it with `npm run -s capstan -- run`, or look with `npm run -s capstan -- doctor`\n",
  );
});

describe("the process", () => {
  const main = fileURLToPath(new URL("../../src/main.ts", import.meta.url));
  const start = (
    args: readonly string[],
    env: Record<string, string> = {},
    options: readonly string[] = [],
  ) =>
    new Promise<{ code: number | string | null; out: string; err: string }>((resolve) => {
      execFile(
        process.execPath,
        [...options, main, ...args],
        { env: { PATH: process.env.PATH ?? "", ...env } },
        (error, out, err) => {
          resolve({ code: error === null ? 0 : (error.code ?? null), out, err });
        },
      );
    });

  test("says at once which Node.js it needs", async () => {
    const older = `Object.defineProperty(process, "versions", { value: { node: "22.9.0" } })`;
    const options = ["--import", `data:text/javascript,${encodeURIComponent(older)}`];
    expect(await start(["--version"], {}, options)).toEqual({
      code: 1,
      out: "",
      err:
        "error: Capstan needs Node.js 24 or newer, and this is 22.9.0\n" +
        "hint:  install a newer one from https://nodejs.org, or start it here with npm run -s capstan\n",
    });
    const { engines } = JSON.parse(
      readFileSync(fileURLToPath(new URL("../../package.json", import.meta.url)), "utf8"),
    );
    expect(engines).toEqual({ node: ">=24" });
  });

  test("prints the version of package.json, its commit and its schema, and nothing else", async () => {
    const text = readFileSync(
      fileURLToPath(new URL("../../package.json", import.meta.url)),
      "utf8",
    );
    const { version } = JSON.parse(text);
    const { code, out, err } = await start(["--version"]);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    const form = /^(\S+) \(commit (\S+), schema capstan\/v1 [0-9a-f]{12}\)\n$/;
    const [, named, commit] = form.exec(out) ?? [];
    expect(named).toBe(version);
    expect(commit).toMatch(/^(?:development|[0-9a-f]{8}(?:\+changes)?)$/);
  });

  test("exits with 1 and without colour in a pipe", async () => {
    const { code, out, err } = await start(["plan"]);
    expect([code, out]).toEqual([1, ""]);
    expect(err).toMatch(/^error: DOKPLOY_URL is not set/);
  });

  test("colours where it is told to", async () => {
    const { err } = await start(["plan"], { FORCE_COLOR: "1" });
    expect(err).toContain("\u001b[31merror:\u001b[39m");
  });
});
