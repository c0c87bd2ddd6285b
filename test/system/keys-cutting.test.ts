import fc from "fast-check";
import Papa from "papaparse";
import { describe, expect, test } from "vitest";
import { PartMaker, type Part } from "../../scripts/keys/parts.ts";
import {
  BadFile,
  RecordReader,
  RECORD_CHARACTERS_MAX,
  type Format,
} from "../../scripts/keys/records.ts";
import { parseKeyCsv, parseKeyLines, type KeyFile } from "../../src/domain/keys/key-file.ts";

const context = { variants: [] };

/** The parts of a text that comes in chunks of those lengths, over and over. */
function cut(text: string, format: Format, chunks: readonly number[], recordsMax: number) {
  const reader = new RecordReader(format);
  const maker = new PartMaker(format, recordsMax);
  const parts: Part[] = [];
  const take = (part: Part | null) => {
    if (part !== null) parts.push(part);
  };
  let at = 0;
  for (let turn = 0; at < text.length; turn++) {
    const length = chunks[turn % chunks.length] ?? 1;
    for (const record of reader.push(text.slice(at, at + length))) take(maker.add(record));
    at += length;
  }
  for (const record of reader.end()) take(maker.add(record));
  take(maker.finish());
  return { parts, blank: maker.blank };
}

function parsed(text: string, format: Format): KeyFile {
  const read = format === "csv" ? parseKeyCsv(text, context) : parseKeyLines(text, context);
  if (!read.ok) throw new Error(read.error.reason);
  return read.value;
}

/** Every record of a file by its place, and what the shop makes of it: its key, or why not. */
function judged(file: KeyFile, placeOf: (line: number) => number): [number, string][] {
  return [
    ...file.keys.map((key): [number, string] => [
      placeOf(key.line),
      JSON.stringify([key.secret, key.note]),
    ]),
    ...file.rejected.map(({ line, reason }): [number, string] => [placeOf(line), reason]),
  ].toSorted(([a], [b]) => a - b);
}

const chunks = fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 5 });
const recordsMax = fc.integer({ min: 1, max: 4 });
const pieces = (...characters: string[]) =>
  fc.array(fc.constantFrom(...characters), { maxLength: 40 }).map((list) => list.join(""));

describe("a file that is cut anywhere holds the same keys as the whole", () => {
  test("one key a line, whatever ends the lines, with its line in the file", () => {
    const text = pieces(
      "a",
      "b",
      "c",
      " ",
      "\n",
      "\r",
      "\r\n",
      '"',
      ",",
      "密",
      "\u{1F511}",
      "\u0001",
    );
    fc.assert(
      fc.property(text, chunks, recordsMax, (given, lengths, most) => {
        const whole = parsed(given, "lines");
        const { parts, blank } = cut(given, "lines", lengths, most);
        const inParts = parts.flatMap((part) =>
          judged(
            withDuplicates(parsed(part.text, "lines"), part.text.split("\n")),
            (line) => part.lines[line - 1] ?? 0,
          ),
        );
        const inWhole = judged(withDuplicates(whole, given.split(/\r\n|\n|\r/)), (line) => line);
        expect(inParts).toEqual(inWhole);
        expect(blank).toBe(whole.blank);
        for (const part of parts) expect(part.lines.length).toBeLessThanOrEqual(most);
      }),
      { numRuns: 2_000 },
    );
  });

  const field = pieces("a", "b", " ", ",", '"', "\n", "密");
  const records = fc.array(fc.tuple(field, field), { minLength: 1, maxLength: 12 });
  const newlines = fc.constantFrom("\n", "\r\n", "\r");

  test("a CSV, its quoted fields whole, whatever is in them", () => {
    fc.assert(
      fc.property(records, newlines, chunks, recordsMax, (rows, newline, lengths, most) => {
        const text = Papa.unparse([["key", "note"], ...rows], { newline, quotes: true });
        expectSameCsv(text, lengths, most);
      }),
      { numRuns: 2_000 },
    );
  });

  test("a CSV whose quotes are a mess, its bad records and its good ones", () => {
    const mess = pieces("a", "b", " ", ",", '"', '"', "\n", "\n");
    fc.assert(
      fc.property(mess, chunks, recordsMax, (text, lengths, most) => {
        expectSameCsv(`key,note\n${text}\n`, lengths, most);
      }),
      { numRuns: 3_000 },
    );
  });
});

/** What is a duplicate depends on where a file is cut: here it counts as the key that it is. */
function withDuplicates(file: KeyFile, lines: readonly string[]): KeyFile {
  const again = file.duplicates.map(({ line }) => ({
    line,
    secret: (lines[line - 1] ?? "").trim(),
    note: null,
    variantId: null,
    expiresAtMs: null,
    costMinor: null,
  }));
  return { ...file, keys: [...file.keys, ...again] };
}

/** By number of record: the n-th of the parts is the n-th of the whole. */
function expectSameCsv(text: string, lengths: readonly number[], most: number): void {
  const whole = parsed(text, "csv");
  const { parts, blank } = cut(text, "csv", lengths, most);
  const inParts: [number, string][] = [];
  const again = new Set<number>();
  let before = 0;
  for (const part of parts) {
    const file = parsed(part.text, "csv");
    const offset = before;
    inParts.push(...judged(file, (line) => offset + line));
    for (const { line } of file.duplicates) again.add(offset + line);
    before += part.lines.length;
  }
  const repeated = new Set(whole.duplicates.map(({ line }) => line));
  const first = inParts.filter(([place]) => !repeated.has(place));
  expect(first).toEqual(judged(whole, (line) => line));
  expect(before).toBe(whole.keys.length + whole.duplicates.length + whole.rejected.length);
  for (const place of again) expect(repeated).toContain(place);
  // Where a file ends within a blank record, the shop does not count that one.
  expect([whole.blank, whole.blank + 1]).toContain(blank);
}

describe("records", () => {
  test("of a CSV are found by the line on which they begin", () => {
    const reader = new RecordReader("csv");
    const records = [
      ...reader.push('key,note\r\nA,"two\r\nlines"\r\n"B'),
      ...reader.push('\nB",x\nC,'),
      ...reader.end(),
    ];
    expect(records).toEqual([
      { text: "key,note", line: 1 },
      { text: 'A,"two\r\nlines"', line: 2 },
      { text: '"B\nB",x', line: 4 },
      { text: "C,", line: 6 },
    ]);
  });

  test.each([
    ["lines", "a\n"],
    ["csv", 'key\n"a'],
  ] as const)(
    "of %s that never end are refused by their line, before they fill the memory",
    (format, start) => {
      const reader = new RecordReader(format);
      reader.push(start);
      const chunk = "x".repeat(RECORD_CHARACTERS_MAX / 4);
      expect(() => {
        for (let i = 0; i < 8; i++) reader.push(chunk);
      }).toThrow(
        new BadFile(
          `Line 2 is longer than ${RECORD_CHARACTERS_MAX} characters, or a quote that opens in it is never closed.`,
        ),
      );
    },
  );

  test("of a part stay within a call, however long they are", () => {
    const maker = new PartMaker("lines");
    const text = "x".repeat(RECORD_CHARACTERS_MAX);
    const parts = [1, 2, 3].map((line) => maker.add({ text, line }));
    expect(parts.map((part) => part?.lines)).toEqual([undefined, [1], [2]]);
    expect(maker.finish()?.text).toBe(`${text}\n`);
  });
});
