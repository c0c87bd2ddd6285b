import type {
  GatewayUnavailable,
  PaymentAccount,
  PaymentAccounts,
  PaymentGateway,
} from "../flows/payments/payment-ports.ts";
import type { GuardedCall } from "../flows/ports.ts";
import type { BreakerBook } from "./breakers.ts";

/** What says nothing of whether the gateway is up: what we asked, or with which key, is wrong. */
const OURS: ReadonlySet<GatewayUnavailable["reason"]> = new Set([
  "address",
  "credentials",
  "other_order",
]);

type Outcome = { readonly kind: string } | GatewayUnavailable;

/**
 * Accounts whose gateways are called through a breaker of their own: a gateway that has stopped answering is
 * not waited for by each buyer in turn. Notices are read without it, and so is what needs no call.
 */
export function guardedAccounts<Accounts extends PaymentAccounts>(
  accounts: Accounts,
  breakers: Pick<BreakerBook, "of">,
): Accounts {
  const guarded = new WeakMap<PaymentAccount, PaymentAccount>();
  return {
    ...accounts,
    async account(id) {
      const account = await accounts.account(id);
      if (account === null) return null;
      const known = guarded.get(account);
      if (known !== undefined) return known;
      const gateway = guardedGateway(account.gateway, {
        breaker: breakers.of(`gateway:${account.id}`),
        // Another host, which may be down alone.
        ofApp: breakers.of(`gateway:${account.id}:app`),
      });
      const made = { ...account, gateway };
      guarded.set(account, made);
      return made;
    },
  };
}

interface Guards {
  readonly breaker: GuardedCall;
  readonly ofApp: GuardedCall;
}

function guardedGateway(gateway: PaymentGateway, { breaker, ofApp }: Guards): PaymentGateway {
  const through = async <Value extends Outcome>(
    work: () => Promise<Value>,
    guard = breaker,
  ): Promise<Value | GatewayUnavailable> => {
    const ran = await guard.run(work, { isFailure });
    return ran.ok ? ran.value : closedFor(ran.error.retryAfterMs);
  };
  const { capabilities, settle, statement, refundsOf, orderOf, recognition, sendEvidence } =
    gateway;
  return {
    ...gateway,
    open: capabilities.opensByCall
      ? (request) => through(() => gateway.open(request))
      : (request) => gateway.open(request),
    query: capabilities.query
      ? (question) => through(() => gateway.query(question))
      : (question) => gateway.query(question),
    refund:
      capabilities.refund === "none"
        ? (request) => gateway.refund(request)
        : (request) => through(() => gateway.refund(request)),
    ...(statement === undefined ? {} : { statement: (day) => through(() => statement(day)) }),
    ...(sendEvidence === undefined
      ? {}
      : { sendEvidence: (submission) => through(() => sendEvidence(submission)) }),
    ...(refundsOf === undefined
      ? {}
      : { refundsOf: (question) => through(() => refundsOf(question)) }),
    ...(orderOf === undefined ? {} : { orderOf: (tradeNo) => through(() => orderOf(tradeNo)) }),
    ...(recognition === undefined
      ? {}
      : {
          recognition: {
            ...recognition,
            openIdOf: (code) => through(() => recognition.openIdOf(code), ofApp),
          },
        }),
    ...(settle === undefined ? {} : { settle: (approved) => through(() => settle(approved)) }),
  };
}

function isFailure(outcome: Outcome): boolean {
  return outcome.kind === "unavailable" && "reason" in outcome && !OURS.has(outcome.reason);
}

function closedFor(retryAfterMs: number): GatewayUnavailable {
  const retryAfterSeconds = Math.ceil(retryAfterMs / 1_000);
  return { kind: "unavailable", reason: "breaker_open", retryAfterSeconds };
}
