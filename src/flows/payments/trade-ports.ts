import type { OrderSnapshot } from "../../../durable-objects/product-stock/contract.ts";
import type { AccountId, MerchantId, OrderId } from "../../domain/ids.ts";
import type { Money } from "../../domain/money.ts";

/** A gateway's number that more than one order has taken as its payment. */
export interface ReusedTrade {
  readonly accountId: AccountId;
  readonly merchantId: MerchantId;
  readonly tradeNo: string;
  /** Another order than the first: the one that is to be looked at. */
  readonly orderId: OrderId;
  readonly money: Money;
}

/** The gateway's number of a payment, within the account that it numbers. */
export interface TradeNumber {
  readonly accountId: AccountId;
  readonly tradeNo: string;
}

/** Payments of all products, by the gateway's number. */
export interface TradeBook {
  /** Which order each number has bought for, the first of them; null where the book knows of none. */
  takenBy(numbers: readonly TradeNumber[]): Promise<readonly (OrderId | null)[]>;
  /** Of the numbers that these orders were paid by, those that paid another order before. */
  reused(orders: readonly OrderSnapshot[]): Promise<readonly ReusedTrade[]>;

  /** The merchant's other accounts of the same kind of gateway, and what orders each has had that number for. */
  tellers(trade: Trade): Promise<readonly Teller[]>;
}

export interface Trade {
  readonly merchantId: MerchantId;
  readonly accountId: AccountId;
  readonly tradeNo: string;
}

export interface Teller {
  readonly accountId: AccountId;
  /** Null: it never told of that number. */
  readonly orderId: OrderId | null;
}

/** The same in front of a delivery: soon, or null. */
export interface TradeLook {
  takenBy(number: TradeNumber): Promise<OrderId | null>;
}
