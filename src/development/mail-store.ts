import type { Mail, Vault } from "../flows/ports.ts";
import { lazyTable } from "./lazy-table.ts";

/** `sealed` is the mail's text and HTML: they show keys, and D1 shows none, here as in production. */
const TABLE = `dev_inbox (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL, "to" TEXT NOT NULL, subject TEXT NOT NULL,
  sealed TEXT NOT NULL, order_id TEXT, sent_at_ms INTEGER NOT NULL)`;

/** A mail as the list shows it. */
export interface MailHead {
  /** Grows with every mail that is caught. */
  readonly seq: number;
  /** The delivery's id: the same mail sent twice is here twice, under one id. */
  readonly id: string;
  readonly to: string;
  readonly subject: string;
  readonly order_id: string | null;
  readonly sent_at_ms: number;
}

export interface CaughtMail extends MailHead {
  readonly text: string;
  readonly html: string;
}

interface Row extends MailHead {
  readonly sealed: string;
}

/** Where mails lie, and what opens them. */
export interface MailBox {
  readonly db: D1Database;
  readonly vault: Pick<Vault, "sealText" | "openText">;
}

export async function catchMail({ db, vault }: MailBox, mail: Mail, nowMs: number) {
  await lazyTable(db, TABLE);
  const { id, to, subject, text, html } = mail;
  const sealed = await vault.sealText(purposeOf(id), JSON.stringify({ text, html }));
  const { meta } = await db
    .prepare(
      `INSERT INTO dev_inbox (id, "to", subject, sealed, order_id, sent_at_ms)
       VALUES (?1, ?2, ?3, ?4, ?5, ?6)`,
    )
    .bind(id, to, subject, sealed, orderOf(id), nowMs)
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
export async function caughtMails(box: MailBox, query: MailQuery): Promise<CaughtMail[]> {
  await lazyTable(box.db, TABLE);
  const { results } = await box.db
    .prepare(
      `SELECT * FROM dev_inbox WHERE seq > ?1 AND (?3 IS NULL OR "to" = ?3)
       AND (?4 IS NULL OR order_id = ?4) ORDER BY seq LIMIT ?2`,
    )
    .bind(query.after, query.limit, query.to, query.orderId)
    .all<Row>();
  return Promise.all(results.map((row) => open(box, row)));
}

/** For the page: newest first, without the bodies. */
export async function newestMails({ db }: MailBox, limit: number): Promise<MailHead[]> {
  await lazyTable(db, TABLE);
  const { results } = await db
    .prepare(
      `SELECT seq, id, "to", subject, order_id, sent_at_ms FROM dev_inbox ORDER BY seq DESC LIMIT ?1`,
    )
    .bind(limit)
    .all<MailHead>();
  return results;
}

export async function caughtMail(box: MailBox, seq: number): Promise<CaughtMail | null> {
  await lazyTable(box.db, TABLE);
  const found = box.db.prepare("SELECT * FROM dev_inbox WHERE seq = ?1").bind(seq);
  const row = await found.first<Row>();
  return row === null ? null : open(box, row);
}

async function open({ vault }: MailBox, { sealed, ...head }: Row): Promise<CaughtMail> {
  const body = JSON.parse(await vault.openText(purposeOf(head.id), sealed));
  const { text, html } = body as Pick<CaughtMail, "text" | "html">;
  return { ...head, text, html };
}

function purposeOf(deliveryId: string): string {
  return `inbox:${deliveryId}`;
}

/** A delivery's id carries its order's: `dlv_<order without "ord_">_<purpose>_<round>`. */
function orderOf(deliveryId: string): string | null {
  const order = /^dlv_([0-9a-z]+)_/.exec(deliveryId)?.[1];
  return order === undefined ? null : `ord_${order}`;
}
