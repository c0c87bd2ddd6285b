import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildWorker, startBuiltWorker, type BuiltWorker } from "../../scripts/built-worker.ts";
import { migrate } from "../../scripts/migrate.ts";
import { throwAwaySecrets } from "../../scripts/shop-client.ts";
import { EPAY_MERCHANT } from "../../src/development/sandbox/epay/merchant.ts";

let folder: string;
let bundle: string;
let worker: BuiltWorker;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "kamidrop-production-"));
  bundle = await buildWorker("src/index.ts", join(folder, "bundle"));
  const state = join(folder, "state");
  // As a careless deployment might: the variable alone must not wake what is not there.
  const bindings = { ...throwAwaySecrets(), KAMIDROP_ENV: "development" };
  worker = await startBuiltWorker({ bundle, state, bindings });
  await migrate(worker.miniflare);
});

afterAll(async () => {
  await worker.stop();
  await rm(folder, { recursive: true, force: true });
});

describe("a production build", () => {
  test.each([
    "/sandbox",
    "/sandbox/gateways.json",
    "/sandbox/stripe/behave",
    "/sandbox/epay/",
    "/sandbox/epay/submit.php?pid=1001",
    "/sandbox/epay/mapi.php",
    "/sandbox/epay/api.php?act=order",
    "/sandbox/epay/pay",
    "/dev/mail",
    "/dev/mail/1",
    "/dev/mail.json",
  ])("answers 404 at %s", async (path) => {
    for (const method of ["GET", "POST"]) {
      const response = await fetch(worker.origin + path, { method });
      await response.arrayBuffer();
      expect([method, response.status]).toEqual([method, 404]);
    }
  });

  test("serves the shop", async () => {
    expect((await fetch(`${worker.origin}/healthz`)).status).toBe(200);
  });

  test("lets files of ours be kept for ever, and their absence by nobody", async () => {
    const [file, miss] = await Promise.all(
      ["base.css", "nope.css"].map((name) => fetch(`${worker.origin}/assets/${name}`)),
    );
    await Promise.all([file?.arrayBuffer(), miss?.arrayBuffer()]);
    const kept = (response?: Response) => [
      response?.status,
      response?.headers.get("cache-control"),
    ];
    expect(kept(file)).toEqual([200, "public, max-age=31536000, immutable"]);
    expect(kept(miss)).toEqual([404, "no-store"]);
    expect(miss?.headers.get("x-request-id")).toMatch(/^req_/);
  });

  test("contains no credential, table or page of the development build", async () => {
    const text = await readFile(join(bundle, "index.js"), "utf8");
    // The adapter is in it, so the text is the one to look through.
    expect(text).toContain("submit.php?");
    for (const word of [
      EPAY_MERCHANT.key,
      "dev_inbox",
      "dev_gateway",
      "kamidropSimulator",
      "/sandbox/",
    ]) {
      expect.soft(text.includes(word), word).toBe(false);
    }
  });
});

describe("a development build", () => {
  test("does not start where KAMIDROP_ENV is not development", async () => {
    const built = await buildWorker("src/development/index.ts", join(folder, "development"));
    const state = join(folder, "development-state");
    const start = startBuiltWorker({ bundle: built, state, bindings: { ...throwAwaySecrets() } });
    await expect(start).rejects.toThrow();
  });
});
