import type { AccountId, MerchantId } from "../../domain/ids.ts";
import { dayWindow } from "../../domain/statements/day.ts";
import {
  summarize,
  type AccountDay,
  type DaySummary,
} from "../../domain/statements/day-summary.ts";
import { formatOfGateway, statementFormat } from "../../domain/statements/formats.ts";
import type { FetchRecord } from "./statement-fetch-ports.ts";
import type { AccountWindow, FoundOfKind, StatementRecord } from "./statement-ports.ts";

/** More than a merchant has. */
const ACCOUNTS_MAX = 500;

interface ListedAccount {
  readonly id: AccountId;
  readonly title: string;
  readonly gateway: string;
  readonly active: boolean;
}

interface Ports {
  readonly paymentAccountBook: {
    list(merchantId: MerchantId, afterId: string, limit: number): Promise<readonly ListedAccount[]>;
  };
  readonly statementReports: {
    ofDay(accountIds: readonly AccountId[], day: string): Promise<readonly StatementRecord[]>;
    found(ids: readonly StatementRecord["id"][]): Promise<readonly FoundOfKind[]>;
    unseen(windows: readonly AccountWindow[]): Promise<ReadonlyMap<AccountId, number>>;
  };
  readonly statementFetches: {
    list(
      merchantId: MerchantId,
      after: null,
      limit: number,
      filter: { readonly day: string },
    ): Promise<readonly FetchRecord[]>;
  };
}

export interface SummedUpDay {
  readonly summary: DaySummary;
  readonly reports: readonly StatementRecord[];
  readonly found: readonly FoundOfKind[];
}

/**
 * What is known of a merchant's day, on the calendar of each account's gateway: which statements were compared, what
 * of them is open, and what of our books was compared with none. An account that is not used any more is in it while
 * the day has something of it.
 */
export async function sumUpDay(
  ports: Ports,
  merchantId: MerchantId,
  day: string,
  nowMs: number,
): Promise<SummedUpDay> {
  const { paymentAccountBook, statementReports, statementFetches } = ports;
  const listed = await paymentAccountBook.list(merchantId, "", ACCOUNTS_MAX);
  const windows = listed.flatMap(({ id: accountId, gateway }) => {
    const format = formatOfGateway(gateway);
    const window = format === null ? null : dayWindow(statementFormat(format).zone, day);
    return window === null ? [] : [{ accountId, ...window }];
  });
  const ids = windows.map(({ accountId }) => accountId);
  const [reports, unseen, fetches] = await Promise.all([
    statementReports.ofDay(ids, day),
    statementReports.unseen(windows),
    statementFetches.list(merchantId, null, ACCOUNTS_MAX, { day }),
  ]);
  const found = await statementReports.found(reports.map(({ id }) => id));
  const accounts = listed
    .filter(({ id }) => ids.includes(id))
    .flatMap(({ id, title, gateway, active }) => {
      const report = reports.find(({ accountId }) => accountId === id) ?? null;
      const isDone = report !== null && report.finishedAtMs !== null;
      const account: AccountDay = {
        id,
        title,
        gateway,
        report: report && {
          id: report.id,
          isDone,
          rows: report.summary?.rows ?? report.rowsDone,
          matched: report.summary?.matched ?? 0,
        },
        fetch: fetches.find(({ accountId }) => accountId === id) ?? null,
        open: found.filter(({ statementId }) => statementId === report?.id),
        // What a report of the day lacks is a finding of it.
        uncompared: isDone ? 0 : (unseen.get(id) ?? 0),
      };
      const { report: told, fetch, uncompared } = account;
      return active || told !== null || fetch !== null || uncompared > 0 ? [account] : [];
    });
  const ends = windows.length > 0 ? windows : [dayWindow("utc", day)];
  const isOver = ends.every((window) => window !== null && window.toMs <= nowMs);
  return { summary: summarize(day, accounts, isOver), reports, found };
}
