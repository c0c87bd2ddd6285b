import type { Hono } from "hono";
import type { Locale } from "../../domain/locale.ts";
import type { AppContext, AppEnv } from "../../http/env.ts";
import type { Call } from "./cashier/manners.ts";
import type { Speak } from "./cashier/notices.ts";
import type { Trade } from "./cashier/trade-book.ts";

/** What not every gateway does. The pages offer what one can; a script may ask for anything. */
export type Ability =
  /** Gives money back when it is asked. */
  | "refund"
  /** Tells of refunds, of disputes. */
  | "tell_refunds"
  | "tell_disputes"
  /** Names the currency in its notices. */
  | "name_currency"
  /** Its notices are forms, in which a signature can come as a list. */
  | "list_signature"
  | "sign_answers";

/** The other side of one gateway. What can go wrong is not its business: cashier/ has it for all of them. */
export interface Simulated {
  /** As the shop's registry names it, and the folder under /sandbox/. */
  readonly name: string;
  /** For the page and the demo shop's account. */
  readonly title: string;
  /** How it signs and tells, in one line. */
  readonly about: Readonly<Record<Locale, string>>;
  readonly can: readonly Ability[];
  readonly currency: "CNY" | "USD";
  /** What an account of its one merchant is made of, as the admin API takes it. */
  readonly credentials: (c: AppContext) => Promise<object>;
  /** The protocol's own routes. */
  readonly routes: Hono<AppEnv>;
  /** Which call of a shop's server a request is; null for what a browser asks. */
  readonly callOf: (
    method: string,
    path: string,
    c: AppContext,
  ) => Call | null | Promise<Call | null>;
  /** Its way to say no. */
  readonly refuse: (c: AppContext, call: Call) => Response | Promise<Response>;
  readonly speak: Speak;
  /** Its notices go where a merchant said at its desk, since no request names an address. */
  readonly tellsWebhook?: boolean;
  /** Where it sends a buyer back to, when it adds anything to the address that the shop gave. */
  readonly returnUrl?: (c: AppContext, trade: Trade) => Promise<string>;
  /** The buyer agrees and the merchant takes the money (PayPal). */
  readonly approves?: boolean;
  /** Where a gateway of one fixed address answers: what is sent there for its merchant comes here instead. */
  readonly host?: string;
  /** Further hosts of the same gateway. */
  readonly alsoAt?: readonly string[];
  /** Whether a request to the host is its merchant's. */
  readonly isForMerchant?: (url: URL, authorization: string) => boolean;
}

/** Where a buyer pays: a person finds a page there, a script sends what the buyer does. */
export function payPath(gateway: string, orderNo: string): string {
  return `/sandbox/${gateway}/pay?order=${encodeURIComponent(orderNo)}`;
}

/** The same as a whole address. `base`: an address of the shop's, which the simulator is beside. */
export function cashierUrl(base: string, gateway: string, orderNo: string): string {
  return new URL(payPath(gateway, orderNo), base).href;
}
