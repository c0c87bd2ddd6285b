import { defineConfig } from "vitest/config";

/** What only a browser can show: apart from the other tests, because it needs one (Chromium). */
export default defineConfig({
  test: {
    name: "browser",
    environment: "node",
    include: ["test/browser/**/*.test.ts"],
    // One shop and one browser a file; two at a time would only make each other slow.
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 180_000,
  },
});
