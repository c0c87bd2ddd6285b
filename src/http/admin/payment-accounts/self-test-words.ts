import type { GatewayUnavailable } from "../../../flows/payments/payment-ports.ts";
import type { TestStep } from "../../../flows/payments/test-payment-account.ts";

type Reason = GatewayUnavailable["reason"];

/** What went wrong between us and the gateway, and where to look for it. */
const WORDS: Readonly<Record<Reason, string>> = {
  address: "The gateway's address is not one that can be called: it must be public and https.",
  network:
    "Nobody answers at the gateway's address, or it hung up. Check the address, and whether the gateway is up.",
  timeout: "The gateway was reached and did not answer within 8 seconds.",
  redirect:
    "The gateway sent us to another address, which is not followed. Enter the address that it ends up at.",
  status:
    "The gateway answered that it has an error of its own, or that it is asked too often. Try again in some minutes.",
  too_large: "The answer is far longer than any gateway's. Something else is at this address.",
  not_understood:
    "What answers is not this kind of gateway, or another version of it. Check that the address is the folder of the gateway itself.",
  signature:
    "The answer is not signed with the key that you entered as the gateway's. Check its public key.",
  other_order:
    "The gateway answered about another order or another sum than it was asked about. Do not sell with it.",
  credentials:
    "The gateway does not take these credentials. Check the merchant's number and the key, and that the service is enabled there.",
  breaker_open: "The gateway was not asked, since it has not been answering.",
};

const isReason = (detail: string): detail is Reason => Object.hasOwn(WORDS, detail);

/** What a merchant reads of a step that failed: what is wrong, and what to do. Null for any other step. */
export function plainWords({ step, outcome, detail }: TestStep): string | null {
  if (outcome !== "failed") return null;
  switch (step) {
    case "notify_address":
      return "No gateway can reach the address that it is to report payments to. Set PUBLIC_ORIGIN to the shop's public https address.";
    case "own_signature":
      return "What we sign with this key does not hold against it. Enter the key again, without spaces around it.";
    case "credentials":
      return WORDS.credentials;
    case "address":
    case "answer":
    case "open":
    case "query":
      if (detail !== null && isReason(detail)) return WORDS[detail];
      return `The gateway refused ${step === "query" ? "to be asked" : "the payment"}. It says: ${detail ?? "nothing"}`;
    default:
      return step satisfies never;
  }
}
