import { defineConfig } from "vitest/config";

/** What a mutant must survive: the tests that run in Node and take seconds, all files together. */
export default defineConfig({
  test: {
    environment: "node",
    include: ["test/domain/**/*.test.ts", "test/store/**/*.test.ts"],
    testTimeout: 60_000,
    isolate: false,
  },
});
