import { STATEMENT_BYTES_MAX } from "./statement.ts";

/** A packed file that is not what its list says it is: nothing of it counts. */
export class DamagedArchive extends Error {
  override readonly name = "DamagedArchive";
}

/** The most of an archive, bytes: a day of 200,000 rows is a quarter of it. */
export const ARCHIVE_BYTES_MAX = 16 * 1024 * 1024;
const END = 0x06054b50;
const ENTRY = 0x02014b50;
const LOCAL = 0x04034b50;
const END_BYTES = 22;
/** A comment may stand behind the end: of so many bytes at most. */
const COMMENT_BYTES_MAX = 0xffff;
const STORED = 0;
const DEFLATED = 8;

interface Entry {
  readonly name: Uint8Array;
  readonly method: number;
  readonly packedBytes: number;
  readonly bytes: number;
  /** Where its local header begins. */
  readonly at: number;
}

/**
 * The statement in a ZIP, unpacked piece by piece (PKWARE's APPNOTE 6.3; no ZIP64, nothing encrypted). The list at
 * the end says what is where, since files that are written as they come have no sizes before them. Null where it is
 * no ZIP, or not one file of it has rows: of two, one would be left out. Throws DamagedArchive where it is damaged,
 * or unpacks to more than its list says.
 */
export function unzipped(archive: Uint8Array<ArrayBuffer>): AsyncIterable<Uint8Array> | null {
  const view = new DataView(archive.buffer, archive.byteOffset, archive.byteLength);
  try {
    const [entry, second] = entries(view, archive).filter(({ name }) => hasRows(name));
    if (entry === undefined || second !== undefined) return null;
    return unpacked(packedBytes(view, archive, entry), entry);
  } catch (error) {
    // A place in the file that is not in it.
    if (error instanceof RangeError) return null;
    throw error;
  }
}

function entries(view: DataView, archive: Uint8Array): Entry[] {
  const end = endOf(view);
  if (end === null) return [];
  const found: Entry[] = [];
  let at = view.getUint32(end + 16, true);
  for (let left = view.getUint16(end + 10, true); left > 0; left--) {
    if (view.getUint32(at, true) !== ENTRY) return found;
    const [name, extra, comment] = [28, 30, 32].map((place) => view.getUint16(at + place, true));
    found.push({
      name: archive.subarray(at + 46, at + 46 + (name ?? 0)),
      method: view.getUint16(at + 10, true),
      packedBytes: view.getUint32(at + 20, true),
      bytes: view.getUint32(at + 24, true),
      at: view.getUint32(at + 42, true),
    });
    at += 46 + (name ?? 0) + (extra ?? 0) + (comment ?? 0);
  }
  return found;
}

function endOf(view: DataView): number | null {
  const last = view.byteLength - END_BYTES;
  for (let at = last; at >= Math.max(0, last - COMMENT_BYTES_MAX); at--) {
    if (view.getUint32(at, true) === END) return at;
  }
  return null;
}

function packedBytes(view: DataView, archive: Uint8Array<ArrayBuffer>, entry: Entry) {
  if (view.getUint32(entry.at, true) !== LOCAL) throw new RangeError("no file is there");
  const names = view.getUint16(entry.at + 26, true) + view.getUint16(entry.at + 28, true);
  const from = entry.at + 30 + names;
  return archive.subarray(from, from + entry.packedBytes);
}

async function* unpacked(
  packed: Uint8Array<ArrayBuffer>,
  { method, bytes }: Entry,
): AsyncGenerator<Uint8Array> {
  let length = 0;
  try {
    for await (const piece of inflated(packed, method)) {
      length += piece.byteLength;
      if (length > Math.min(bytes, STATEMENT_BYTES_MAX)) break;
      yield piece;
    }
  } catch (cause) {
    throw new DamagedArchive("it cannot be unpacked", { cause });
  }
  if (length !== bytes) throw new DamagedArchive("it has another length than its list says");
}

function inflated(
  packed: Uint8Array<ArrayBuffer>,
  method: number,
): AsyncIterable<Uint8Array> | Iterable<Uint8Array> {
  if (method === STORED) return [packed];
  if (method !== DEFLATED) throw new RangeError("packed in a way that is not known");
  return new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
}

/** Begins like one. */
export function isZip(beginning: Uint8Array): boolean {
  const view = new DataView(beginning.buffer, beginning.byteOffset, beginning.byteLength);
  return view.byteLength >= 4 && view.getUint32(0, true) === LOCAL;
}

/**
 * Whether a packed file of that name has a statement's rows: Alipay packs a summary by shop with them
 * ("…_业务明细(汇总).csv"), some systems notes of their own. Names are GBK or UTF-8, whatever they say.
 */
function hasRows(name: Uint8Array): boolean {
  return ["gb18030", "utf-8"].every((encoding) => {
    const text = new TextDecoder(encoding).decode(name);
    return /\.csv$/i.test(text) && !text.includes("汇总") && !text.startsWith("__MACOSX/");
  });
}

/** The bytes of what must be held whole, since its list stands at its end; null where they are more than `bytesMax`. */
export async function wholeOf(
  pieces: AsyncIterable<Uint8Array>,
  bytesMax: number,
): Promise<Uint8Array<ArrayBuffer> | null> {
  const kept: Uint8Array[] = [];
  let length = 0;
  for await (const piece of pieces) {
    length += piece.byteLength;
    if (length > bytesMax) return null;
    kept.push(piece);
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const piece of kept) {
    whole.set(piece, at);
    at += piece.byteLength;
  }
  return whole;
}
