import { defineConfig } from "vitest/config";

/** They change nothing of their process: their files share workers, which spares many starts. */
const pure = [
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
].map((name) => `tests/${name}/**/*.test.ts`);

export default defineConfig({
  test: {
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
        test: {
          name: "world",
          include: ["tests/**/*.test.ts"],
          exclude: ["tests/long/**", "node_modules/**", ...pure],
        },
      },
    ],
  },
});
