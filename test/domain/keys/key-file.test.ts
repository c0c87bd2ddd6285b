import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  KEY_CHARACTERS_MAX,
  KEYS_MAX,
  parseKeyCsv,
  parseKeyLines,
  parseKeyList,
  type KeyFile,
} from "../../../src/domain/keys/key-file.ts";
import type { Result } from "../../../src/domain/result.ts";

const none = { variants: [] };
const plans = { variants: ["30d", "1y"] };

function data(name: string): string {
  return readFileSync(new URL(`../../data/keys/${name}`, import.meta.url), "utf8");
}

function good(result: Result<KeyFile, unknown>): KeyFile {
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}

const lines = (text: string) => good(parseKeyLines(text, none));
const csv = (text: string) => good(parseKeyCsv(text, plans));
const secrets = (file: KeyFile) => file.keys.map((key) => key.secret);
const reasons = (file: KeyFile) => file.rejected.map((each) => each.reason);

describe("files as merchants paste them", () => {
  it("takes ten thousand plain keys as they stand", () => {
    const file = lines(data("plain-10000.txt"));
    expect(secrets(file)).toEqual(data("plain-10000.txt").trimEnd().split("\n"));
    expect(file).toMatchObject({ duplicates: [], rejected: [], blank: 0 });
  });

  it("says of the messy file what its expectation says", () => {
    const file = lines(data("messy.txt"));
    const duplicates = file.duplicates.map(({ line, firstLine }) => ({
      line,
      first_line: firstLine,
    }));
    expect({
      accepted: file.keys.length,
      duplicates,
      rejected: file.rejected,
      blank: file.blank,
      lines: file.keys.length + duplicates.length + file.rejected.length + file.blank,
    }).toEqual(JSON.parse(data("messy.expected.json")));
  });

  it("says of the export what its expectation says", () => {
    const file = csv(data("export.csv"));
    expect({
      records: file.keys.length + file.duplicates.length + file.rejected.length,
      accepted: file.keys.length,
      duplicates: file.duplicates.length,
      rejected: file.rejected.map(({ line, reason }) => ({ record: line, reason })),
    }).toEqual(without(JSON.parse(data("export.expected.json")), "note"));
    expect(file.keys[3]).toEqual({
      line: 4,
      secret: "6CMN-LB2Z-6D3W",
      note: "line one\nline two",
      variantId: null,
      expiresAtMs: Date.parse("2027-06-30T00:00:00Z"),
      costMinor: null,
    });
  });
});

