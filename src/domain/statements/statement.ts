import type { Money } from "../money.ts";

/** Gateways whose statement we read; each has a file of its own here. */
export const STATEMENT_FORMATS = ["alipay", "wechat", "stripe", "epay"] as const;
export type StatementFormatName = (typeof STATEMENT_FORMATS)[number];

/** One movement of money, as the gateway's books have it. */
export interface StatementRow {
  readonly kind: "payment" | "refund";
  /** The gateway's own number of the payment; of a refund: of the payment that it gives back. */
  readonly tradeNo: string;
  /** The number that the gateway was given for the order; null where its statement does not say. */
  readonly orderRef: string | null;
  /** Names one refund of several; null for payments, and where the statement does not say. */
  readonly refundRef: string | null;
  /** Never negative: `kind` says which way it went. */
  readonly money: Money;
  /** What the gateway kept, in the same currency; negative where it gave a fee back. */
  readonly feeMinor: number;
  readonly atMs: number;
}

/** What a statement says of itself at its end; null where it does not. */
export interface StatementTotals {
  readonly rows: number | null;
  readonly paidMinor: number | null;
  readonly refundedMinor: number | null;
  readonly feeMinor: number | null;
}

export const BAD_ROWS = ["columns", "number", "sum", "currency", "time", "status"] as const;
/** Which part of a row could not be read. A bad row is shown, never guessed at and never left out. */
export type BadRow = (typeof BAD_ROWS)[number];

/** What one record of a statement is. */
export type StatementReading =
  | { kind: "rows"; rows: readonly StatementRow[] }
  /** A heading, a blank line, a payment that nobody made, a payout: no money of an order. */
  | { kind: "ignored" }
  | { kind: "totals"; totals: StatementTotals }
  | { kind: "bad"; what: BadRow };

/** Cells by column, of a row under a header that has been read. "" where the row is short. */
export type Cells<Column extends string> = (column: Column) => string;

/** How one gateway writes. Given to `statementReader`, which finds the header and keeps the place. */
export interface StatementFormat<Column extends string> {
  /** Each column's names, as the gateway has called it over the years. */
  readonly columns: Readonly<Record<Column, readonly string[]>>;
  /** Without these a line is no header. */
  readonly required: readonly Column[];
  /** A cell without what the gateway puts around it against spreadsheets: tabs, back-ticks. */
  clean(cell: string): string;
  row(cells: Cells<Column>): StatementReading;
  /** A record after the last row, if it is one: then there are no more rows. */
  footer?(cells: readonly string[]): StatementReading | null;
}

export const IGNORED: StatementReading = { kind: "ignored" };
export const bad = (what: BadRow): StatementReading => ({ kind: "bad", what });
