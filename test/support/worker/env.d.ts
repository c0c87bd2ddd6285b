declare namespace Cloudflare {
  interface Env {
    /** Only in tests: what applyD1Migrations applies. See vitest.config.ts. */
    TEST_MIGRATIONS: import("cloudflare:test").D1Migration[];
  }
}
