import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["tests/**/*.test.ts"],
    exclude: ["tests/long/**", "node_modules/**"],
    // A bound against hanging, not a measure: a busy machine is several times slower.
    testTimeout: 240_000,
    hookTimeout: 60_000,
    // Most of the slow files wait for simulated time and leave the processor idle.
    maxWorkers: 4,
    // A test that leaks a server or a timer must fail, not linger.
    teardownTimeout: 5_000,
  },
});
