import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { buildWorker, startBuiltWorker } from "../built-worker.ts";
import { migrate } from "../migrate.ts";
import { ShopClient, throwAwaySecrets } from "../shop-client.ts";
import { audit } from "./auditor.ts";
import { readBooks, settle } from "./books.ts";
import type { BuyerRecord, Sale } from "./buyer.ts";
import { seededRandom } from "./random.ts";
import { sellOut } from "./sell-out.ts";

/**
 * Sells a file of keys out to concurrent buyers through the whole path (orders, notices, lapses,
 * order book, mail) on the built Worker, and audits what is left. Exits with 1 on any finding.
 */
const root = resolve(import.meta.dirname, "..", "..");
const { values } = parseArgs({
  options: {
    keys: { type: "string", default: join(root, "test", "data", "keys", "plain-10000.txt") },
    buyers: { type: "string", default: "48" },
    "hold-seconds": { type: "string", default: "12" },
    seed: { type: "string", default: "1" },
  },
});
const PRICE_MINOR = 1000;

const folder = await mkdtemp(join(tmpdir(), "kamidrop-rehearsal-"));
const secrets = throwAwaySecrets();
process.stderr.write("building…\n");
const worker = await startBuiltWorker({
  bundle: await buildWorker("src/development/index.ts", join(folder, "bundle")),
  state: join(folder, "state"),
  bindings: { ...secrets, KAMIDROP_ENV: "development" },
  withoutAssets: true,
});

try {
  await migrate(worker.miniflare);
  const client = new ShopClient(worker.origin, secrets.ADMIN_TOKEN);
  const { accountId } = await client.open();
  const product = await client.product("rehearsal", {
    hold_seconds: Number(values["hold-seconds"]),
    price: { amount_minor: PRICE_MINOR, currency: "CNY" },
    // The sale is over when every key is sold: none is set aside for an order that waits for the rest.
    money: { wait_list: "as_they_fit" },
  });
  const imported = (await readFile(values.keys, "utf8")).split("\n").filter((line) => line !== "");
  const accepted = await client.importKeys(product.id, imported);
  process.stderr.write(`${accepted} keys imported; ${values.buyers} buyers at a time\n`);

  const sale: Sale = {
    origin: worker.origin,
    accountId,
    productId: product.id,
    priceMinor: PRICE_MINOR,
    random: seededRandom(Number(values.seed)),
  };
  const startedAt = performance.now();
  const buyers = await sellOut(sale, client, Number(values.buyers), imported.length);
  const soldOutAfter = (performance.now() - startedAt) / 1000;
  await settle(client, buyers);
  const settledAfter = (performance.now() - startedAt) / 1000;
  const books = await readBooks(client, product.id, imported, buyers);
  const findings = audit(buyers, books);
  report(buyers, books.mails.length, { soldOutAfter, settledAfter });
  for (const { law, detail } of findings.slice(0, 20)) print(`BROKEN ${law}: ${detail}`);
  print(findings.length === 0 ? "The books agree." : `${findings.length} findings.`);
  process.exitCode = findings.length === 0 ? 0 : 1;
} finally {
  await worker.stop();
  await rm(folder, { recursive: true, force: true });
}

function report(
  buyers: readonly BuyerRecord[],
  mails: number,
  seconds: { soldOutAfter: number; settledAfter: number },
): void {
  const count = (holds: (buyer: BuyerRecord) => boolean) => buyers.filter(holds).length;
  const notices = buyers.reduce((sum, buyer) => sum + buyer.noticesSent, 0);
  print(
    [
      `orders            ${buyers.length}`,
      `  paid in time    ${count((buyer) => buyer.fate === "pays")}`,
      `  paid late       ${count((buyer) => buyer.fate === "pays_late")}`,
      `  never paid      ${count((buyer) => buyer.fate === "never_pays")}`,
      `notices sent      ${notices}`,
      `mails             ${mails}`,
      `sold out after    ${seconds.soldOutAfter.toFixed(1)} s`,
      `settled after     ${seconds.settledAfter.toFixed(1)} s (order book and mail)`,
    ].join("\n"),
  );
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
