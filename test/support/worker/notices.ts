import { encoded, signed, type Fields } from "./epay-merchant.ts";
import { call, EPAY, epayAccount, getOrder, type Shop } from "./shop.ts";

/** A paid notice's fields, signed; `changes` go in before the signature. */
export function paidFields(
  orderRef: string,
  changes: Record<string, string> = {},
  key: string = EPAY.key,
): Promise<Fields> {
  const fields = {
    pid: EPAY.pid,
    trade_no: `trade-of-${orderRef}`,
    out_trade_no: orderRef,
    type: "alipay",
    name: "VIP会员 + 1",
    money: "10.00",
    trade_status: "TRADE_SUCCESS",
    ...changes,
  };
  return signed(Object.entries(fields), key);
}

/** What the gateway hears, as "<status> <body>". */
export async function notify(
  accountId: string,
  fields: Fields | string,
  headers: Record<string, string> = {},
): Promise<string> {
  const query = typeof fields === "string" ? fields : encoded(fields);
  const { status, text } = await call(`/payments/${accountId}/notify?${query}`, { headers });
  return `${status} ${text}`;
}

export async function notifyByPost(accountId: string, fields: Fields): Promise<string> {
  const type = "application/x-www-form-urlencoded";
  const { status, text } = await call(`/payments/${accountId}/notify`, {
    body: encoded(fields),
    type,
  });
  return `${status} ${text}`;
}

/** Another account of the shop's, with a key of its own. */
export async function openAccount(shop: Shop, slug: string, key: string): Promise<string> {
  const credentials = { pid: EPAY.pid, key, gateway_url: "https://pay.example.com/" };
  const answer = await shop.admin("/payment-accounts", {
    body: epayAccount({ slug, credentials }),
  });
  if (answer.status !== 201) throw new Error(`account: ${answer.status} ${answer.text}`);
  return answer.json.id;
}

interface OrderRead {
  readonly state: string;
  readonly secrets: readonly string[];
}

/** An order as its buyer sees it: its state, and the keys they hold. */
export async function readOrder(order: { id: string; access_token: string }): Promise<OrderRead> {
  const { json } = await getOrder(order);
  const keys: readonly { secret: string }[] = json.keys ?? [];
  return { state: json.state, secrets: keys.map(({ secret }) => secret) };
}

interface KeptNotice {
  readonly verdict: string;
  readonly order_ref: string;
  readonly trade_no: string;
  readonly amount_minor: number | null;
}

/** What the merchant is shown of that order's money, newest first. */
export async function shownFor(shop: Shop, orderRef: string): Promise<readonly KeptNotice[]> {
  const { json } = await shop.admin("/payment-notices?limit=100&attention=true");
  const notices: readonly KeptNotice[] = json.data;
  return notices.filter((notice) => notice.order_ref === orderRef);
}

/** `<prefix>-0`, `<prefix>-1`, … */
export function keysNamed(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${prefix}-${i}`);
}
