import { getting, ordering, Purchasing, type Seller } from "../clients.ts";
import type { Client } from "../load/closed-loop.ts";
import type { Part } from "../part.ts";
import { figure, table } from "../report/table.ts";
import { benchKeys } from "../sale/subjects.ts";
import { startMeteredShop, usageOf } from "./metered-shop.ts";
import { bill, total, type Usage } from "./prices.ts";
import { DROP, dropUsage, scaled, type Acts } from "./usage.ts";

const KEYS = 10_000;
const RUSH = 200;
const QUIET = 1;
const WARM_UP_TIMES = 1_000;
const RUSH_TIMES = 3_000;
const QUIET_TIMES = 200;

/** What selling costs by Cloudflare's list: counted while orders are placed, paid and read. */
export const cost: Part = async ({ folder, say }) => {
  const shop = await startMeteredShop(folder, benchKeys(KEYS));
  try {
    const use = async (name: string, connections: number, client: () => Client) => {
      const times = connections === RUSH ? RUSH_TIMES : QUIET_TIMES;
      const usage = await usageOf(shop, { connections, times, client });
      say(`  ${name}: ${figure(total(bill(scaled(usage, 1_000))))} dollars per 1,000`);
      return usage;
    };
    const purchase = () => new Purchasing(shop, []);
    // What is first pays for starting, and for code that is not compiled yet.
    await usageOf(shop, { connections: RUSH, times: WARM_UP_TIMES, client: purchase });
    const rush = await use("a purchase in a rush", RUSH, purchase);
    const quiet = await use("a purchase in a quiet hour", QUIET, purchase);
    const pageView = await use("a page view", RUSH, () => getting(`/p/${shop.productSlug}`));
    const refusal = await use("an order that is refused", RUSH, () => refused(shop));
    const acts: Acts = { purchase: rush, pageView, refusal };
    const drop = dropUsage(acts);
    return {
      markdown: [
        `Per 1,000 orders, each placed, paid and read:\n\n${perThousand({ rush, quiet })}`,
        `${DROP.visitors.toLocaleString("en")} visitors to one drop of ${DROP.keys.toLocaleString("en")} keys:\n\n${billTable(drop)}`,
      ].join("\n\n"),
      data: { acts: { ...acts, quiet }, drop: { model: DROP, usage: drop, bill: bill(drop) } },
    };
  } finally {
    await shop.stop();
  }
};

/** Asks for a product that has no keys. */
function refused(shop: Seller & { readonly emptyProductId: string }): Client {
  const client = ordering({ ...shop, productId: shop.emptyProductId }, []);
  return { ...client, heard: ({ status }) => (status === 409 ? "good" : "bad") };
}

function perThousand({ rush, quiet }: { rush: Usage; quiet: Usage }): string {
  const [inRush, inQuiet] = [bill(scaled(rush, 1_000)), bill(scaled(quiet, 1_000))];
  const rows = inRush.map((line, at) => {
    const other = inQuiet[at] ?? line;
    return [line.item, ...[line, other].flatMap((one) => [figure(one.units), cents(one.dollars)])];
  });
  const totals = ["**total**", "", cents(total(inRush)), "", cents(total(inQuiet))];
  return table(
    [
      ["item", "left"],
      [`units, ${RUSH} clients`, "right"],
      ["US cents", "right"],
      [`units, ${QUIET} client`, "right"],
      ["US cents", "right"],
    ],
    [...rows, totals],
  );
}

function billTable(usage: Usage): string {
  const lines = bill(usage);
  return table(
    [
      ["item", "left"],
      ["units", "right"],
      ["US dollars", "right"],
    ],
    [
      ...lines.map((line) => [line.item, figure(line.units), figure(line.dollars)]),
      ["**total**", "", figure(total(lines))],
    ],
  );
}

function cents(dollars: number): string {
  return figure(dollars * 100);
}