describe("keys one a line", () => {
  it("keeps every byte between the outer white space", () => {
    const odd = ['=HYPERLINK("x")', "<b>'; DROP TABLE keys;--", "a\tb", "码：1\u3000至 2", "🎮K"];
    expect(secrets(lines(odd.map((key) => ` \t${key}\u3000 `).join("\r\n")))).toEqual(odd);
  });

  it("keeps a BOM that is not the file's first character: it is part of a key", () => {
    expect(secrets(lines("a\u{FEFF}b"))).toEqual(["a\u{FEFF}b"]);
    expect(secrets(csv("\u{FEFF}key\na\u{FEFF}b"))).toEqual(["a\u{FEFF}b"]);
    expect(secrets(csv("key\na\u{FEFF}b"))).toEqual(["a\u{FEFF}b"]);
  });

  it("drops a BOM and reads LF, CRLF and CR alike", () => {
    expect(secrets(lines("\u{FEFF}a\nb\r\nc\rd"))).toEqual(["a", "b", "c", "d"]);
  });

  it("counts characters as people do: 4,096 emoji are a key, one more is too long", () => {
    const longest = "🎮".repeat(KEY_CHARACTERS_MAX);
    const file = lines(`${longest}\n${longest}x\n${"x".repeat(KEY_CHARACTERS_MAX + 1)}`);
    expect(secrets(file)).toEqual([longest]);
    expect(reasons(file)).toEqual(["too_long", "too_long"]);
  });

  it("rejects what nobody can type", () => {
    expect(reasons(lines("a\0b\na\u001Bb\na\u007Fb"))).toEqual(Array(3).fill("control_character"));
  });

  it("refuses one key more than a call may have, blanks not counted", () => {
    const most = Array.from({ length: KEYS_MAX }, (_, i) => `k${i}`).join("\n\n");
    expect(lines(most).keys).toHaveLength(KEYS_MAX);
    expect(parseKeyLines(`${most}\nmore`, none)).toEqual({
      ok: false,
      error: { reason: "too_many_keys", limit: KEYS_MAX },
    });
    expect(parseKeyLines(`${most}\nk1`, none).ok).toBe(false);
  });

  it("counts what it rejects among what a call may have", () => {
    const unread = Array.from({ length: KEYS_MAX }, () => "\0").join("\n");
    expect(reasons(lines(unread))).toHaveLength(KEYS_MAX);
    expect(parseKeyLines(`${unread}\nk`, none).ok).toBe(false);
    const quoted = Array.from({ length: KEYS_MAX + 1 }, () => "a,b").join("\n");
    expect(parseKeyCsv(`key\n${quoted}`, none).ok).toBe(false);
  });

  it("gives back any list of distinct keys, whatever they are made of", () => {
    const key = fc.string({ unit: "grapheme", minLength: 1 }).filter(isPlainKey);
    fc.assert(
      fc.property(fc.uniqueArray(key), (keys) => {
        expect(secrets(lines(keys.join("\n")))).toEqual(keys);
      }),
    );
  });

  it("puts every line in exactly one place", () => {
    const line = fc.oneof(fc.constantFrom("a", "b", " a ", "", " "), fc.string());
    fc.assert(
      fc.property(fc.array(line.filter((text) => !/[\r\n]/.test(text))), (each) => {
        const { keys, duplicates, rejected, blank } = lines(`${each.join("\n")}\n`);
        const placed = [...keys, ...duplicates, ...rejected].map((entry) => entry.line);
        expect(new Set(placed).size + blank).toBe(each.length || 1);
        expect(new Set(secrets(lines(each.join("\n")))).size).toBe(keys.length);
      }),
    );
  });
});

