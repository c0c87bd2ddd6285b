import { beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { notify, openAccount, paidFields } from "../support/worker/notices.ts";
import { checkOut, orderId, Visitor, words } from "../support/worker/pages.ts";
import {
  EPAY,
  getOrder,
  migrate,
  openShop,
  placeOrder,
  sendNotice,
  stockedProduct,
  type Shop,
} from "../support/worker/shop.ts";

/** Of money that has not simply bought keys a page says what came, what happens next, by when, and what to do. */
let shop: Shop;
let second: string;
beforeAll(async () => {
  await migrate();
  shop = await openShop("demo");
  second = await openAccount(shop, "wechat", EPAY.key);
});
beforeEach(() => {
  vi.spyOn(console, "warn").mockReturnValue();
});

interface Case {
  readonly id: string;
  readonly slug: string;
  readonly productId: string;
  readonly cancel: () => Promise<unknown>;
  readonly tell: (changes?: Record<string, string>, account?: string) => Promise<unknown>;
}

let cases = 0;

/** An order of that visitor's whose money is told of as the case has it. */
async function shown(
  visitor: Visitor,
  money: Record<string, unknown>,
  happens: (order: Case) => Promise<unknown>,
) {
  const slug = `money-${++cases}`;
  const product = await stockedProduct(shop, [crypto.randomUUID()], { slug, money });
  const id = orderId(await checkOut(visitor, slug, { payment_method: "epay" }));
  await happens({
    id,
    slug,
    productId: product.id,
    cancel: () => visitor.post(`/orders/${id}/cancel`, {}),
    tell: async (changes = {}, account = shop.accountId) =>
      notify(account, await paidFields(id, changes)),
  });
  const page = await visitor.get(`/orders/${id}`);
  return { text: words(page), html: page.html };
}

const soldToAnother = async ({ productId }: Case) =>
  sendNotice(shop, await placeOrder(shop, productId, { email: "quick@example.com" }));

/** Each: the product's rules, what happens, and what must stand there; in English, then in Chinese. */
const CASES: readonly [
  string,
  Record<string, unknown>,
  (order: Case) => Promise<unknown>,
  readonly RegExp[],
  readonly RegExp[],
][] = [
  [
    "too little",
    {},
    ({ tell }) => tell({ money: "9.00" }),
    [
      /¥9\.00 arrived, which is less than the ¥10\.00/,
      /A person of the shop/,
      /not send the difference/,
    ],
    [/¥9\.00，少于订单金额 ¥10\.00/, /人工退款/, /请勿补付差额/],
  ],
  [
    "too much",
    { mismatch: "refund" },
    ({ tell }) => tell({ money: "25.00" }),
    [/¥25\.00 arrived, which is more than/, /asked to send it back/, /place a new order/],
    [/¥25\.00，多于订单金额/, /按原路退回/, /重新下单/],
  ],
  [
    "a second time",
    {},
    async ({ tell }) => {
      await tell();
      await tell({ trade_no: `second-${cases}` });
    },
    [/Your keys are here/, /although this order was paid already/, /At the latest/],
    [/卡密已送达/, /此前已付款，又收到/, /最迟处理时间/],
  ],
  [
    "once, told by two accounts",
    { surplus: "refund" },
    async ({ tell }) => {
      await tell();
      await tell({}, second);
    },
    [/under one number/, /A person of the shop/],
    [/同一交易号/, /人工退款/],
  ],
  [
    "too late, where the shop gives it back",
    { late: "refund" },
    async ({ cancel, tell }) => {
      await cancel();
      await tell();
    },
    [/arrived after this order had ended/, /asked to send it back/, /Buy again/],
    [/到账时订单已过期或取消/, /按原路退回/, /再次购买/],
  ],
  [
    "when no keys are left, where the shop gives it back",
    { unfilled: "refund" },
    async (order) => {
      await order.cancel();
      await soldToAnother(order);
      await order.tell();
    },
    [/your money comes back/, /asked to send it back/],
    [/正在为您退款/, /按原路退回/],
  ],
  [
    "when no keys are left, where they wait for two days",
    { unfilled_wait_hours: 48 },
    async (order) => {
      await order.cancel();
      await soldToAnother(order);
      await order.tell();
    },
    [
      /go to orders that wait before anyone new/,
      /Without keys by then/,
      /Stop waiting, money back/,
    ],
    [/优先发给等待中的订单/, /届时若仍无卡密/, /不再等待，申请退款/],
  ],
];

describe.each([
  ["en", 3],
  ["zh-CN", 4],
] as const)("the page in %s of money that came", (language, column) => {
  it.each(CASES)("%s", async (...[, money, happens, english, chinese]) => {
    const { text, html } = await shown(new Visitor(language), money, happens);
    for (const said of column === 3 ? english : chinese) expect(text).toMatch(said);
    // By when: a moment that the reader's browser puts into its own words.
    expect(html).toMatch(/class="money-part"[\s\S]*<time datetime="/);
    expect(text).not.toMatch(/You were not charged|没有被扣款/);
    expect(text).not.toMatch(/Pay now|立即付款/);
  });
});

it("an order that simply bought its key says nothing of money", async () => {
  const { text, html } = await shown(new Visitor("en"), {}, ({ tell }) => tell());
  expect(text).toContain("Your keys are here");
  expect(html).not.toContain("money-part");
  const plain = await placeOrder(shop, (await stockedProduct(shop, ["plain"])).id);
  expect((await getOrder(plain)).json).toMatchObject({ money: [], stop_waiting: null });
});
