import type { AccountId } from "./ids.ts";
import type { PayableAccount } from "./payments/choice.ts";
import type { Listing } from "./product/product.ts";
import type { ShopSettings } from "./settings/shop-settings.ts";

/**
 * Parts of the shop that can be switched off. Whatever is off, what was sold stays sold: order pages,
 * look-ups, notices of payment and the delivery of paid orders go on.
 * - `shop`: every page of the catalogue and every new order.
 * - `orders`: new orders; the catalogue stays.
 * - `mail`: deliveries wait.
 * - `challenge`: nobody is asked for a proof of a person.
 * - `gateway:<name>`: that way of paying is not offered.
 */
export const PARTS = ["shop", "orders", "mail", "challenge"] as const;

export interface SwitchedOff {
  readonly part: string;
  readonly reason: string;
  readonly untilMs: number | null;
  /** A token's id, or "operator". */
  readonly setBy: string;
  readonly setAtMs: number;
}

/** What is off at this moment, for the shop that was asked about. */
export interface Off {
  readonly shop: boolean;
  readonly orders: boolean;
  readonly mail: boolean;
  readonly challenge: boolean;
  /** Names of gateways, by the operator. */
  readonly gateways: ReadonlySet<string>;
  /** Slugs of payment methods, by the merchant. */
  readonly methods: ReadonlySet<string>;
}

const GATEWAY = "gateway:";
const NONE: ReadonlySet<string> = new Set();
export const NOTHING_OFF: Off = {
  shop: false,
  orders: false,
  mail: false,
  challenge: false,
  gateways: NONE,
  methods: NONE,
};

/** The operator's word; a part whose time is past is on. */
export function offByOperator(rows: readonly SwitchedOff[], nowMs: number): Off {
  const parts = rows
    .filter(({ untilMs }) => untilMs === null || nowMs < untilMs)
    .map(({ part }) => part);
  if (parts.length === 0) return NOTHING_OFF;
  const off = new Set(parts);
  return {
    shop: off.has("shop"),
    orders: off.has("orders"),
    mail: off.has("mail"),
    challenge: off.has("challenge"),
    gateways: new Set(
      parts.flatMap((part) => (part.startsWith(GATEWAY) ? [part.slice(GATEWAY.length)] : [])),
    ),
    methods: NONE,
  };
}

/**
 * The operator's word and the merchant's: off by either is off. That a merchant has closed
 * their shop is asked at the door (http/middleware/closed.ts) and for orders, which may be there already, by the
 * flow (order-guards/shop-open.ts); that they stop their mail, by the claim of each
 * delivery (db/orders/deliveries.ts).
 */
export function offForShop(operator: Off, { switches }: Pick<ShopSettings, "switches">): Off {
  const { orders, challenge, paymentMethodsOff } = switches;
  if (orders && challenge && paymentMethodsOff.length === 0) return operator;
  return {
    ...operator,
    orders: operator.orders || !orders,
    challenge: operator.challenge || !challenge,
    methods: new Set(paymentMethodsOff),
  };
}

/**
 * The accounts that are offered: none that is off, and marked where it has been failing (its breaker is
 * open). The same listing where nothing is to be changed.
 */
export function offeredNow(
  listing: Listing,
  off: Off,
  isFailing: (accountId: AccountId) => boolean,
): Listing {
  const { accounts } = listing;
  const isOn = ({ gateway, slug, method }: PayableAccount) =>
    !off.gateways.has(gateway) && !off.methods.has(slug) && !off.methods.has(method);
  const changed = accounts.some((each) => !isOn(each) || isFailing(each.id) !== each.failing);
  if (!changed) return listing;
  const offered = accounts
    .filter(isOn)
    .map((account) => ({ ...account, failing: isFailing(account.id) }));
  return { ...listing, accounts: offered };
}
