const LOCAL = 0x04034b50;
const ENTRY = 0x02014b50;
const END = 0x06054b50;
const VERSION = 20;
/** Names are in UTF-8. */
const UTF8_NAMES = 0x0800;

/** A ZIP of texts by their names, stored as they are (PKWARE's APPNOTE 6.3). */
export function zipOf(files: Readonly<Record<string, string>>): Uint8Array<ArrayBuffer> {
  const utf8 = new TextEncoder();
  const parts: Uint8Array[] = [];
  const list: Uint8Array[] = [];
  let at = 0;
  const entries = Object.entries(files);
  for (const [called, text] of entries) {
    const [name, bytes] = [utf8.encode(called), utf8.encode(text)];
    const about = [crc32(bytes), bytes.length, bytes.length];
    const local = [
      u32(LOCAL),
      u16(VERSION, UTF8_NAMES, 0, 0, 0),
      u32(...about),
      u16(name.length, 0),
    ];
    const entry = [
      u32(ENTRY),
      u16(VERSION, VERSION, UTF8_NAMES, 0, 0, 0),
      u32(...about),
      u16(name.length, 0, 0, 0, 0),
      u32(0, at),
    ];
    parts.push(...local, name, bytes);
    list.push(...entry, name);
    at += lengthOf([...local, name, bytes]);
  }
  const count = entries.length;
  const end = [u32(END), u16(0, 0, count, count), u32(lengthOf(list), at), u16(0)];
  return joined([...parts, ...list, ...end]);
}

function u16(...numbers: readonly number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(numbers.length * 2));
  numbers.forEach((number, place) => view.setUint16(place * 2, number, true));
  return new Uint8Array(view.buffer);
}

function u32(...numbers: readonly number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(numbers.length * 4));
  numbers.forEach((number, place) => view.setUint32(place * 4, number, true));
  return new Uint8Array(view.buffer);
}

const lengthOf = (pieces: readonly Uint8Array[]) =>
  pieces.reduce((length, piece) => length + piece.length, 0);

function joined(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(lengthOf(pieces));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

function crc32(bytes: Uint8Array): number {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (0xedb88320 & -(crc & 1));
  }
  return ~crc >>> 0;
}
