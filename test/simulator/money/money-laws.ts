import { parseOrderId } from "../../../src/domain/ids.ts";
import { wordThatHolds } from "../../../src/domain/payments/dispute.ts";
import type { RefundRequest } from "../../../src/flows/payments/payment-ports.ts";
import type { Auditor } from "../auditor.ts";
import { BOUGHT, type Known } from "../order-laws.ts";
import type { PaymentFacts, RefundFacts } from "../row-facts.ts";
import type { World } from "../world.ts";
import type { SimulatedGateway } from "./gateway.ts";
import type { Charge, ToldDispute } from "./gateway-books.ts";
import type { MoneyWorld } from "./money-world.ts";
import { auditStatements } from "./statement-laws.ts";

/** The longest that money without keys waits for them by a policy, and time to give it back. */
const POLICY_MS = 7 * 3_600_000;
/** Within so long a payment is found whose notice was lost, while its order is held and nothing is down. */
const FOUND_WITHIN_MS = 120_000;

/** What the shop's books owe to the gateways' own, which know what was paid and what went back. */
export class MoneyLaws {
  readonly #auditor: Auditor;
  readonly #world: World;
  readonly #money: MoneyWorld;
  /** What merchants said becomes of the keys, by the refund's id. */
  readonly #wishes: ReadonlyMap<string, string>;

  constructor(auditor: Auditor, world: World, money: MoneyWorld) {
    this.#auditor = auditor;
    this.#world = world;
    this.#money = money;
    this.#wishes = money.keyWishes;
    money.onCharged = (charge, heldUntilMs) => this.#watchCharge(charge, heldUntilMs);
    money.onAsked = (gateway, request) => this.#judgeAsked(gateway, request);
  }

  isAtRest(healedAtMs: number): boolean {
    return this.#world.timeline.nowMs > healedAtMs + POLICY_MS && this.#money.isAtRest();
  }

