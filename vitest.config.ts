import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

/** Programs that Capstan starts in a worker are started by a small process (tests/support/run-program.ts). */
const alias = [
  {
    find: /^\.\.\/lib\/spawn\.ts$/,
    replacement: fileURLToPath(new URL("tests/support/run-program.ts", import.meta.url)),
  },
];

/** They change nothing of their process: their files share workers, which spares many starts. */
const pure = [
  ...["model", "plan", "manifest", "engine", "config", "lib"],
  ...["secrets", "store", "forge", "http", "dokploy"],
];
/** With servers, repositories and browsers of their own, which are closed when their tests end. */
const world = ["scenarios", "fuzz", "git", "dns", "browser", "contract", "simulator"];

/**
 * All tests of a tier: `npm test` runs the files that are not called `….slow.test.ts`, `npm run test:slow` those
 * (whole processes that are killed, every page in every colour, thousands of random cases).
 */
export function configOf(tier: "fast" | "slow") {
  const end = tier === "slow" ? "slow.test.ts" : "test.ts";
  const filesIn = (names: readonly string[]): string[] =>
    names.map((name) => `tests/${name}/**/*.${end}`);
  const other = tier === "slow" ? [] : ["tests/**/*.slow.test.ts"];
  const left = ["tests/long/**", "node_modules/**", ...other];
  return defineConfig({
    test: {
      globalSetup: ["tests/support/global-setup.ts", "tests/support/postgres.ts"],
      // A bound against hanging, not a measure: a busy machine is several times slower.
      testTimeout: 240_000,
      hookTimeout: 60_000,
      // Most files wait for simulated time and leave the processor idle; the slow ones do not.
      maxWorkers: tier === "slow" ? 3 : 5,
      // A test that leaks a server or a timer must fail, not linger.
      teardownTimeout: 5_000,
      projects: [
        {
          extends: true,
          test: { name: "pure", include: filesIn(pure), exclude: left, isolate: false },
        },
        {
          extends: true,
          resolve: { alias },
          test: { name: "world", include: filesIn(world), exclude: left, isolate: false },
        },
        // Those that start processes, replace modules or watch their own process.
        {
          extends: true,
          test: {
            name: "alone",
            include: [`tests/**/*.${end}`],
            exclude: [...left, ...filesIn([...pure, ...world])],
          },
        },
      ],
    },
  });
}

export default configOf("fast");
