import type { Money } from "../money.ts";

/** The most of a statement, bytes: 200,000 rows of a day at the longest that gateways write. */
export const STATEMENT_BYTES_MAX = 90 * 1024 * 1024;

/** Gateways whose statement we read; each has a file of its own here. */
export const STATEMENT_FORMATS = ["alipay", "wechat", "stripe", "epay"] as const;
export type StatementFormatName = (typeof STATEMENT_FORMATS)[number];

export const MOVEMENTS = ["payment", "refund"] as const;
/** Which way money went: to the merchant, or back. A dispute takes it back like a refund. */
export type Movement = (typeof MOVEMENTS)[number];

/** One movement of money, as the gateway's books have it. */
export interface StatementRow {
  readonly kind: Movement;
  /** The gateway's own number of the payment; of a refund: of the payment that it gives back. */
  readonly tradeNo: string;
  /** The number that the gateway was given for the order; null where its statement does not say. */
  readonly orderRef: string | null;
  /** Names one refund of several; null for payments, and where the statement does not say. */
  readonly refundRef: string | null;
  /** Never negative: `kind` says which way it went. */
  readonly money: Money;
  /** What of it reached the merchant before fees, where a coupon of theirs paid a part. */
  readonly receivedMinor: number;
  /** What the gateway kept, in the same currency; negative where it gave a fee back. */
  readonly feeMinor: number;
  readonly atMs: number;
}

/** What a statement says of itself at its end; null where it does not. */
export interface StatementTotals {
  /** Payments and refunds together. */
  readonly rows: number | null;
  readonly payments: number | null;
  readonly refunds: number | null;
  readonly paidMinor: number | null;
  readonly refundedMinor: number | null;
  readonly feeMinor: number | null;
}

export const NO_TOTALS: StatementTotals = {
  rows: null,
  payments: null,
  refunds: null,
  paidMinor: null,
  refundedMinor: null,
  feeMinor: null,
};

export const BAD_ROWS = ["columns", "number", "sum", "currency", "time", "status"] as const;
/** Which part of a row could not be read. A bad row is shown, never guessed at and never left out. */
export type BadRow = (typeof BAD_ROWS)[number];

/** What one record of a statement is. */
export type StatementReading =
  | { kind: "rows"; rows: readonly StatementRow[] }
  /** A heading, a blank line, a payment that nobody made, a payout: no money of an order. */
  | { kind: "ignored" }
  | { kind: "totals"; totals: Partial<StatementTotals> }
  | { kind: "bad"; what: BadRow }
  /** It names an account, and not the one that it was sent for. */
  | { kind: "other_account"; number: string };

/** Cells by column, of a row under a header that has been read. "" where the row is short. */
export type Cells<Column extends string> = (column: Column) => string;

/** How one gateway writes. Given to `statementReader`, which finds the header and keeps the place. */
export interface StatementFormat<Column extends string> {
  /** By which clocks the gateway's days begin. */
  readonly zone: "china" | "utc";
  /** Whether each file ends with its own totals: one that does not was cut off. */
  readonly endsWithTotals: boolean;
  /** Whether `"` holds a cell together; where it does not, it is a letter like any other. */
  readonly quotes: boolean;
  /** Each column's names, as the gateway has called it over the years. */
  readonly columns: Readonly<Record<Column, readonly string[]>>;
  /** Without these a line is no header. */
  readonly required: readonly Column[];
  /** The cells of a record, where a comma does not always end one. */
  cells?(record: readonly string[]): readonly string[];
  /** A cell without what the gateway puts around it against spreadsheets: tabs, back-ticks. */
  clean(cell: string): string;
  row(cells: Cells<Column>): StatementReading;
  /** The account's number at the gateway, where a line before the header names it. */
  heading?(cells: readonly string[]): string | null;
  /** Where each row names it. */
  readonly accountColumn?: Column;
  /** A record after the last row, if it is one: then there are no more rows. */
  footer?(cells: readonly string[]): StatementReading | null;
}

export const IGNORED: StatementReading = { kind: "ignored" };
export const bad = (what: BadRow): StatementReading => ({ kind: "bad", what });
