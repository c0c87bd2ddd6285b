import fc from "fast-check";
import Papa from "papaparse";
import { describe, expect, it } from "vitest";
import { StatementText } from "../../../src/domain/statements/decode.ts";
import { CsvRecords } from "../../../src/domain/statements/records.ts";

const cell = fc.string({ unit: fc.constantFrom("a", "元", ",", '"', "\n", " "), maxLength: 8 });
const table = fc.array(fc.array(cell, { minLength: 2, maxLength: 4 }), { maxLength: 20 });

describe("records of a file that comes in pieces", () => {
  it("are those of the whole file, wherever it was cut", () => {
    fc.assert(
      fc.property(table, fc.array(fc.nat(400), { maxLength: 6 }), (rows, cuts) => {
        const text = Papa.unparse(rows, { newline: "\n", quotes: true });
        const places = [0, ...cuts.map((cut) => cut % (text.length + 1)), text.length];
        places.sort((a, b) => a - b);
        const records = new CsvRecords();
        const read = places
          .slice(1)
          .flatMap((end, at) => records.push(text.slice(places[at], end)));
        const cells = [...read, ...records.end()].map((record) => record.cells);
        expect(cells).toEqual(rows);
      }),
    );
  });

  it("go on behind a quote that is never closed", () => {
    const records = new CsvRecords();
    const bad = `1,"open\n${"2,closed\n".repeat(20_000)}`;
    const read = [...records.push(bad), ...records.push("3,after\n"), ...records.end()];
    expect(read.at(-1)?.cells).toEqual(["3", "after"]);
  });

  it("know the line that they begin on, blank lines and breaks within cells counted", () => {
    const records = new CsvRecords();
    const text = 'a,b\r\n\r\n1,"two\r\nlines"\r\n2,x\r\n';
    const read = [...text].flatMap((letter) => records.push(letter));
    expect([...read, ...records.end()].map(({ line }) => line)).toEqual([1, 3, 5]);
  });

  it("take a quote within a cell as a letter, and where nothing is quoted every quote", () => {
    const inches = new CsvRecords();
    expect(inches.push('1,3" disk\n2,"a ""b"", c"\n').map(({ cells }) => cells)).toEqual([
      ["1", '3" disk'],
      ["2", 'a "b", c'],
    ]);
    const bare = new CsvRecords({ quotes: false });
    expect(bare.push('1,"open\n2,x\n').map(({ cells }) => cells)).toEqual([
      ["1", '"open'],
      ["2", "x"],
    ]);
  });
});

describe("the text of a statement", () => {
  const CHINESE = "支付宝交易号,金额\n1,10.00\n";
  // "支付宝" in GBK, as a file of Alipay's begins.
  const GBK = Uint8Array.of(0xd6, 0xa7, 0xb8, 0xb6, 0xb1, 0xa6, 0x2c, 0x31);

  it("is read as GBK where it is no UTF-8", () => {
    const text = new StatementText();
    expect(text.push(GBK) + text.end()).toBe("支付宝,1");
  });

  it("is read as GBK though its headings are English and long", () => {
    const headings = `${"trade_no,money,".repeat(40)}status\n`;
    const bytes = new Uint8Array([...new TextEncoder().encode(headings), ...GBK]);
    for (let cut = 1; cut < bytes.length; cut++) {
      const text = new StatementText();
      const pieces = text.push(bytes.slice(0, cut)) + text.push(bytes.slice(cut));
      expect(pieces + text.end()).toBe(`${headings}支付宝,1`);
    }
  });

  it("is the same wherever its bytes were cut", () => {
    const bytes = new TextEncoder().encode(CHINESE);
    for (let cut = 1; cut < bytes.length; cut++) {
      const text = new StatementText();
      expect(text.push(bytes.slice(0, cut)) + text.push(bytes.slice(cut)) + text.end()).toBe(
        CHINESE,
      );
    }
  });

  it("is the same in GBK wherever its bytes were cut", () => {
    for (let cut = 1; cut < GBK.length; cut++) {
      const text = new StatementText();
      expect(text.push(GBK.slice(0, cut)) + text.push(GBK.slice(cut)) + text.end()).toBe(
        "支付宝,1",
      );
    }
  });
});
