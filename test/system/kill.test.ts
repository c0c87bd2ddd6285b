import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { audit, type Finding } from "../../scripts/rehearse/auditor.ts";
import { readBooks } from "../../scripts/rehearse/books.ts";
import { seededRandom } from "../../scripts/rehearse/random.ts";
import { pause, stockOf } from "../../scripts/rehearse/sell-out.ts";
import type { ShopClient } from "../../scripts/shop-client.ts";
import { lapseLeasesOfTheDead } from "../support/node/lapsed-leases.ts";
import { MortalShop } from "../support/node/mortal-shop.ts";
import { brokenWord, visit, type WitnessedSale, type Witness } from "../support/node/witness.ts";

/**
 * R5. The built Worker sells to concurrent buyers over HTTP while its process is killed again and
 * again, and comes up over the same disk. Whoever was answered is a witness; who was not asks again.
 * The queues are in memory and die each time: what they carried must come from the outbox and the
 * book. `CHAOS_SEED=<n>` plays another sale, `CHAOS_SHARDS=<n>` one out of so many stock objects.
 */
const SEED = Number(process.env["CHAOS_SEED"] ?? 1);
const SHARDS = Number(process.env["CHAOS_SHARDS"] ?? 1);
const KILLS = 22;
const BUYERS_AT_ONCE = 12;
const ANSWERS_MAX = 60;
/** How long after an answer the signal comes: somewhere in what the others are doing. */
const AFTER_ANSWER_MS_MAX = 25;
/** The other keys are imported while the process dies, a batch for each death. */
const KEYS_AT_FIRST = 180;
const KEYS_IN_A_BATCH = 10;
const KEYS = Array.from({ length: KEYS_AT_FIRST + KILLS * KEYS_IN_A_BATCH }, (_, n) => `KILL-${n}`);
const MINUTE_MS = 60_000;

const random = seededRandom(SEED);
const witnesses: Witness[] = [];
let folder: string;
let shop: MortalShop;
let sale: WitnessedSale;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "kamidrop-kill-"));
  shop = await MortalShop.open(folder);
  const { accountId } = await shop.client.open();
  const product = await shop.client.product("killed", { hold_seconds: 12, stock_shards: SHARDS });
  const atFirst = KEYS.slice(0, KEYS_AT_FIRST);
  expect(await shop.client.importKeys(product.id, atFirst)).toBe(KEYS_AT_FIRST);
  sale = { shop, accountId, productId: product.id, priceMinor: 1000, random };
});

afterAll(async () => {
  await shop.close();
  await rm(folder, { recursive: true, force: true });
});

/** Buyers come, that many at a time, until nobody is to come any more. */
function crowd(open: () => boolean): Promise<unknown> {
  const line = async (): Promise<void> => {
    while (open()) {
      // One buyer after the other in each line.
      const witness = await visit(sale);
      if (witness !== null) witnesses.push(witness);
      // Sold out: a hold may lapse. Nobody waits for this moment, it only spares the machine.
      else await pause(200);
    }
  };
  return Promise.all(Array.from({ length: BUYERS_AT_ONCE }, line));
}

/** The merchant's batch number `n`, until it is answered: each of its keys counts once. */
async function restock(n: number): Promise<void> {
  const at = KEYS_AT_FIRST + n * KEYS_IN_A_BATCH;
  const { status, text } = await shop.ask(`/admin/api/v1/products/${sale.productId}/keys`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${shop.secrets.ADMIN_TOKEN}`,
      "content-type": "text/plain",
      "idempotency-key": `import-while-killed-${n}`,
    },
    body: KEYS.slice(at, at + KEYS_IN_A_BATCH).join("\n"),
  });
  expect([status, JSON.parse(text)]).toMatchObject([200, { accepted: KEYS_IN_A_BATCH }]);
}

async function brokenWords(of: readonly Witness[]): Promise<string[]> {
  const words = await Promise.all(of.map((witness) => brokenWord(shop, witness)));
  return words.filter((word) => word !== null);
}

test(
  "killed 22 times in the middle of a sale, it has forgotten nothing that it answered",
  async () => {
    let open = true;
    const busy: Promise<unknown>[] = [crowd(() => open)];
    let judged = 0;
    while (shop.kills < KILLS) {
      busy.push(restock(shop.kills));
      await shop.answers(1 + Math.floor(random() * ANSWERS_MAX));
      await pause(random() * AFTER_ANSWER_MS_MAX);
      const told = witnesses.slice(judged);
      judged = witnesses.length;
      await shop.kill();
      await shop.start();
      expect(await brokenWords(told), `after kill ${shop.kills} of seed ${SEED}`).toEqual([]);
    }
    open = false;
    await Promise.all(busy);
    expect(witnesses.length).toBeGreaterThan(KILLS);
    expect(shop.unheard).toBeGreaterThan(KILLS);
  },
  MINUTE_MS * 3,
);

test(
  "sold out afterwards, object, order book and mail agree: no key twice, none stuck, one mail each",
  async () => {
    const { client } = shop;
    let left = Infinity;
    const selling = crowd(() => left > 0);
    while (left > 0) {
      const { free, held } = await stockOf(client, sale.productId);
      left = free + held;
      await pause(250);
    }
    await selling;
    expect(await brokenWords(witnesses), `seed ${SEED}`).toEqual([]);

    await lapseLeasesOfTheDead(shop.worker.miniflare);
    // What was lost with a queue comes again in its own time: until then the books lag, as they may.
    const content = { timeout: 2 * MINUTE_MS, interval: 2_000, message: `seed ${SEED}` };
    await expect.poll(() => findings(client), content).toEqual([]);
  },
  MINUTE_MS * 3,
);

test("and a walk through its rows finds nothing that differs, and nothing that it had to mend", async () => {
  const database = await shop.worker.miniflare.getD1Database("DB");
  await database.batch([
    database.prepare("DELETE FROM reconcile_place"),
    database.prepare("DELETE FROM reconciled_stocks"),
  ]);
  const worker = await shop.worker.miniflare.getWorker();
  const walked = async () => {
    await worker.scheduled({ cron: "* * * * *" });
    return database
      .prepare(
        "SELECT count(*) AS stocks, sum(orders) AS orders, sum(open) AS open FROM reconciled_stocks",
      )
      .first();
  };
  const orders = new Set(witnesses.map((witness) => witness.record.orderId)).size;
  await expect
    .poll(walked, { timeout: MINUTE_MS, interval: 500 })
    .toMatchObject({ stocks: SHARDS, open: 0 });
  expect((await walked())?.["orders"]).toBeGreaterThanOrEqual(orders);
  const { data } = await shop.client.admin<{ data: unknown[] }>("GET", "/findings");
  expect(data).toEqual([]);
});

async function findings(client: ShopClient): Promise<readonly Finding[]> {
  const records = witnesses.map((witness) => witness.record);
  const books = await readBooks(client, sale.productId, KEYS, records);
  // At least once: a sender that was killed before it could say "sent" sends again under the same id.
  const mails = [...new Map(books.mails.map((mail) => [mail.id, mail])).values()];
  return audit(records, { ...books, mails });
}
