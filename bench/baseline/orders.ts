import { createHash } from "node:crypto";
import type { Redis } from "ioredis";
import { LAPSE, PAY, PLACE } from "./lua.ts";

export const CHANGES = "changes";
export const freeKeys = (productId: string) => `free:${productId}`;
const due = (productId: string) => `due:${productId}`;
const LAPSE_BATCH = 100;

/** An order as its hash holds it. */
export type OrderHash = Readonly<Record<string, string>>;

export interface NewOrder {
  readonly id: string;
  readonly bodyHash: string;
  readonly productId: string;
  readonly quantity: number;
  readonly amountMinor: number;
  readonly email: string;
  readonly placedAtMs: number;
  readonly expiresAtMs: number;
}

export interface Notice {
  readonly orderId: string;
  readonly productId: string;
  readonly tradeNo: string;
  readonly amountMinor: number;
}

/** Stock, orders and payments in Redis. Each method is one script: one round trip, all or nothing. */
export class Orders {
  readonly #redis: Redis;
  readonly #place: Script;
  readonly #pay: Script;
  readonly #lapse: Script;

  constructor(redis: Redis) {
    this.#redis = redis;
    this.#place = new Script(redis, PLACE);
    this.#pay = new Script(redis, PAY);
    this.#lapse = new Script(redis, LAPSE);
  }

  place(order: NewOrder): Promise<string> {
    const { id, productId, placedAtMs, expiresAtMs } = order;
    return this.#place.run(
      [`order:${id}`, freeKeys(productId), due(productId), CHANGES],
      [id, order.bodyHash, order.quantity, placedAtMs, expiresAtMs]
        .concat(["product_id", productId, "amount", order.amountMinor])
        .concat(["email", order.email]),
    );
  }

  pay({ orderId, productId, tradeNo, amountMinor }: Notice, nowMs: number): Promise<string> {
    return this.#pay.run(
      [`order:${orderId}`, due(productId), CHANGES, `payment:${tradeNo}`],
      [orderId, tradeNo, amountMinor, nowMs],
    );
  }

  /** Answers whether more may be due. */
  async lapse(productId: string, nowMs: number): Promise<boolean> {
    const keys = [due(productId), freeKeys(productId), CHANGES];
    return Number(await this.#lapse.run(keys, [nowMs, LAPSE_BATCH])) === LAPSE_BATCH;
  }

  /** Empty where there is none. */
  read(id: string): Promise<OrderHash> {
    return this.#redis.hgetall(`order:${id}`);
  }
}

/** Sent by digest; the text only when Redis does not know it. */
class Script {
  readonly #redis: Redis;
  readonly #text: string;
  readonly #sha: string;

  constructor(redis: Redis, text: string) {
    this.#redis = redis;
    this.#text = text;
    this.#sha = createHash("sha1").update(text).digest("hex");
  }

  async run(keys: readonly string[], args: readonly (string | number)[]): Promise<string> {
    try {
      return String(await this.#redis.evalsha(this.#sha, keys.length, ...keys, ...args));
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith("NOSCRIPT"))) throw error;
      return String(await this.#redis.eval(this.#text, keys.length, ...keys, ...args));
    }
  }
}
