import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, vi } from "vitest";
import { MortalShop } from "./mortal-shop.ts";

export interface Simulated {
  readonly gateway: string;
  readonly currency: string;
  readonly credentials: Readonly<Record<string, string>>;
  readonly needs_webhook: boolean;
}

export interface Order {
  readonly id: string;
  readonly state: string;
  readonly access_token: string;
  readonly payment: {
    action: string;
    url?: string;
    qr_text?: string;
    fields?: Readonly<Record<string, string>>;
    problem?: string;
  };
  readonly keys: readonly { secret: string }[] | null;
  readonly dispute: "open" | "lost" | null;
}

export interface Played {
  readonly trade_no: string;
  readonly notices: readonly { status: number; body: string }[];
}

/** What is offered on phones only is bought with one. */
const PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Mobile/15E148 Safari/604.1";

export const WECHAT = `${PHONE} MicroMessenger/8.0.54(0x18003631) NetType/WIFI Language/zh_CN`;

const WAIT = { timeout: 20_000, interval: 50 };

/** The built development Worker, its simulated gateways, and a buyer, over HTTP alone. */
export class SimulatedShop {
  readonly mortal: MortalShop;
  readonly #folder: string;
  #orders = 0;

  private constructor(mortal: MortalShop, folder: string) {
    this.mortal = mortal;
    this.#folder = folder;
  }

  static async open(): Promise<SimulatedShop> {
    const folder = await mkdtemp(join(tmpdir(), "kamidrop-gateways-"));
    const mortal = await MortalShop.open(folder);
    await mortal.client.open();
    return new SimulatedShop(mortal, folder);
  }

  async close(): Promise<void> {
    await this.mortal.close();
    await rm(this.#folder, { recursive: true, force: true });
  }

  get origin(): string {
    return this.mortal.client.origin;
  }

  async simulated(gateway: string): Promise<Simulated> {
    const listed = await fetch(`${this.origin}/sandbox/gateways.json`);
    const { data } = (await listed.json()) as { data: Simulated[] };
    const found = data.find((one) => one.gateway === gateway);
    if (found === undefined) throw new Error(`no simulated ${gateway}`);
    return found;
  }

  /** A product that is paid by a new account, made as `npm run dev` makes its demo accounts. */
  async productPaidBy(gateway: string, slug: string, changes: object = {}): Promise<string> {
    const { credentials, currency, needs_webhook } = await this.simulated(gateway);
    const account = { slug, title: slug, gateway, currency };
    const { client } = this.mortal;
    const { id } = await client.admin<{ id: string }>("POST", "/payment-accounts", {
      ...account,
      credentials: { ...credentials, ...changes },
    });
    if (needs_webhook) {
      const url = `${this.origin}/payments/${id}/notify`;
      await this.post(`/sandbox/${gateway}/webhook`, { url });
    }
    const price = { amount_minor: 1000, currency };
    const product = await client.product(slug, { payment_methods: [slug], price });
    const keys = Array.from({ length: 40 }, (_, n) => `${slug}-${n}`);
    await client.importKeys(product.id, keys);
    return product.id;
  }

  async post(path: string, body: object): Promise<Response> {
    const answer = await fetch(`${this.origin}${path}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    expect(answer.status).toBe(200);
    return answer;
  }

  /** `userAgent`: what the buyer's browser says that it is. */
  async order(productId: string, method: string, userAgent?: string): Promise<Order> {
    const n = ++this.#orders;
    const browser = userAgent ?? (method.endsWith("-h5") ? PHONE : undefined);
    const placed = await fetch(`${this.origin}/api/v1/orders`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "idempotency-key": `simulated-gateways-${n}`,
        ...(browser === undefined ? {} : { "user-agent": browser }),
      },
      body: JSON.stringify({
        product_id: productId,
        email: `buyer-${n}@example.com`,
        payment_method: method,
      }),
    });
    expect(placed.status).toBe(201);
    return (await placed.json()) as Order;
  }

  async look({ id, access_token }: Order, userAgent = "node"): Promise<Order> {
    const headers = { authorization: `Bearer ${access_token}`, "user-agent": userAgent };
    const answer = await fetch(`${this.origin}/api/v1/orders/${id}`, { headers });
    return (await answer.json()) as Order;
  }

  async play(gateway: string, orderId: string, words: object): Promise<Played> {
    const answer = await this.post(`/sandbox/${gateway}/pay`, { order: orderId, ...words });
    return (await answer.json()) as Played;
  }

  /** A minute passes for what the schedule has to do for that order, and the schedule comes by. */
  async passMinuteFor({ id }: Pick<Order, "id">, due: "query" | "refund" = "query"): Promise<void> {
    const [table, column] =
      due === "query" ? ["payment_queries", "due_at_ms"] : ["refunds", "ask_at_ms"];
    const sooner = `UPDATE ${table} SET ${column} = ${column} - 60000 WHERE order_id = ?1`;
    // The order book has it some moments after the object.
    await vi.waitFor(async () => expect(await this.#write(sooner, id)).toBe(1), WAIT);
    await this.runSchedule();
  }

  /** The schedule comes by, and it is time for every dispute that an order has not heard of. */
  async passMinuteForDisputes(): Promise<void> {
    await this.#write("UPDATE disputes SET look_at_ms = 0 WHERE look_at_ms IS NOT NULL");
    await this.runSchedule();
  }

  async runSchedule(): Promise<void> {
    await (await this.mortal.worker.miniflare.getWorker()).scheduled({ cron: "* * * * *" });
  }

  async #write(sql: string, ...values: string[]): Promise<number> {
    const database = await this.mortal.worker.miniflare.getD1Database("DB");
    const { meta } = await database
      .prepare(sql)
      .bind(...values)
      .run();
    return meta.changes;
  }

  /** How the gateway answers the next calls of that kind; "none" is to behave again. */
  async behave(gateway: string, call: string, manner: string, times = 9): Promise<void> {
    await this.post(`/sandbox/${gateway}/behave`, { call, manner, times });
  }

  /** The buyer goes where the shop sends them, as far as the gateway must have seen them. */
  async goToPay({ payment }: Order): Promise<void> {
    const headers = { referer: `${this.origin}/` };
    if (payment.action === "redirect") {
      await fetch(payment.url ?? "", { redirect: "manual", headers });
    }
  }
}
