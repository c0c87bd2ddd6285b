import Papa from "papaparse";
import { AMOUNT_MINOR_MAX } from "../money.ts";
import { err, ok, type Result } from "../result.ts";

/** The most keys of one import. */
export const KEYS_MAX = 10_000;
/**
 * The longest key, in Unicode characters (code points): what people count, so that one with emoji
 * is not cut shorter than one without.
 */
export const KEY_CHARACTERS_MAX = 4_096;
const NOTE_CHARACTERS_MAX = 1_000;

/** A key as the merchant gave it: without its outer white space, otherwise byte for byte. */
export interface FileKey {
  /** From 1: the line of a text, the record of a CSV after its header, the place in a list. */
  readonly line: number;
  readonly secret: string;
  readonly note: string | null;
  readonly variantId: string | null;
  readonly expiresAtMs: number | null;
  readonly costMinor: number | null;
}

export const REJECTIONS = [
  "empty_key",
  "too_long",
  /** Control characters other than tab and line break: nobody can type or see them. */
  "control_character",
  /** A lone surrogate, which UTF-8 cannot carry (only JSON can spell one). */
  "invalid_unicode",
  "note_too_long",
  "unknown_variant",
  "bad_expires_at",
  "bad_cost_minor",
  "extra_column",
  "bad_quotes",
] as const;
export type Rejection = (typeof REJECTIONS)[number];

export interface KeyFile {
  readonly keys: readonly FileKey[];
  /** The second and later times that a key stands in the file. */
  readonly duplicates: readonly { line: number; firstLine: number }[];
  readonly rejected: readonly { line: number; reason: Rejection }[];
  /** Empty lines: they mean nothing. */
  readonly blank: number;
}

export type KeyFileRefusal =
  | { reason: "too_many_keys"; limit: number }
  | { reason: "bad_header"; message: string };

/** A key of a list or record, before it is judged. Texts as they came, "" where none was given. */
export interface RawKey {
  readonly key: string;
  readonly note: string;
  readonly variant: string;
  readonly expiresAt: string;
  readonly costMinor: string;
}

/** What an import may refer to: the ids of the product's variants. */
interface Context {
  readonly variants: readonly string[];
}

/** One key a line; LF, CRLF and CR end a line, and a BOM before the first is none of it. */
export function parseKeyLines(text: string, context: Context): Result<KeyFile, KeyFileRefusal> {
  const lines = text.replace(/^\u{FEFF}/u, "").split(/\r\n|\n|\r/);
  // What follows the last line break is a line only if something is there.
  if (lines.at(-1) === "") lines.pop();
  const sorting = new Sorting(context);
  for (const [index, line] of lines.entries()) {
    const key = line.trim();
    if (key === "") sorting.blank++;
    else sorting.add(index + 1, { ...EMPTY, key });
  }
  return sorting.done();
}

const COLUMNS = {
  key: "key",
  note: "note",
  variant: "variant",
  expires_at: "expiresAt",
  cost_minor: "costMinor",
} as const;
type Column = keyof typeof COLUMNS;

/** RFC 4180 with a header that names its columns, in any order; `key` is the one it must have. */
export function parseKeyCsv(text: string, context: Context): Result<KeyFile, KeyFileRefusal> {
  // One delimiter and no guessing: a key with semicolons or tabs must not change how it is read.
  const parsed = Papa.parse<string[]>(text.replace(/^\u{FEFF}/u, ""), { delimiter: "," });
  const [header = [], ...records] = parsed.data;
  const columns = readHeader(header);
  if (!columns.ok) return columns;
  const badlyQuoted = new Set(parsed.errors.map((error) => error.row));

  const sorting = new Sorting(context);
  let number = 0;
  for (const [index, record] of records.entries()) {
    if (record.length === 1 && record[0]?.trim() === "") {
      // The break at the file's end is not a blank line.
      if (index < records.length - 1) sorting.blank++;
      continue;
    }
    number++;
    if (badlyQuoted.has(index + 1)) sorting.reject(number, "bad_quotes");
    else if (record.length > columns.value.length) sorting.reject(number, "extra_column");
    else sorting.add(number, recordKey(columns.value, record));
  }
  return sorting.done();
}

function readHeader(header: readonly string[]): Result<Column[], KeyFileRefusal> {
  const names = header.map((name) => name.trim().toLowerCase());
  const refuse = (message: string) => err({ reason: "bad_header", message } as const);
  const unknown = names.find((name) => !Object.hasOwn(COLUMNS, name));
  if (!names.includes("key"))
    return refuse(
      `The first record must name the columns: ${Object.keys(COLUMNS).join(", ")}; "key" is missing.`,
    );
  if (unknown !== undefined)
    return refuse(`A column is not known; these are: ${Object.keys(COLUMNS).join(", ")}.`);
  if (new Set(names).size !== names.length) return refuse("A column is named twice.");
  return ok(names as Column[]);
}

