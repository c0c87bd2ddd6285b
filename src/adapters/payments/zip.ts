import { Unavailable } from "../../domain/unavailable.ts";

/** What a packed file may grow to, bytes: one that grows beyond was made to. */
const UNPACKED_BYTES_MAX = 90 * 1024 * 1024;
const AGAIN_SECONDS = 60;
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
 * One file of a ZIP, the first whose name fits, unpacked piece by piece (PKWARE's APPNOTE 6.3; no ZIP64, nothing
 * encrypted). The list at the end says what is where, since files that are written as they come have no sizes
 * before them. Null where there is no such file or no ZIP; throws Unavailable where it is damaged.
 */
export function unzipped(
  archive: Uint8Array<ArrayBuffer>,
  fits: (name: Uint8Array) => boolean,
): AsyncIterable<Uint8Array> | null {
  const view = new DataView(archive.buffer, archive.byteOffset, archive.byteLength);
  try {
    const entry = entries(view, archive).find(({ name }) => fits(name));
    return entry === undefined ? null : unpacked(packedBytes(view, archive, entry), entry);
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
      if (length > Math.min(bytes, UNPACKED_BYTES_MAX)) break;
      yield piece;
    }
  } catch (cause) {
    throw new Unavailable("gateway", AGAIN_SECONDS, { cause });
  }
  if (length !== bytes) throw new Unavailable("gateway", AGAIN_SECONDS);
}

function inflated(
  packed: Uint8Array<ArrayBuffer>,
  method: number,
): AsyncIterable<Uint8Array> | Iterable<Uint8Array> {
  if (method === STORED) return [packed];
  if (method !== DEFLATED) throw new RangeError("packed in a way that is not known");
  return new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
}