describe("CSV", () => {
  it("takes columns in any order and records that end early", () => {
    expect(csv("Variant,KEY\n1y,a\n30d,b\n").keys).toMatchObject([
      { secret: "a", variantId: "1y" },
      { secret: "b", variantId: "30d" },
    ]);
    expect(csv("key,note,variant\na\n").keys).toMatchObject([{ secret: "a", note: null }]);
  });

  it("has one delimiter: semicolons, tabs and bars are part of keys", () => {
    for (const mark of [";", "\t", "|"]) {
      const keys = [`a${mark}b${mark}c`, `d${mark}e${mark}f`];
      expect(secrets(csv(`key\n${keys.join("\n")}`))).toEqual(keys);
    }
  });

  it("trims what it reads: names of columns, cells, and a line of spaces, which is blank", () => {
    const file = csv(" key , NOTE ,cost_minor\n a , n , 5 \n  \n b\t,,\n");
    expect(file.keys).toMatchObject([
      { line: 1, secret: "a", note: "n", costMinor: 5 },
      { line: 2, secret: "b", note: null, costMinor: null },
    ]);
    expect(file.blank).toBe(1);
  });

  it("says in its refusal what the columns are", () => {
    const refusal = (text: string) => JSON.stringify(parseKeyCsv(text, plans));
    const columns = "key, note, variant, expires_at, cost_minor";
    expect(refusal("note\na")).toContain(`must name the columns: ${columns}`);
    expect(refusal("key,price\na,1")).toContain(`is not known; these are: ${columns}`);
    expect(refusal("key,key\na,b")).toContain("named twice");
  });

  it("gives back every key that was quoted by RFC 4180", () => {
    const key = fc.string({ unit: "grapheme", minLength: 1 }).filter(isPlainKey);
    fc.assert(
      fc.property(fc.uniqueArray(key), (keys) => {
        const records = keys.map((each) => `"${each.replaceAll('"', '""')}",n`);
        expect(secrets(csv(["key,note", ...records].join("\r\n")))).toEqual(keys);
      }),
    );
  });

  it("refuses a file whose header does not say what is what", () => {
    for (const text of ["", "AAAA-BBBB\nCCCC", "key,price\na,1", "key,key\na,b", "note\na"]) {
      expect(parseKeyCsv(text, plans)).toMatchObject({
        ok: false,
        error: { reason: "bad_header" },
      });
    }
  });

  it("does not repeat a file's words in its refusal: its first line may be a key", () => {
    expect(JSON.stringify(parseKeyCsv("key,SECRET-KEY\na", plans))).not.toContain("SECRET-KEY");
  });

  it("says what is wrong with a record, and takes the others", () => {
    const records = {
      "a,,,,": null,
      ",,,,": "empty_key",
      "b,,2y,,": "unknown_variant",
      "c,,,2027-02-30T00:00:00Z,": "bad_expires_at",
      "d,,,2027-02-28,": "bad_expires_at",
      "e,,,,1.5": "bad_cost_minor",
      "f,,,,1e3": "bad_cost_minor",
      "g,,,,100000000000000": "bad_cost_minor",
      "h,,,,10000000001": "bad_cost_minor",
      "h,,,x2027-02-28T00:00:00Z,": "bad_expires_at",
      "h,,,2027-02-28T00:00:00Zx,": "bad_expires_at",
      "h,,,2027-02-28T00:00:00.1234567890Z,": "bad_expires_at",
      "h,,,2027-02-28t23:59:59.123456789z,10000000000": null,
      "i,,,,,": "extra_column",
      [`j,${"n".repeat(1_001)},,,`]: "note_too_long",
      "k,,,2027-02-28T23:59:59.5+08:00,0": null,
      // A quote that is closed in the wrong place: what follows it belongs to nobody knows what.
      'l,"x"y,,,': "bad_quotes",
    };
    const file = csv(
      ["key,note,variant,expires_at,cost_minor", ...Object.keys(records)].join("\n"),
    );
    expect(secrets(file)).toEqual(["a", "h", "k"]);
    expect(file.keys[1]?.expiresAtMs).toBe(Date.UTC(2027, 1, 28, 23, 59, 59, 123));
    expect(reasons(file)).toEqual(Object.values(records).filter((reason) => reason !== null));
  });

  it("counts no record for a blank line, and none for the break at the end", () => {
    const file = csv("key\n\na\n\nb\n");
    expect(file.blank).toBe(2);
    expect(file.keys.map((key) => key.line)).toEqual([1, 2]);
  });
});

describe("a list", () => {
  it("takes what is given of each key, and no more than is given", () => {
    const file = good(parseKeyList([{ key: " a " }, {}, { key: "b", note: " n " }], none));
    const bare = { note: null, variantId: null, expiresAtMs: null, costMinor: null };
    expect(file.keys).toEqual([
      { ...bare, line: 1, secret: "a" },
      { ...bare, line: 3, secret: "b", note: "n" },
    ]);
    expect(file.rejected).toEqual([{ line: 2, reason: "empty_key" }]);
  });

  it("takes keys of several lines and rejects what UTF-8 cannot carry", () => {
    const file = good(parseKeyList([{ key: " a\nb " }, { key: "\uD800" }, { key: "" }], none));
    expect(secrets(file)).toEqual(["a\nb"]);
    expect(reasons(file)).toEqual(["invalid_unicode", "empty_key"]);
  });
});

function isPlainKey(text: string): boolean {
  // oxlint-disable-next-line no-control-regex -- what the parser rejects, or splits at
  return text === text.trim() && text !== "" && !/[\u0000-\u001F\u007F]/.test(text);
}

function without(value: Record<string, unknown>, name: string): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).filter(([each]) => each !== name));
}
