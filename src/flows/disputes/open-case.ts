import type { AccountId, MerchantId, OrderId } from "../../domain/ids.ts";
import { parseOrderId } from "../../domain/ids.ts";
import { Unavailable } from "../../domain/overload/unavailable.ts";
import type { PaymentGateway } from "../payments/payment-ports.ts";
import type { DisputeReading } from "./dispute-ports.ts";
import { hearDispute, type DisputePorts } from "./hear-dispute.ts";

interface Told {
  readonly merchantId: MerchantId;
  readonly accountId: AccountId;
  readonly receivedAtMs: number;
  readonly gateway: Pick<PaymentGateway, "orderOf">;
}

/** Its case was not written: the gateway is to tell it again so soon, seconds. */
const AGAIN_AFTER_SECONDS = 5;

/**
 * A dispute has its case before the gateway hears "success", and its order has heard where anybody can say which it
 * is: the notice, the book of payments, or the gateway. Its repeat heals a crash in between; where nobody could say,
 * the schedule looks again.
 */
export async function openCase(
  ports: DisputePorts,
  { merchantId, accountId, receivedAtMs: toldAtMs, gateway }: Told,
  reading: DisputeReading,
): Promise<void> {
  const { tradeNo, disputeNo, state, money, orderRef } = reading;
  const orderId = parseOrderId(orderRef ?? "")?.id ?? null;
  const { saidAtMs = 0, reason = null, evidenceDueAtMs = null } = reading;
  const named = { merchantId, accountId, tradeNo, orderId, disputeNo };
  const told = { ...named, state, saidAtMs, money, reason, evidenceDueAtMs, toldAtMs };
  const tell = (about: OrderId | null) =>
    ports.disputes.tell({ ...told, orderId: about }).catch((cause: unknown) => {
      throw new Unavailable("notices", AGAIN_AFTER_SECONDS, { cause });
    });
  const written = await tell(orderId);
  if (written.orderId !== null) return void (await hearDispute(ports, written));
  // The case is written first: the question may take seconds, and its answer may never come.
  const asked = await orderByGateway(gateway, tradeNo);
  // Told again with its order it is the same case; of another merchant's order `hearDispute` tells nothing.
  await hearDispute(ports, asked === null ? written : await tell(asked));
}

async function orderByGateway(
  gateway: Pick<PaymentGateway, "orderOf">,
  tradeNo: string,
): Promise<OrderId | null> {
  const answer = await gateway.orderOf?.(tradeNo);
  return answer?.kind === "order" ? (parseOrderId(answer.orderRef ?? "")?.id ?? null) : null;
}
