import type { OrderSnapshot } from "../../../durable-objects/product-stock/contract.ts";
import { paymentAction, type Payer } from "./payment-action.ts";
import type { PaymentAccount, PaymentAction } from "./payment-ports.ts";
import type { Recognition } from "./recognition-ports.ts";

type Ports = Parameters<typeof paymentAction>[0];

/** What came of a buyer's way through an app: the payment that was opened for them, or why there is none. */
export type RecognizedBuyer =
  | { readonly kind: "opened"; readonly action: PaymentAction }
  /** The order waits for no money any more. */
  | { readonly kind: "settled" }
  /** `reason`: the app's own word, or why it could not be heard. */
  | { readonly kind: "not_recognized"; readonly reason: string }
  | { readonly kind: "not_opened" };

export interface Return {
  readonly order: OrderSnapshot;
  readonly account: PaymentAccount;
  readonly recognition: Recognition;
  /** Null where the app sent none: nobody was recognized. */
  readonly code: string | null;
  readonly payer: Omit<Payer, "recognized">;
}

/**
 * Asks the app who a code is for and opens the payment for them, in one breath: who it was is nowhere kept. A way back
 * that is gone twice (apps load pages again) finds what was opened before and asks about no code.
 */
export async function recognizeBuyer(
  ports: Ports,
  { order, account, recognition, code, payer }: Return,
): Promise<RecognizedBuyer> {
  const { state, paymentAccountId, id: orderId } = order;
  // Moved on to another account meanwhile: a code of this one's app is worth nothing there.
  if (state !== "pending" || paymentAccountId !== account.id) return { kind: "settled" };
  const key = { orderId, accountId: account.id, device: recognition.inside };
  const known = await ports.paymentOpenings.find(key).catch(() => null);
  if (known !== null) return { kind: "opened", action: known.action };
  if (code === null) return { kind: "not_recognized", reason: "no code" };
  const answer = await recognition.openIdOf(code);
  if (answer.kind !== "recognized") return { kind: "not_recognized", reason: answer.reason };
  const recognized = { accountId: account.id, openId: answer.openId };
  const action = await paymentAction(ports, order, {
    ...payer,
    // Whatever their browser says of itself: what is opened is for them inside the app, and for no other place.
    surface: recognition.inside,
    recognized,
  });
  if (action === null) return { kind: "settled" };
  return action.action === "none" ? { kind: "not_opened" } : { kind: "opened", action };
}
