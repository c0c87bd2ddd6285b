import { newId, type AccountId, type NoticeId } from "../domain/ids.ts";
import { withSignature } from "../domain/payments/notice.ts";
import { Memo } from "../domain/memory/memo.ts";
import type { Turns } from "../domain/overload/turns.ts";
import {
  judgementOf,
  noticePurpose,
  type NoticeEntry,
  type NoticeRow,
} from "../domain/payments/notice-row.ts";
import type { NoticeInbox, Vault } from "../flows/ports.ts";
import { packNotice } from "../domain/payments/raw-notice.ts";
import { errorFields, log } from "./log.ts";

/** The most of a notice that is kept for a replay, bytes: several times what any gateway sends. */
const RAW_MAX = 24_000;
const FORGED_RAW_MAX = 8_000;
/** Of what nobody signed an account keeps so many rows, the newest. */
const FORGED_ROWS_MAX = 100;
/** An isolate keeps so many of them in a minute; the others it only counts. */
const FORGED_PER_ACCOUNT = 30;
const FORGED_PER_MINUTE = 200;
const MINUTE_MS = 60_000;
/** Notices that come within this time are one write. */
const GATHER_MS = 100;
/** What waits to be written, at most: a minute of a rush while D1 does not answer. */
const WAITING_MAX = 5_000;
/** Whoever writes does so within the time that the platform gives a request after its answer. */
const AGAIN_AFTER_MS: readonly number[] = [1_000, 5_000];
const WRITER_MAX_MS = 30_000;
/** Rows that this isolate has written, so that the same notice again waits for no write of its own. */
const WRITTEN_MAX = 2_000;
const WRITTEN_MS = 10 * MINUTE_MS;

interface World {
  readonly book: { write(rows: readonly NoticeRow[], forgedMax: number): Promise<void> };
  readonly vault: Pick<Vault, "sealText">;
  readonly turns: Turns;
}

/**
 * The inbox as an isolate fills it: one write for all notices of a tenth of a second, made after their
 * answers. Anyone who has seen one genuine notice (a buyer finds one in their address bar) can send it a
 * thousand times, and anyone at all can send forged ones: the first are a number in a row, the others a
 * sample. An isolate that dies takes a tenth of a second of copies with it, and no money: that is in the
 * objects.
 */
export function makeNoticeInbox({ book, vault, turns }: World): NoticeInbox {
  let waiting: NoticeEntry[] = [];
  let writerUntilMs = 0;
  let lost = 0;
  const forged = new ForgedSample();
  const written = new Memo<{ readonly hasRaw: boolean }>(WRITTEN_MAX);

  async function write(entries: readonly NoticeEntry[]): Promise<void> {
    const named = await Promise.all(
      entries.map(async (entry) => ({ id: await idOf(entry), entry })),
    );
    const rows = await Promise.all(
      [...Map.groupBy(named, ({ id }) => id)].map(([id, same]) => {
        // Where this isolate wrote the row's raw material, it is there.
        const hasRaw = written.get(id, turns.nowMs())?.hasRaw === true;
        const told = same.map(({ entry }) => (hasRaw ? { ...entry, raw: null } : entry));
        return rowOf(vault, id, told);
      }),
    );
    await book.write(rows, FORGED_ROWS_MAX);
    const nowMs = turns.nowMs();
    for (const { id, sealedRaw } of rows) {
      const hasRaw = sealedRaw !== null || written.get(id, nowMs)?.hasRaw === true;
      written.set(id, { hasRaw }, nowMs + WRITTEN_MS);
    }
  }

  async function writeInTime(
    entries: readonly NoticeEntry[],
    [afterMs, ...later]: readonly number[],
  ): Promise<void> {
    try {
      return await write(entries);
    } catch (error) {
      if (afterMs === undefined) {
        return log("error", "notice_copies_lost", {
          notices: entries.length,
          ...errorFields(error),
        });
      }
      await turns.wait(afterMs);
      return writeInTime(entries, later);
    }
  }

  function enqueue(entry: NoticeEntry): void {
    if (waiting.length >= WAITING_MAX) {
      lost++;
      return;
    }
    if (lost > 0) log("error", "notice_copies_lost", { notices: lost });
    lost = 0;
    waiting.push(entry);
    const nowMs = turns.nowMs();
    // Whoever was to write may have been cut short with its request: another takes over.
    if (nowMs < writerUntilMs) return;
    writerUntilMs = nowMs + WRITER_MAX_MS;
    turns.keepAlive(gather());
  }

  async function gather(): Promise<void> {
    await turns.wait(GATHER_MS);
    const entries = waiting;
    waiting = [];
    writerUntilMs = 0;
    return writeInTime(entries, AGAIN_AFTER_MS);
  }

  return {
    async keep(entry) {
      const isWritten = written.get(await idOf(entry), turns.nowMs()) !== undefined;
      if (isWritten) enqueue(entry);
      else await write([entry]);
    },
    keepLater(entry) {
      if (entry.genuine || forged.mayKeep(entry.accountId, turns.nowMs())) enqueue(entry);
    },
  };
}

