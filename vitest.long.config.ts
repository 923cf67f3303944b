// The long tests (`npm run test:long`): every kill point, every seed. Minutes, not seconds.
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    globalSetup: "tests/support/postgres.ts",
    include: ["tests/long/**/*.test.ts"],
    testTimeout: 900_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    // Seeds mostly wait: several at once.
    maxConcurrency: 5,
  },
});
