import type { AccountId, OrderId } from "../../../src/domain/ids.ts";
import { Unavailable } from "../../../src/domain/overload/unavailable.ts";
import type {
  GatewayUnavailable,
  NoticeReading,
  PaymentGateway,
  PaymentStatus,
  RefundOutcome,
  RefundRequest,
} from "../../../src/flows/payments/payment-ports.ts";
import { Process, type Network } from "../network.ts";
import type { Random } from "../random.ts";
import type { Timeline } from "../timeline.ts";
import {
  GatewayBooks,
  type AskedRefund,
  type GivenBack,
  type RefundFate,
} from "./gateway-books.ts";

const MINUTE_MS = 60_000;
/** As outgoing.ts: whoever waits for longer gives up, and what was asked may have happened. */
const PATIENCE_MS = 8_000;
const FATES = ["done", "done", "done", "done", "late_done", "late_refused", "refused"] as const;
const UNAVAILABLE: GatewayUnavailable = {
  kind: "unavailable",
  reason: "timeout",
  retryAfterSeconds: null,
};

/** How a gateway is to the shop: what it loses after it has acted, and how long it takes. */
export interface Manners {
  readonly lostAfterActing: number;
  readonly stalls: number;
}

export const POLITE: Manners = { lostAfterActing: 0, stalls: 0 };
export const RUDE: Manners = { lostAfterActing: 0.15, stalls: 0.05 };

interface Surroundings {
  readonly timeline: Timeline;
  readonly network: Network;
  readonly random: Random;
  /** Whether it answers what has become of a payment. */
  readonly answersQueries: boolean;
  /** Asked in the moment in which the gateway acts. */
  readonly onAsked: (request: RefundRequest) => void;
}

/** One account at a gateway: its books, and how it is to be reached. */
export class SimulatedGateway {
  readonly books: GatewayBooks;
  readonly name: string;
  readonly answersQueries: boolean;
  manners: Manners = POLITE;
  /** Whom it tells of refunds that ended by themselves. */
  tell: (reading: NoticeReading) => void = () => undefined;
  readonly #around: Surroundings;

  constructor(accountId: AccountId, around: Surroundings) {
    this.books = new GatewayBooks(accountId);
    this.name = `gateway-${accountId}`;
    this.answersQueries = around.answersQueries;
    this.#around = around;
  }

  /** Refunds that have no end yet. */
  get pending(): number {
    return [...this.books.asked.values()].filter(({ end }) => end === "pending").length;
  }

  /** As an isolate has it: every call goes over the wire. */
  port(): PaymentGateway {
    const answer = { status: 200, contentType: "text/plain", body: "" } as const;
    return {
      capabilities: {
        currencies: null,
        devices: ["desktop"],
        actions: ["redirect"],
        opensByCall: false,
        query: this.answersQueries,
        refund: "partial",
        tellsRefunds: true,
        tellsDisputes: true,
      },
      open: () => Promise.reject(new Error("orders here are paid without a cashier")),
      read: () => Promise.reject(new Error("notices here come as read")),
      query: ({ orderId }) => this.#call<PaymentStatus>(() => this.#statusOf(orderId)),
      refund: (request) => this.#call<RefundOutcome>(() => this.#refund(request)),
      answers: { accepted: answer, rejected: answer },
    };
  }

  /** What it says of money that went back. */
  static reading({ tradeNo, orderRef, refundNo, money }: GivenBack): NoticeReading {
    return { kind: "refunded", tradeNo, orderRef, refundNo, money };
  }

  async #call<Answer>(work: () => Answer): Promise<Answer | GatewayUnavailable> {
    const { random } = Process.current();
    const { timeline, network } = this.#around;
    try {
      if (random.chance(this.manners.stalls)) {
        await timeline.sleep(PATIENCE_MS);
        throw new Unavailable(this.name, 1);
      }
      const answer = await network.call(this.name, work);
      if (!random.chance(this.manners.lostAfterActing)) return answer;
      await timeline.sleep(PATIENCE_MS);
      return UNAVAILABLE;
    } catch (error) {
      if (error instanceof Unavailable) return UNAVAILABLE;
      throw error;
    }
  }

  #statusOf(orderRef: OrderId): PaymentStatus {
    const charge = this.books.chargeOf(orderRef);
    if (charge === undefined) return { kind: "pending" };
    const { tradeNo, money, atMs } = charge;
    if (this.books.leftMinor(charge) === 0) return { kind: "refunded", tradeNo };
    return { kind: "paid", tradeNo, money, paidAtMs: atMs };
  }

  #refund(request: RefundRequest): RefundOutcome {
    this.#around.onAsked(request);
    const isNew = !this.books.asked.has(request.refundId);
    const luck = this.#around.random.fork(request.refundId);
    const fate = luck.pick(FATES);
    const refund = this.books.take(request, fate, this.#around.timeline.nowMs);
    if (isNew) this.#follow(refund, fate, luck);
    return outcomeOf(refund);
  }

  /** What ends later ends by itself, and is told, as what ended at once is. */
  #follow(refund: AskedRefund, fate: RefundFate, luck: Random): void {
    const { timeline } = this.#around;
    const afterMs = luck.int(1, 90 * MINUTE_MS);
    const isTold = luck.chance(0.7);
    const tell = (): void => {
      const back = this.books.givenBack.find(
        ({ refundNo }) => refundNo === refund.request.refundId,
      );
      if (back !== undefined && isTold) this.tell(SimulatedGateway.reading(back));
    };
    if (fate === "done") timeline.at(timeline.nowMs + luck.int(0, 5_000), tell);
    if (refund.end !== "pending") return;
    timeline.at(timeline.nowMs + afterMs, () => {
      this.books.finish(refund, fate === "late_done" ? "done" : "refused", timeline.nowMs);
      tell();
    });
  }
}

function outcomeOf({ end, request }: AskedRefund): RefundOutcome {
  switch (end) {
    case "done":
      return { kind: "done", refundNo: `gw-${request.refundId}` };
    case "refused":
      return { kind: "refused", reason: "NOT_THIS_ONE" };
    case "pending":
      return { kind: "pending", refundNo: null };
    default:
      return end satisfies never;
  }
}
