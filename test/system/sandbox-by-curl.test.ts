import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { seedOnce } from "../../scripts/dev/seed.ts";
import { MortalShop } from "../support/node/mortal-shop.ts";

/** What docs/sandbox.md tells people to type, typed, in the demo shop that `npm run dev` makes. */
let folder: string;
let shop: MortalShop;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "kamidrop-curl-"));
  shop = await MortalShop.open(folder);
  const { origin } = shop.client;
  await seedOnce({ origin, state: folder, adminToken: shop.secrets.ADMIN_TOKEN });
});

afterAll(async () => {
  await shop.close();
  await rm(folder, { recursive: true, force: true });
});

test("every command that has its answer beside it is answered so", async () => {
  const text = await readFile("docs/sandbox.md", "utf8");
  const script = [...text.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, block]) => block).join("");
  const answers = [...script.matchAll(/^field .*# (.+)$/gm)].map(([, answer]) => answer);
  expect(answers.length).toBeGreaterThan(5);
  const env = { ...process.env, SHOP: shop.client.origin };
  const { stdout, stderr } = await promisify(execFile)("bash", ["-euc", script], { env });
  expect(stderr).toBe("");
  expect(stdout.trim().split("\n")).toEqual(answers);
});
