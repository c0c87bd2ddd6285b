import { env } from "cloudflare:workers";
import { afterEach, beforeAll, expect, test, vi } from "vitest";
import { seededRandom } from "../../scripts/rehearse/random.ts";
import { orderId, parseOrderId } from "../../src/domain/ids.ts";
import { gatedDatabase } from "../support/worker/gated-database.ts";
import { isolate, wiredObjects } from "../support/worker/isolate.ts";
import {
  getOrder,
  migrate,
  openShop,
  ORIGIN,
  placeOrder,
  stockedProduct,
  type Shop,
} from "../support/worker/shop.ts";

/** Order ids guessed by a botnet. */
const GUESSERS = 10_000;
const AT_ONCE = 250;
const MINUTES_MS = 120_000;
let shop: Shop;

beforeAll(async () => {
  await migrate();
  shop = await openShop();
});
afterEach(() => vi.restoreAllMocks());

test(
  "10,000 addresses that guess order ids and tokens are one 404 without asking an object or D1, and a buyer goes on",
  async () => {
    const product = await stockedProduct(shop, ["guessed-at"]);
    const order = await placeOrder(shop, product.id);
    const { stockNumber = 0 } = parseOrderId(order.id) ?? {};
    let asked = 0;
    const through = isolate({
      DB: gatedDatabase(env.DB, async () => void asked++),
      PRODUCT_STOCK: wiredObjects(env.PRODUCT_STOCK, ({ ask }) => {
        asked++;
        return ask();
      }),
    });
    const random = seededRandom(1);
    const bytes = () => Uint8Array.from({ length: 32 }, () => Math.floor(random() * 256));

    /** Half of them know the order's id and guess the token, the others guess both. */
    const guess = async (n: number): Promise<string> => {
      const id = n % 2 === 0 ? order.id : orderId(stockNumber, bytes());
      const token = `1_${btoa(String.fromCharCode(...bytes()))
        .replaceAll(/[+/=]/g, "A")
        .slice(0, 32)}`;
      const address = `198.${18 + (n >> 16)}.${(n >> 8) & 255}.${n & 255}`;
      const headers = { authorization: `Bearer ${token}`, "cf-connecting-ip": address };
      const response = await through.fetch(
        new Request(`${ORIGIN}/api/v1/orders/${id}`, { headers }),
      );
      const text = await response.text();
      return `${response.status} ${text.replace(/req_[0-9a-z]+/, "req")}`;
    };

    const answers = new Set<string>();
    for (let from = 0; from < GUESSERS; from += AT_ONCE) {
      const all = await Promise.all(Array.from({ length: AT_ONCE }, (_, n) => guess(from + n)));
      for (const answer of all) answers.add(answer);
    }
    expect([...answers]).toEqual([expect.stringMatching(/^404 .*"code":"not_found"/)]);
    expect(asked).toBe(0);
    expect((await getOrder(order, through)).json.state).toBe("pending");
    expect(asked).toBeGreaterThan(0);
  },
  MINUTES_MS,
);
