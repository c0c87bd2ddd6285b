declare namespace Cloudflare {
  interface Env {
    /** Only in tests: what applyD1Migrations applies. See vitest.config.ts. */
    TEST_MIGRATIONS: import("cloudflare:test").D1Migration[];
  }
}

/** Vite gives a file as the text it is. */
declare module "*?raw" {
  const text: string;
  export default text;
}
