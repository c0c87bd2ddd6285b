import { cloudflareTest, readD1Migrations } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";

/**
 * Two runtimes, as the code has two: `node` for what is pure or drives the built Worker from
 * outside, `workerd` for what runs in the Worker and in objects.
 */
export default defineConfig({
  test: {
    coverage: {
      provider: "istanbul",
      include: ["src/**", "durable-objects/**"],
      reporter: ["text-summary", "html"],
      reportOnFailure: true,
    },
    projects: [
      {
        test: {
          name: "node",
          environment: "node",
          include: [
            "test/bench/**/*.test.ts",
            "test/domain/**/*.test.ts",
            "test/drop/**/*.test.ts",
            "test/mutate/**/*.test.ts",
            "test/flows/**/*.test.ts",
            "test/simulator/**/*.test.ts",
            "test/store/**/*.test.ts",
            "test/platform/**/*.test.ts",
            "test/system/**/*.test.ts",
            "test/catalogue.test.ts",
            "test/tidy.test.ts",
          ],
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        plugins: [
          cloudflareTest(async () => ({
            main: "./src/development/index.ts",
            wrangler: { configPath: "./wrangler.toml" },
            miniflare: {
              bindings: {
                TEST_MIGRATIONS: await readD1Migrations("./migrations"),
                KAMIDROP_ENV: "development",
                SEALING_KEYS: "1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE=",
                TOKEN_SECRETS: "1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAI=",
                IDENTITY_SECRET: "1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAM=",
                ADMIN_TOKEN: "kdm_test-operator-token-of-this-suite-only",
              },
            },
          })),
        ],
        test: {
          name: "workerd",
          globalSetup: ["./test/support/node/rude-gateway.ts"],
          include: [
            "test/chaos/**/*.test.ts",
            "test/failures/**/*.test.ts",
            "test/objects/**/*.test.ts",
            "test/worker/**/*.test.ts",
          ],
          testTimeout: 30_000,
        },
      },
    ],
  },
});
