import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["tests/**/*.test.ts"],
    exclude: ["tests/long/**", "node_modules/**"],
    // A bound against hanging, not a measure: a busy machine is several times slower.
    testTimeout: 120_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    // A test that leaks a server or a timer must fail, not linger.
    teardownTimeout: 5_000,
  },
});
