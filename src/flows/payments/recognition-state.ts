import { parseOrderId, type AccountId, type OrderId } from "../../domain/ids.ts";
import type { Clock, Vault } from "../ports.ts";

/** Longer than a code of the app's is good. */
const GOOD_MS = 10 * 60_000;
const PURPOSE = "recognition";
const STATE = /^([0-9a-z]{28})([0-9a-z]{9})((?:[0-9a-f]{2}){20,45})$/;

export interface StateContent {
  readonly orderId: OrderId;
  readonly stockNumber: number;
  readonly isFresh: boolean;
}

/**
 * What goes to an app and back with a buyer who is to be recognized for an order: letters and digits, since apps take
 * no others, at most 128. It names the order, the account and an end, and cannot be made by anybody else. It opens
 * nothing of the order: whoever has it can have themselves recognized for it, and pay.
 */
export async function recognitionState(
  { vault, clock }: { readonly vault: Pick<Vault, "signText">; readonly clock: Clock },
  orderId: OrderId,
  accountId: AccountId,
): Promise<string> {
  const until = (clock.nowMs() + GOOD_MS).toString(36).padStart(9, "0");
  const mac = await vault.signText(PURPOSE, signedText(orderId, accountId, until));
  return `${orderId.slice(4)}${until}${hexOf(mac)}`;
}

/** Null for what we did not make for that account. */
export async function readState(
  { vault, clock }: { readonly vault: Pick<Vault, "isSigned">; readonly clock: Clock },
  state: string,
  accountId: AccountId,
): Promise<StateContent | null> {
  const [, number = "", until = "", hex = ""] = STATE.exec(state) ?? [];
  const order = parseOrderId(`ord_${number}`);
  if (order === null) return null;
  const signed = signedText(order.id, accountId, until);
  if (!(await vault.isSigned(PURPOSE, signed, textOfHex(hex)))) return null;
  const isFresh = clock.nowMs() <= Number.parseInt(until, 36);
  return { orderId: order.id, stockNumber: order.stockNumber, isFresh };
}

const signedText = (...parts: string[]) => parts.join(" ");

function hexOf(text: string): string {
  const bytes = new TextEncoder().encode(text);
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function textOfHex(hex: string): string {
  const pairs = hex.match(/../g) ?? [];
  return String.fromCharCode(...pairs.map((pair) => Number.parseInt(pair, 16)));
}
