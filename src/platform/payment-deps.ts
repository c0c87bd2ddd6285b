import { makePaymentAccounts } from "../adapters/payments/accounts.ts";
import {
  makeDownloading,
  makeOutgoing,
  type OutgoingOptions,
} from "../adapters/payments/outgoing.ts";
import { GATEWAY_NAMES } from "../adapters/payments/registry.ts";
import { makeHealthBook } from "../db/payments/account-health.ts";
import type { Db } from "../db/db.ts";
import { makeDisputes } from "../db/disputes/disputes.ts";
import { makeVisitBook } from "../db/disputes/order-visits.ts";
import { makePaymentAccountBook } from "../db/payments/payment-accounts.ts";
import { makeNoticeBook } from "../db/payments/payment-notices.ts";
import { makePaymentOpenings } from "../db/payments/payment-openings.ts";
import { makePaymentQueries } from "../db/payments/payment-queries.ts";
import { makeTradeBook } from "../db/payments/reused-trades.ts";
import { makeRefunds } from "../db/payments/refunds.ts";
import { makeStatementFetches } from "../db/statements/statement-fetches.ts";
import { makeStatementReports } from "../db/statements/statement-reports.ts";
import { makeStatements } from "../db/statements/statements.ts";
import type { Patience } from "../domain/overload/patience.ts";
import type { Clock, Vault } from "../flows/ports.ts";
import { makeAccountHealth } from "./account-health.ts";
import type { BreakerBook } from "./breakers.ts";
import { systemEntropy } from "./clock.ts";
import { fileDigest } from "./file-digest.ts";
import { guardedAccounts } from "./guarded-gateways.ts";
import { makeNoticeInbox } from "./notice-inbox.ts";
import { makeOpeningPace } from "./opening-pace.ts";
import { makeTradeLook } from "./trade-look.ts";
import { makeVisitLog } from "./visit-log.ts";
import { workerTurns } from "./worker-turns.ts";

interface Below {
  readonly db: Db & { readonly $client: D1Database };
  /** For what isolates remember: not asked while D1 is down. */
  readonly reading: Db & { readonly $client: D1Database };
  readonly vault: Vault;
  readonly breakers: BreakerBook;
  readonly clock: Clock;
  readonly patience: Patience;
  readonly outgoing: OutgoingOptions;
}

/** The part of the composition root that has to do with money. */
export function paymentDeps({ db, reading, vault, breakers, clock, patience, outgoing }: Below) {
  const world = {
    clock,
    entropy: systemEntropy,
    send: makeOutgoing(outgoing),
    files: { download: makeDownloading(outgoing), digest: fileDigest },
    reachesThisMachine: outgoing.reachesThisMachine,
  };
  const accounts = makePaymentAccounts(makePaymentAccountBook(reading), vault, world, patience);
  const healthBook = makeHealthBook(db);
  const health = makeAccountHealth({ book: healthBook, turns: workerTurns });
  const noticeBook = makeNoticeBook(db);
  const visitBook = makeVisitBook(db);
  return {
    /** Accounts as the merchant keeps them; credentials sealed. */
    paymentAccountBook: makePaymentAccountBook(db),
    /** What gateways opened for orders. */
    paymentOpenings: makePaymentOpenings(db, clock, patience),
    /** Accounts at work: each with its gateway, credentials opened. */
    paymentAccounts: guardedAccounts(health.observed(accounts), breakers),
    healthBook,
    /** How long a buyer waits for one account where another stands ready. */
    openingPace: makeOpeningPace({ breakers, turns: workerTurns, patienceMs: health.patienceMs }),
    /** The same past their breakers, for a merchant who tests one. */
    unguardedAccounts: accounts,
    reachesThisMachine: outgoing.reachesThisMachine,
    gatewayNames: GATEWAY_NAMES,
    /** What gateways told us: where notices go, and what merchants read. */
    notices: makeNoticeInbox({ book: noticeBook, vault, turns: workerTurns }),
    noticeBook,
    /** Orders that gateways are to be asked about. */
    paymentQueries: makePaymentQueries(db),
    trades: makeTradeBook(db),
    tradeLook: makeTradeLook({ book: makeTradeBook(reading), turns: workerTurns }),
    refunds: makeRefunds(db),
    /** Cases that gateways opened, and who was shown keys. */
    disputes: makeDisputes(db),
    visitBook,
    visits: makeVisitLog({ book: visitBook, vault, turns: workerTurns }),
    /** Gateways' statements beside the books, and what was found. */
    statements: makeStatements(db),
    statementFetches: makeStatementFetches(db),
    statementReports: makeStatementReports(db),
  };
}
