// No engine builds the image where these tests run: they check what its files say instead.
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { variableNames } from "../../src/config.ts";
import { packageSources } from "../support/installed.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

function read(path: string): string {
  return readFileSync(`${root}${path}`, "utf8");
}

/** Instructions with continued lines joined and comments left out. */
function instructions(): readonly { readonly name: string; readonly rest: string }[] {
  return read("Dockerfile")
    .replace(/^#.*\n/gm, "")
    .replace(/\\\n/g, " ")
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => {
      const [name = "", ...rest] = line.trim().split(/\s+/);
      return { name, rest: rest.join(" ") };
    });
}

function of(name: string): readonly string[] {
  return instructions()
    .filter((one) => one.name === name)
    .map(({ rest }) => rest);
}

describe("the image", () => {
  test("is built in stages from one pinned major, and the last stage has no compiler", () => {
    const stages = of("FROM");
    expect(stages.length).toBeGreaterThan(1);
    for (const stage of stages) expect(stage).toMatch(/(?:^| )node:24-alpine\b/);
    const all = instructions();
    const last = all.slice(all.findLastIndex(({ name }) => name === "FROM"));
    const text = last.map(({ name, rest }) => `${name} ${rest}`).join("\n");
    expect(text).not.toMatch(/npm |tsc|typescript/);
    expect(text).toContain("COPY --from=dependencies /app/node_modules");
  });

  test("runs as the user node, with its state in a volume", () => {
    expect(of("USER")).toEqual(["node"]);
    expect(of("VOLUME")).toEqual(["/data"]);
    expect(of("ENV").join(" ")).toContain("STATE_DIR=/data");
  });

  test("tells whether it lives, by the liveness address on its port", () => {
    const [check = ""] = of("HEALTHCHECK");
    expect(check).toContain("/healthz");
    expect(check).toContain("process.env.PORT || 3000");
  });

  test("starts the controller, and git and ssh are there for it", () => {
    expect(of("ENTRYPOINT")).toEqual(['["node", "--max-semi-space-size=16", "/app/dist/main.js"]']);
    expect(of("CMD")).toEqual(['["run"]']);
    expect(of("RUN").join(" ")).toMatch(/apk add --no-cache git openssh-client/);
  });

  test("takes no secret as an argument or a variable", () => {
    expect(of("ARG")).toEqual(["CAPSTAN_COMMIT="]);
    expect(of("ENV").join(" ")).not.toMatch(/token|secret|password|key/i);
  });

  test("runs npm on the machine that builds, and not under an emulator", () => {
    const stages = instructions().map(({ name, rest }) => `${name} ${rest}`);
    const npm = stages.flatMap((line, at) => {
      if (!/^RUN .*\bnpm /.test(line)) return [];
      return [stages.slice(0, at).findLast((one) => one.startsWith("FROM "))];
    });
    expect(new Set(npm)).toEqual(
      new Set(of("FROM").flatMap((rest) => (/ AS \w+$/.test(rest) ? [`FROM ${rest}`] : []))),
    );
    for (const from of npm) expect(from).toContain("--platform=$BUILDPLATFORM ");
  });

  test("holds the package, and what that depends on", () => {
    expect(of("RUN").join("\n")).toMatch(
      /^CAPSTAN_COMMIT=\$CAPSTAN_COMMIT npm pack\s+&& .*tar -xzf capstan-\*\.tgz -C \/package /m,
    );
    const copied = of("COPY").filter((rest) => rest.startsWith("--from="));
    expect(copied).toEqual([
      "--from=dependencies /app/node_modules ./node_modules",
      "--from=build /package ./",
    ]);
  });

  test("is built from what the package is built from: .dockerignore lets in nothing else", () => {
    const [everything, ...named] = read(".dockerignore")
      .split("\n")
      .filter((line) => line !== "" && !line.startsWith("#"));
    expect(everything).toBe("*");
    expect(named.toSorted()).toEqual(packageSources.map((name) => `!${name}`).toSorted());
    expect(packageSources.filter((name) => !existsSync(`${root}${name}`))).toEqual([]);
    const copied = of("COPY").filter((rest) => !rest.startsWith("--from="));
    expect(copied.filter((rest) => rest !== ". .")).toEqual([
      "package.json package-lock.json .npmrc ./",
      "package.json package-lock.json .npmrc ./",
    ]);
  });
});

describe("compose.yaml", () => {
  const service = parse(read("compose.yaml")).services.capstan;

  test("gives it nothing that it does not need", () => {
    expect(service.read_only).toBe(true);
    expect(service.tmpfs).toEqual(["/tmp"]);
    expect(service.cap_drop).toEqual(["ALL"]);
    expect(service.security_opt).toEqual(["no-new-privileges:true"]);
    expect(service.privileged).toBeUndefined();
  });

  test("keeps its state in a volume and its secrets out of the file", () => {
    expect(service.volumes).toEqual(["state:/data"]);
    expect(service.env_file).toBe(".env");
    for (const name of Object.keys(service.environment)) {
      expect(variableNames).toContain(name);
      expect(name).not.toMatch(/TOKEN|SECRET|KEY/);
    }
  });

  test("waits longer for its end than requests under way may take", () => {
    expect(service.stop_grace_period).toBe("40s");
  });
});