/** Which of the forged notices of a minute are kept: the first ones. */
class ForgedSample {
  #untilMs = 0;
  #kept = 0;
  readonly #perAccount = new Map<AccountId, number>();

  mayKeep(accountId: AccountId, nowMs: number): boolean {
    if (nowMs >= this.#untilMs) {
      this.#untilMs = nowMs + MINUTE_MS;
      this.#kept = 0;
      this.#perAccount.clear();
    }
    const ofAccount = this.#perAccount.get(accountId) ?? 0;
    if (ofAccount >= FORGED_PER_ACCOUNT || this.#kept >= FORGED_PER_MINUTE) return false;
    this.#kept++;
    this.#perAccount.set(accountId, ofAccount + 1);
    return true;
  }
}

/** What names a notice: whose it is and what it says, or its very bytes where nothing else does. */
async function idOf(entry: NoticeEntry): Promise<NoticeId> {
  const { accountId, tradeNo, orderRef, says, genuine, raw } = entry;
  const said = [accountId, genuine ? "genuine" : "forged", tradeNo, orderRef, says ?? ""].join(
    "\0",
  );
  const text = new TextEncoder();
  const head = text.encode(`${said}\0${says === null ? (raw?.query ?? "") : ""}\0`);
  const body = says === null && raw !== null ? raw.body : new Uint8Array(0);
  const all = new Uint8Array(head.length + body.length);
  all.set(head);
  all.set(body, head.length);
  return newId("notice", new Uint8Array(await crypto.subtle.digest("SHA-256", all)));
}

/** One row for a notice that came once or more often since the last write. */
async function rowOf(
  vault: Pick<Vault, "sealText">,
  id: NoticeId,
  entries: readonly NoticeEntry[],
): Promise<NoticeRow> {
  const [first, last] = [entries[0], entries.at(-1)];
  if (first === undefined || last === undefined) throw new Error("a row of no notice");
  const { merchantId, accountId, receivedAtMs } = first;
  // The same words may be an answer to a question of ours and a notice: then a notice has come.
  const source = entries.some((entry) => entry.source === "notice") ? "notice" : "query";
  const told = entries.find(({ raw }) => raw !== null) ?? first;
  const raw = told.raw;
  const checks = entries.reduce(
    (earlier, entry) => withSignature(entry.checks, earlier),
    first.checks,
  );
  const most = first.genuine ? RAW_MAX : FORGED_RAW_MAX;
  const packed = raw === null ? null : packNotice(raw, told.receivedAtMs, most);
  return {
    ...judgementOf({ ...last, checks }, last.receivedAtMs),
    id,
    merchantId,
    accountId,
    source,
    sealedRaw: packed === null ? null : await vault.sealText(noticePurpose(id), packed),
    receivedAtMs,
    lastReceivedAtMs: last.receivedAtMs,
    times: entries.length,
    replayedAtMs: null,
  };
}
