import { appendFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { importFile, type ImportWorld, type Survey } from "../../scripts/keys/import-file.ts";
import { Journal, type PartDone } from "../../scripts/keys/journal.ts";
import type { Part } from "../../scripts/keys/parts.ts";
import { readParts } from "../../scripts/keys/read-file.ts";
import type { Format } from "../../scripts/keys/records.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "kamidrop-keys-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

let files = 0;
async function fileOf(content: string | Buffer): Promise<string> {
  const path = join(folder, `${files++}.txt`);
  await writeFile(path, content);
  return path;
}

async function textsOf(content: string | Buffer, format: Format, encoding: string | null = null) {
  const reading = { records: 0, blank: 0 };
  const texts: string[] = [];
  const path = await fileOf(content);
  for await (const part of readParts({ path, format, encoding }, reading)) texts.push(part.text);
  return texts;
}

describe("a key file is read as text", () => {
  const text = "密-1\r\n密-2\r\n\r\n密-3";
  const utf16 = Buffer.from(`\uFEFF${text}`, "utf16le");

  test.each([
    ["UTF-8", Buffer.from(text), null],
    ["UTF-8 with a BOM", Buffer.from(`\uFEFF${text}`), null],
    ["UTF-16, little end first, by its BOM", utf16, null],
    ["UTF-16, big end first, by its BOM", Buffer.from(utf16).swap16(), null],
    ["UTF-16 without a BOM, as it is told", utf16.subarray(2), "utf-16le"],
    ["GB 18030, as it is told", Buffer.from("c3dc2d310d0ac3dc2d320ac3dc2d33", "hex"), "gb18030"],
    ["gzip", gzipSync(text), null],
  ])("that is %s", async (_, content, encoding) => {
    expect(await textsOf(content, "lines", encoding)).toEqual(["密-1\n密-2\n密-3\n"]);
  });

  test("of ten thousand lines a call, and of a CSV with its header before each", async () => {
    const lines = Array.from({ length: 20_001 }, (_, n) => `K-${n}`);
    const parts = await textsOf(["key", ...lines].join("\n"), "csv");
    expect(parts.map((part) => part.split("\n").length)).toEqual([10_002, 10_002, 3]);
    expect(parts[2]).toBe("key\nK-20000\n");
  });

  test.each([
    ["has NUL bytes", Buffer.from("a\0b"), "NUL"],
    ["is not the UTF-8 that it has to be", Buffer.from("a\nb\n\xff\n", "latin1"), "not utf-8"],
    ["ends within a character", Buffer.from("a\n密").subarray(0, 4), "not utf-8"],
    [
      "was cut off while it was compressed",
      gzipSync("key\n".repeat(999)).subarray(0, 20),
      "unexpected end",
    ],
  ])("unless it %s", async (_, content, words) => {
    await expect(textsOf(content, "lines")).rejects.toThrow(words);
  });
});

/** A shop that takes each part once, by its name, and dies with the command at a call it is told. */
class FakeShop {
  readonly taken = new Map<string, Part>();
  calls = 0;
  diesAt = Infinity;
}

interface Seen {
  survey: Survey | null;
  done: PartDone[];
}

async function run(shop: FakeShop, path: string, inFlight: number): Promise<Seen> {
  const seen: Seen = { survey: null, done: [] };
  const world: ImportWorld = {
    journal: new Journal(`${path}.journal`),
    async send(part, { idempotencyKey }) {
      shop.calls++;
      if (shop.calls === shop.diesAt) throw new Error("killed before the shop had it");
      shop.taken.set(idempotencyKey, part);
      if (shop.calls === shop.diesAt + 1) throw new Error("killed before the answer came");
      const { number, digest, lines } = part;
      const done = {
        part: number,
        digest,
        batch_id: "kb_1",
        records: lines.length,
        last_line: lines.at(-1) ?? 0,
        accepted: lines.length,
        duplicates: [],
        rejected: [],
      };
      return { done, available: 1 };
    },
    stopping: () => false,
    abandon: () => {},
    onSurvey: (survey) => {
      seen.survey = survey;
    },
    onDone: (done) => seen.done.push(done),
    onProgress: () => {},
  };
  const source = { path, format: "lines", encoding: null } as const;
  const product = { id: "prd_1", title: "One" };
  await importFile({ source, product, label: null, dryRun: false, inFlight }, world);
  return seen;
}

const keysOf = (shop: FakeShop) =>
  [...shop.taken.values()].flatMap((part) => part.text.trimEnd().split("\n")).toSorted();

describe("an import that dies at any call", () => {
  const LINES = 42_000;
  const lines = Array.from({ length: LINES }, (_, n) => `K-${String(n).padStart(6, "0")}`);

  test("is gone on with by the next run, until every part was sent under one name", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 4 }),
        fc.integer({ min: 1, max: 4 }),
        fc.boolean(),
        async (deaths, inFlight, torn) => {
          const path = await fileOf(lines.join("\n"));
          const shop = new FakeShop();
          for (const diesAfter of deaths) {
            shop.diesAt = shop.calls + diesAfter;
            // It may also come to its end.
            await run(shop, path, inFlight).catch(() => {});
            if (torn) await appendFile(`${path}.journal`, '{"part":1,"dig');
          }
          shop.diesAt = Infinity;
          const { survey, done } = await run(shop, path, inFlight);
          expect(done.map(({ part }) => part)).toEqual([1, 2, 3, 4, 5]);
          expect(keysOf(shop)).toEqual(lines);
          expect(survey?.records).toBe(LINES);
          const callsBefore = shop.calls;
          const again = await run(shop, path, inFlight);
          expect(again.survey?.recordsDone).toBe(LINES);
          expect(shop.calls).toBe(callsBefore);
        },
      ),
      { numRuns: 15 },
    );
  });

  test("sends nothing more once the file has changed, or is shorter than what was sent", async () => {
    const path = await fileOf(lines.join("\n"));
    const shop = new FakeShop();
    shop.diesAt = 4;
    await expect(run(shop, path, 1)).rejects.toThrow("killed");
    shop.diesAt = Infinity;
    const { calls } = shop;
    await writeFile(path, ["another", ...lines].join("\n"));
    await expect(run(shop, path, 1)).rejects.toThrow("differs from line 1 on");
    await writeFile(path, lines.slice(0, 20_000).join("\n"));
    await expect(run(shop, path, 1)).rejects.toThrow("is shorter");
    await writeFile(path, [...lines.slice(0, 30_000), "more"].join("\n"));
    expect((await run(shop, path, 1)).survey).toMatchObject({ partsDone: 3, records: 30_001 });
    expect(shop.calls).toBe(calls + 1);
  });

  test("sends nothing of a file without keys, and nothing of one that is broken at its end", async () => {
    const shop = new FakeShop();
    await expect(run(shop, await fileOf("\n \n\r\n"), 1)).rejects.toThrow("holds no key");
    const broken = Buffer.concat([Buffer.from(lines.join("\n")), Buffer.of(0xff)]);
    await expect(run(shop, await fileOf(broken), 1)).rejects.toThrow("not utf-8");
    expect(shop.calls).toBe(0);
  });
});
