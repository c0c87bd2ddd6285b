import type { Author } from "../../domain/audit.ts";
import type { AccountId } from "../../domain/ids.ts";
import {
  judgementOf,
  noticePurpose,
  type NoticeEntry,
  type NoticeJudgement,
  type NoticeRow,
} from "../../domain/payments/notice-row.ts";
import { unpackNotice, type RawNotice } from "../../domain/payments/raw-notice.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import { acceptPayment } from "./accept-payment.ts";
import type { DisputeBook } from "../disputes/dispute-ports.ts";
import type { HearingPorts } from "../refunds/hear-refund.ts";
import type { NoticeBook } from "./notice-ports.ts";
import type { PaymentAccount } from "./payment-ports.ts";
import type { Vault } from "../ports.ts";

interface Ports extends HearingPorts {
  readonly disputes: DisputeBook;
  readonly vault: Pick<Vault, "openText">;
  readonly noticeBook: Pick<NoticeBook, "rejudge">;
  readonly paymentAccounts: { accountNow(id: AccountId): Promise<PaymentAccount | null> };
}

export interface Replay {
  readonly before: Pick<NoticeJudgement, "verdict" | "checks">;
  readonly after: Pick<NoticeJudgement, "verdict" | "checks">;
  /** As it stands now. */
  readonly notice: NoticeRow;
}

/** The notice as it came; null where it was too long to keep. */
export async function rawOf(
  { vault }: Pick<Ports, "vault">,
  { id, sealedRaw }: Pick<NoticeRow, "id" | "sealedRaw">,
): Promise<RawNotice | null> {
  if (sealedRaw === null) return null;
  return unpackNotice(await vault.openText(noticePurpose(id), sealedRaw));
}

/**
 * Reads a kept notice again, with the account's credentials of today and its age as of the day it came, and gives
 * what it says to the order. The object takes each payment once, so a replay of what is settled changes
 * nothing; one that can no longer be verified, with credentials that have changed since, takes nothing back of
 * what was found then.
 */
export async function replayNotice(
  ports: Ports,
  row: NoticeRow,
  author: Author,
): Promise<Result<Replay, "not_kept">> {
  const found = await readAgain(ports, row, author.atMs);
  if (found === null) return err("not_kept");
  const audit = {
    ...author,
    action: "payment_notice.replay",
    subject: row.id,
    detail: { before: row.verdict, after: found.verdict },
  };
  const stands = found.genuine || !row.genuine;
  if (stands) await ports.noticeBook.rejudge(row.id, found, audit);
  else await ports.audit.append(audit);
  const notice = stands ? { ...row, ...found, replayedAtMs: author.atMs } : row;
  return ok({ before: row, after: found, notice });
}

/**
 * The same by the schedule, for what no order could take yet: it stands as it was, and in no log, until one has it or
 * never will. Answers whether that is so now.
 */
export async function replayUnheard(
  ports: Ports,
  row: NoticeRow,
  author: Author,
): Promise<boolean> {
  const found = await readAgain(ports, row, author.atMs);
  if (found === null || !found.genuine || found.matched === null) return false;
  const detail = { before: row.matched, after: found.matched };
  const audit = { ...author, action: "payment_notice.replay", subject: row.id, detail };
  await ports.noticeBook.rejudge(row.id, found, audit);
  return true;
}

/** Null where it was too long to keep, or its account is gone. */
async function readAgain(
  ports: Ports,
  row: NoticeRow,
  nowMs: number,
): Promise<NoticeJudgement | null> {
  const raw = await rawOf(ports, row);
  const account = await ports.paymentAccounts.accountNow(row.accountId);
  if (raw === null || account === null) return null;
  const kept: NoticeEntry[] = [];
  const notices = {
    keep: async (entry: NoticeEntry) => void kept.push(entry),
    keepLater: (entry: NoticeEntry) => void kept.push(entry),
  };
  const reading = await account.gateway.read(raw);
  await acceptPayment({ ...ports, notices }, account, { reading, raw });
  const [entry] = kept;
  if (entry === undefined) throw new Error("a notice was read and nothing was made of it");
  return judgementOf(entry, nowMs);
}
