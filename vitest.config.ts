import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

/** Programs that Capstan starts in a worker are started by a small process (tests/support/run-program.ts). */
const alias = [
  {
    find: /^\.\.\/lib\/spawn\.ts$/,
    replacement: fileURLToPath(new URL("tests/support/run-program.ts", import.meta.url)),
  },
];

const filesIn = (names: readonly string[]): string[] =>
  names.map((name) => `tests/${name}/**/*.test.ts`);

/** They change nothing of their process: their files share workers, which spares many starts. */
const pure = filesIn([
  "model",
  "plan",
  "manifest",
  "engine",
  "config",
  "lib",
  "secrets",
  "store",
  "forge",
  "http",
  "dokploy",
]);
/** With servers, repositories and browsers of their own, which are closed when their tests end. */
const world = filesIn(["scenarios", "fuzz", "git", "dns", "browser", "contract", "simulator"]);
export default defineConfig({
  test: {
    globalSetup: "tests/support/global-setup.ts",
    // A bound against hanging, not a measure: a busy machine is several times slower.
    testTimeout: 240_000,
    hookTimeout: 60_000,
    // Most of the slow files wait for simulated time and leave the processor idle.
    maxWorkers: 5,
    // A test that leaks a server or a timer must fail, not linger.
    teardownTimeout: 5_000,
    projects: [
      { extends: true, test: { name: "pure", include: pure, isolate: false } },
      {
        extends: true,
        resolve: { alias },
        test: { name: "world", include: world, isolate: false },
      },
      // Those that start processes, replace modules or watch their own process.
      {
        extends: true,
        test: {
          name: "alone",
          include: ["tests/**/*.test.ts"],
          exclude: ["tests/long/**", "node_modules/**", ...pure, ...world],
        },
      },
    ],
  },
});
