import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildWorker, startBuiltWorker, type BuiltWorker } from "../../scripts/built-worker.ts";
import { throwAwaySecrets } from "../../scripts/shop-client.ts";

/** The built Worker with a secret that is none: it cannot be put together, so no page of its own is left. */
let folder: string;
let worker: BuiltWorker;
const logged: string[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "kamidrop-maintenance-"));
  worker = await startBuiltWorker({
    bundle: await buildWorker("src/index.ts", join(folder, "bundle")),
    state: join(folder, "state"),
    bindings: { ...throwAwaySecrets(), SEALING_KEYS: "not-a-secret", PUBLIC_ORIGIN: "" },
    onLog: ({ message }) => void logged.push(message),
  });
});
afterAll(async () => {
  await worker?.stop();
  await rm(folder, { recursive: true, force: true });
});

const get = (path: string, accept: string) =>
  fetch(`${worker.origin}${path}`, { headers: { accept }, redirect: "manual" });

describe("a Worker that cannot be put together", () => {
  test.each(["/", "/p/starter-key", "/drops/drop_00000000000000000000", "/orders/ord_1"])(
    "answers a person at %s with the page from the files, not to be kept, and when to come back",
    async (path) => {
      const answer = await get(path, "text/html");
      expect(answer.status).toBe(503);
      const html = await answer.text();
      expect(html).toContain("马上回来");
      expect(html).toContain("Back in a moment");
      expect(answer.headers.get("cache-control")).toBe("no-store");
      expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
      expect(answer.headers.get("content-security-policy")).toContain("default-src 'none'");
    },
  );

  test.each(["/api/v1/products", "/admin/api/v1/products", "/payments/acct_1/notify"])(
    "answers a program at %s with a problem, whatever it accepts",
    async (path) => {
      const answer = await get(path, "text/html");
      expect(answer.status).toBeGreaterThanOrEqual(500);
      const problem = (await answer.json()) as { request_id: string };
      expect(problem.request_id).toMatch(/^req_/);
      expect(JSON.stringify(problem)).not.toContain("SEALING_KEYS");
    },
  );

  test("says in the log what is wrong, and never the secret", async () => {
    await get("/", "text/html");
    await expect.poll(() => logged.join("\n")).toContain("SEALING_KEYS");
    expect(logged.join("\n")).not.toContain("not-a-secret");
  });
});
