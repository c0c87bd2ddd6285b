import type { AccountId } from "../domain/ids.ts";
import {
  callSeen,
  NOTHING_SEEN,
  noticeSeen,
  together,
  type Tally,
} from "../domain/payments/health.ts";
import type { Turns } from "../domain/overload/turns.ts";
import { OpeningTimes } from "../domain/payments/pace.ts";
import type {
  Opening,
  PaymentAccount,
  PaymentAccounts,
  PaymentGateway,
  PaymentRequest,
} from "../flows/payments/payment-ports.ts";
import { errorFields, RareLog } from "./log.ts";

/** An isolate writes what it saw of one account so often at most, and of so many accounts. */
const WRITE_EVERY_MS = 30_000;
const ACCOUNTS_MAX = 500;

interface World {
  readonly book: { add(id: AccountId, seen: Tally, nowMs: number): Promise<void> };
  readonly turns: Turns;
}

interface Watch {
  /** What was seen and is not written yet. */
  seen: Tally;
  writtenAtMs: number;
  readonly openings: OpeningTimes;
}

/**
 * What this isolate sees of gateways, and now and then writes down, behind the answer of whoever called.
 * Nobody waits for it and nothing fails by it. What an isolate saw last and did not write is lost with it.
 */
export function makeAccountHealth({ book, turns }: World) {
  const rareLog = new RareLog();
  const watches = new Map<AccountId, Watch>();

  function watchOf(id: AccountId): Watch | null {
    const known = watches.get(id);
    if (known !== undefined || watches.size >= ACCOUNTS_MAX) return known ?? null;
    const watch = { seen: NOTHING_SEEN, writtenAtMs: -Infinity, openings: new OpeningTimes() };
    watches.set(id, watch);
    return watch;
  }

  function note(id: AccountId, seen: Tally): void {
    const nowMs = turns.nowMs();
    const watch = watchOf(id);
    if (watch === null) return;
    watch.seen = together(watch.seen, seen);
    if (nowMs - watch.writtenAtMs < WRITE_EVERY_MS) return;
    watch.writtenAtMs = nowMs;
    const written = watch.seen;
    watch.seen = NOTHING_SEEN;
    turns.keepAlive(
      book.add(id, written, nowMs).catch((error: unknown) => {
        // The next turn writes it too.
        watch.seen = together(written, watch.seen);
        rareLog.warn("account_health_unwritten", id, nowMs, () => errorFields(error));
      }),
    );
  }

  return {
    /** How long a buyer waits for that account where another stands ready. */
    patienceMs: (id: AccountId) => (watches.get(id)?.openings ?? new OpeningTimes()).patienceMs(),
    /** Accounts whose calls and genuine notices are noted. Below the breaker: what it refuses was no call. */
    observed<Accounts extends PaymentAccounts>(accounts: Accounts): Accounts {
      const observed = new WeakMap<PaymentAccount, PaymentAccount>();
      return {
        ...accounts,
        async account(id) {
          const account = await accounts.account(id);
          if (account === null) return null;
          const known = observed.get(account);
          if (known !== undefined) return known;
          const made = {
            ...account,
            gateway: watched(
              account.gateway,
              turns,
              (s) => note(id, s),
              (ms) => watchOf(id)?.openings.note(ms),
            ),
          };
          observed.set(account, made);
          return made;
        },
      };
    },
  };
}

function watched(
  gateway: PaymentGateway,
  turns: Turns,
  note: (s: Tally) => void,
  noteOpening: (tookMs: number) => void,
): PaymentGateway {
  const timed = async <Outcome extends { readonly kind: string }>(
    work: () => Promise<Outcome>,
  ): Promise<Outcome> => {
    const beganAtMs = turns.nowMs();
    const outcome = await work();
    const atMs = turns.nowMs();
    if (outcome.kind !== "unsupported") {
      note(callSeen({ failure: failureOf(outcome), tookMs: atMs - beganAtMs, atMs }));
    }
    return outcome;
  };
  const opened = async (request: PaymentRequest): Promise<Opening> => {
    const beganAtMs = turns.nowMs();
    const opening = await timed(() => gateway.open(request));
    if (opening.kind !== "unavailable") noteOpening(turns.nowMs() - beganAtMs);
    return opening;
  };
  const { capabilities, settle } = gateway;
  return {
    ...gateway,
    open: (request) => (capabilities.opensByCall ? opened(request) : gateway.open(request)),
    query: (question) => timed(() => gateway.query(question)),
    refund: (request) => timed(() => gateway.refund(request)),
    ...(settle === undefined ? {} : { settle: (approved) => timed(() => settle(approved)) }),
    async read(notice) {
      const reading = await gateway.read(notice);
      if (reading.kind !== "invalid" && reading.kind !== "unavailable") {
        note(noticeSeen(turns.nowMs()));
      }
      return reading;
    },
  };
}

/** A refusal is an answer; what is not one is a failure, with whatever was wrong. */
function failureOf(outcome: { readonly kind: string }): string | null {
  if (outcome.kind !== "unavailable") return null;
  return "reason" in outcome && typeof outcome.reason === "string" ? outcome.reason : "unknown";
}
