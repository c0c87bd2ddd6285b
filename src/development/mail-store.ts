import type { Mail } from "../flows/ports.ts";
import { lazyTable } from "./lazy-table.ts";

const TABLE = `dev_mail (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL, "to" TEXT NOT NULL, subject TEXT NOT NULL,
  text TEXT NOT NULL, html TEXT NOT NULL, order_id TEXT, sent_at_ms INTEGER NOT NULL)`;

export interface CaughtMail {
  /** Grows with every mail that is caught. */
  readonly seq: number;
  /** The delivery's id: the same mail sent twice is here twice, under one id. */
  readonly id: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly order_id: string | null;
  readonly sent_at_ms: number;
}

export async function catchMail(db: D1Database, mail: Mail, nowMs: number): Promise<number> {
  await lazyTable(db, TABLE);
  const { meta } = await db
    .prepare(
      `INSERT INTO dev_mail (id, "to", subject, text, html, order_id, sent_at_ms)
       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)`,
    )
    .bind(mail.id, mail.to, mail.subject, mail.text, mail.html, orderOf(mail.id), nowMs)
    .run();
  return meta.last_row_id;
}

export interface MailQuery {
  readonly after: number;
  readonly limit: number;
  readonly to: string | null;
  readonly orderId: string | null;
}

/** Oldest first, so that `after` reads on where a page ended. */
export async function caughtMails(db: D1Database, query: MailQuery): Promise<CaughtMail[]> {
  await lazyTable(db, TABLE);
  const { results } = await db
    .prepare(
      `SELECT * FROM dev_mail WHERE seq > ?1 AND (?3 IS NULL OR "to" = ?3)
       AND (?4 IS NULL OR order_id = ?4) ORDER BY seq LIMIT ?2`,
    )
    .bind(query.after, query.limit, query.to, query.orderId)
    .all<CaughtMail>();
  return results;
}

/** For the page: newest first, without the bodies. */
export async function newestMails(
  db: D1Database,
  limit: number,
): Promise<Omit<CaughtMail, "text" | "html">[]> {
  await lazyTable(db, TABLE);
  const { results } = await db
    .prepare(
      `SELECT seq, id, "to", subject, order_id, sent_at_ms FROM dev_mail ORDER BY seq DESC LIMIT ?1`,
    )
    .bind(limit)
    .all<CaughtMail>();
  return results;
}

export async function caughtMail(db: D1Database, seq: number): Promise<CaughtMail | null> {
  await lazyTable(db, TABLE);
  return db.prepare("SELECT * FROM dev_mail WHERE seq = ?1").bind(seq).first<CaughtMail>();
}

/** A delivery's id carries its order's: `dlv_<order without "ord_">_<purpose>_<round>`. */
function orderOf(deliveryId: string): string | null {
  const order = /^dlv_([0-9a-z]+)_/.exec(deliveryId)?.[1];
  return order === undefined ? null : `ord_${order}`;
}