  /** Where nobody tells of a payment, the schedule asks: judged where nothing has gone wrong by then. */
  #watchCharge(charge: Charge, heldUntilMs: number): void {
    const { accountId, tradeNo, orderRef, atMs, isTold, inHold } = charge;
    const { timeline } = this.#world;
    const { books, answersQueries } = this.#money.gateway(accountId);
    if (isTold || !inHold || !answersQueries || heldUntilMs < atMs + FOUND_WITHIN_MS) return;
    timeline.at(atMs + FOUND_WITHIN_MS, () => {
      const known = this.#auditor.known.get(orderRef);
      const isThere = known?.payments.some((row) => row.trade_no === tradeNo) ?? false;
      const hasPaid = known?.payments.some(({ verdict }) => BOUGHT.has(verdict)) ?? false;
      const isDue = !hasPaid && books.leftMinor(charge) > 0 && books.chargeOf(orderRef) === charge;
      const law = "R3 a lost notice is healed within two minutes";
      const excused = this.#world.isDisturbed || !isDue;
      this.#auditor.law(isThere || excused, law, () => JSON.stringify({ charge, known }));
    });
  }

  /** A gateway acts on this refund now: it must stand in the order's object, with its sum. */
  #judgeAsked({ books }: SimulatedGateway, request: RefundRequest): void {
    const { refundId, orderId, tradeNo, money } = request;
    const number = parseOrderId(orderId)?.stockNumber;
    const rows = this.#auditor.rows(this.#world.object(number ?? 0)).refundsOf(orderId);
    const row = rows.find(({ id }) => id === refundId);
    const written = row?.amount_minor === money.amountMinor && row.trade_no === tradeNo;
    const detail = () => JSON.stringify({ request, rows });
    // An order that has left for the archive has no refund under way, and its ended ones with it.
    const isAgain = books.asked.has(refundId);
    const law = "R3 a refund is written down under its id before a gateway is asked";
    this.#auditor.law(written || isAgain, law, detail);
    const others = [...books.asked.values()]
      .filter(({ request: other, end }) => other.tradeNo === tradeNo && end !== "refused")
      .filter(({ request: other }) => other.refundId !== refundId)
      .reduce((sum, { request: other }) => sum + other.money.amountMinor, 0);
    const paid = books.charges.get(tradeNo)?.money.amountMinor ?? 0;
    const within = others + money.amountMinor <= paid;
    this.#auditor.law(within, "R3 no more is asked back than was paid", detail);
  }

  async auditRest(): Promise<void> {
    for (const [id, known] of this.#auditor.known) {
      for (const payment of known.payments) this.#judgeSums(known, payment);
      for (const refund of known.refunds) this.#judgeEnd(id, refund);
    }
    for (const { books, answersQueries } of this.#money.gateways.values())
      for (const charge of books.charges.values()) this.#judgeCharge(charge, answersQueries);
    for (const { books } of this.#money.gateways.values())
      for (const [disputeNo, told] of books.disputes) this.#judgeDispute(disputeNo, told);
    await auditStatements(this.#auditor, this.#world, this.#money);
  }

  /** An order has heard the bank's last word of those that were told, and is what it says. */
  #judgeDispute(disputeNo: string, { orderRef, tradeNo, amountMinor, told }: ToldDispute): void {
    const known = this.#auditor.known.get(orderRef);
    const [first, ...later] = told;
    if (known === undefined || first === undefined) return;
    const row = known.disputes.find((each) => each.dispute_no === disputeNo);
    const { state } = later.reduce(wordThatHolds, first);
    const detail = () => JSON.stringify({ disputeNo, told, known });
    this.#auditor.law(row?.state === state, "R3 an order hears the bank's last word", detail);
    const paid = known.payments.find((each) => each.trade_no === tradeNo);
    const isBought = paid !== undefined && BOUGHT.has(paid.verdict);
    const isWhole = amountMinor === paid?.amount_minor;
    const isGivenUp = known.standing.state === "refunded";
    const ends = state !== "lost" || !isBought || !isWhole || isGivenUp;
    this.#auditor.law(ends, "R3 an order whose money a bank has taken is given up", detail);
    const isTaken = state !== "lost" && (row?.order_was ?? null) !== null;
    this.#auditor.law(
      !isTaken,
      "R3 an order whose money a bank has left is given up by no dispute",
      detail,
    );
  }

  /** What is written down to have gone back of a payment, or to be on its way, is never more than came. */
  #judgeSums({ refunds }: Known, payment: PaymentFacts): void {
    const back = refunds
      .filter((row) => row.account_id === payment.account_id && row.trade_no === payment.trade_no)
      .filter(({ state }) => state !== "refused")
      .reduce((sum, row) => sum + row.amount_minor, 0);
    const within = back <= payment.amount_minor;
    this.#auditor.law(within, "R3 no more goes back than was paid", () =>
      JSON.stringify({ payment, refunds }),
    );
  }

  /** A refund has ended, and as the gateway's books have it: done once there, or not at all. */
  #judgeEnd(orderId: string, refund: RefundFacts): void {
    const { id, state, method, refund_no: refundNo, account_id: accountId } = refund;
    const detail = () => JSON.stringify({ orderId, refund });
    this.#auditor.law(state !== "asked", "R3 a refund comes to an end", detail);
    const { books } = this.#money.gateway(accountId);
    const moved = books.givenBack.filter((back) =>
      method === "gateway" ? back.refundNo === id : back.refundNo === refundNo,
    );
    const once =
      moved.length === (state === "done" ? 1 : 0) &&
      moved.every(({ money }) => money.amountMinor === refund.amount_minor);
    const law = "R3 a refund is done where the gateway has moved its money once, and only there";
    this.#auditor.law(once, law, detail);
    const wished = this.#wishes.get(id);
    const asWished = wished === undefined || wished === refund.keys;
    this.#auditor.law(asWished, "R3 keys are void or kept as it was wished", detail);
    const tookKeys = refund.reason === "out of stock" && refund.order_was !== "unfilled";
    this.#auditor.law(!tookKeys, "R3 a policy takes back no order that has its keys", detail);
  }

  /** Each paid cent is with its order, waits for keys, has gone back, or is in front of a person. */
  #judgeCharge(charge: Charge, isAsked: boolean): void {
    const { accountId, tradeNo, orderRef, money, isTold, inHold } = charge;
    const known = this.#auditor.known.get(orderRef);
    const payment = known?.payments.find(
      (row) => row.account_id === accountId && row.trade_no === tradeNo,
    );
    const { books } = this.#money.gateway(accountId);
    const leftMinor = books.leftMinor(charge);
    const open = this.#openTasks(charge);
    const detail = () => JSON.stringify({ charge, leftMinor, open, known });
    if (known === undefined || payment === undefined) {
      // Of what nobody tells of and nobody asks about, only the gateway's statement knows: an order that is paid by
      // another payment, or one whose money has gone back already; and of several charges it answers the first.
      const hasPaid = known?.payments.some(({ verdict }) => BOUGHT.has(verdict)) ?? false;
      const isAnswer = isAsked && inHold && leftMinor > 0 && books.chargeOf(orderRef) === charge;
      if (!isTold && (hasPaid || !isAnswer)) return;
      const inbox = this.#world.book.notices.has(`${accountId} ${tradeNo} ${orderRef} unmatched`);
      this.#auditor.law(inbox, "R3 a payment that nobody told of is found by asking", detail);
      return;
    }
    if (payment.amount_minor !== money.amountMinor) return;
    // What a desk or a bank gave back and nobody told of is the statement's to find; of disputes there are laws.
    const isDisputed = [...books.disputes.values()].some((told) => told.tradeNo === tradeNo);
    if (isDisputed || books.backOf(tradeNo).some(({ by }) => by === "desk")) return;
    const { state } = known.standing;
    if (BOUGHT.has(payment.verdict)) {
      const givenUp = state === "refunded";
      const law = "R3 an order whose money has all gone back is refunded, and no other";
      this.#auditor.law(givenUp === (leftMinor === 0), law, detail);
      const waits = state !== "unfilled" || this.#isLookedAt(charge);
      this.#auditor.law(
        waits,
        "R3 money without keys is looked at by a policy or a person",
        detail,
      );
      return;
    }
    const law = "R3 money that bought nothing has gone back, or is in front of a person";
    this.#auditor.law(open === (leftMinor === 0 ? 0 : 1), law, detail);
  }

  #openTasks({ accountId, tradeNo, orderRef }: Charge): number {
    return this.#tasks("state = 'open' AND reason <> 'disputed'", accountId, tradeNo, orderRef);
  }

  #isLookedAt({ accountId, tradeNo, orderRef }: Charge): boolean {
    return this.#tasks("state <> 'done'", accountId, tradeNo, orderRef) > 0;
  }

  #tasks(which: string, ...of: readonly [string, string, string]): number {
    const text = `SELECT 1 FROM tasks WHERE ${which} AND account_id = ?1 AND trade_no = ?2 AND order_id = ?3`;
    return this.#money.d1.rows(text, ...of).length;
  }
}