function recordKey(columns: readonly Column[], record: readonly string[]): RawKey {
  const raw = { ...EMPTY };
  for (const [index, column] of columns.entries())
    raw[COLUMNS[column]] = (record[index] ?? "").trim();
  return raw;
}

/** Keys that came as a list: of JSON, or typed in by a person. */
export function parseKeyList(
  list: readonly Partial<RawKey>[],
  context: Context,
): Result<KeyFile, KeyFileRefusal> {
  const sorting = new Sorting(context);
  for (const [index, raw] of list.entries()) {
    const trimmed = Object.entries(raw).map(([name, text]) => [name, text?.trim() ?? ""]);
    sorting.add(index + 1, { ...EMPTY, ...Object.fromEntries(trimmed) });
  }
  return sorting.done();
}

const EMPTY = { key: "", note: "", variant: "", expiresAt: "", costMinor: "" };

/** Puts each record where it belongs. What was rejected is not the first of anything. */
class Sorting {
  blank = 0;
  readonly #context: Context;
  readonly #keys: FileKey[] = [];
  readonly #firstLines = new Map<string, number>();
  readonly #duplicates: { line: number; firstLine: number }[] = [];
  readonly #rejected: { line: number; reason: Rejection }[] = [];
  #records = 0;

  constructor(context: Context) {
    this.#context = context;
  }

  reject(line: number, reason: Rejection): void {
    this.#records++;
    this.#rejected.push({ line, reason });
  }

  add(line: number, raw: RawKey): void {
    const read = readKey(line, raw, this.#context);
    if (!read.ok) return this.reject(line, read.error);
    this.#records++;
    const firstLine = this.#firstLines.get(raw.key);
    if (firstLine !== undefined) {
      this.#duplicates.push({ line, firstLine });
      return;
    }
    this.#firstLines.set(raw.key, line);
    this.#keys.push(read.value);
  }

  /** Too many is judged by what was given, not by what was good: half a file is never imported. */
  done(): Result<KeyFile, KeyFileRefusal> {
    if (this.#records > KEYS_MAX) return err({ reason: "too_many_keys", limit: KEYS_MAX });
    return ok({
      keys: this.#keys,
      duplicates: this.#duplicates,
      rejected: this.#rejected,
      blank: this.blank,
    });
  }
}

function readKey(line: number, raw: RawKey, { variants }: Context): Result<FileKey, Rejection> {
  const flaw =
    flawOf(raw.key) ?? (longerThan(raw.note, NOTE_CHARACTERS_MAX) ? "note_too_long" : null);
  if (flaw !== null) return err(flaw);
  if (raw.variant !== "" && !variants.includes(raw.variant)) return err("unknown_variant");
  const expiresAtMs = raw.expiresAt === "" ? null : parseTime(raw.expiresAt);
  if (Number.isNaN(expiresAtMs)) return err("bad_expires_at");
  const costMinor = raw.costMinor === "" ? null : parseCost(raw.costMinor);
  if (Number.isNaN(costMinor)) return err("bad_cost_minor");
  return ok({
    line,
    secret: raw.key,
    note: raw.note === "" ? null : raw.note,
    variantId: raw.variant === "" ? null : raw.variant,
    expiresAtMs,
    costMinor,
  });
}

// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const CONTROL = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F]/;

function flawOf(key: string): Rejection | null {
  if (key === "") return "empty_key";
  if (longerThan(key, KEY_CHARACTERS_MAX)) return "too_long";
  if (CONTROL.test(key)) return "control_character";
  if (!key.isWellFormed()) return "invalid_unicode";
  return null;
}

/** Counts code points only where UTF-16 units leave it open: at most two of them make one. */
function longerThan(text: string, charactersMax: number): boolean {
  if (text.length <= charactersMax) return false;
  return text.length > 2 * charactersMax || Array.from(text).length > charactersMax;
}

/** RFC 3339 §5.6 with a zone; NaN for anything else, a day that no calendar has among it. */
function parseTime(text: string): number {
  const match = /^(\d{4}-\d\d-\d\d)[Tt]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:\d\d)$/.exec(
    text,
  );
  const day = Date.parse(`${match?.[1]}T00:00:00Z`);
  // The platform rolls 31 April over to May; a merchant's slip must not become another date.
  if (Number.isNaN(day) || new Date(day).toISOString().slice(0, 10) !== match?.[1])
    return Number.NaN;
  return Date.parse(text.toUpperCase());
}

function parseCost(text: string): number {
  const value = /^\d{1,12}$/.test(text) ? Number(text) : Number.NaN;
  return value <= AMOUNT_MINOR_MAX ? value : Number.NaN;
}
