import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { createGunzip } from "node:zlib";
import { PartMaker, type Part } from "./parts.ts";
import { BadFile, RecordReader, type Format } from "./records.ts";

export interface KeyFileSource {
  readonly path: string;
  readonly format: Format;
  /** A label of the Encoding Standard, e.g. gb18030; null: what a BOM says, else UTF-8. */
  readonly encoding: string | null;
}

/** How far the reading is. */
export interface Reading {
  records: number;
  blank: number;
}

/** Of the file, to see what it is. */
const HEAD_BYTES = 4_096;

/**
 * The parts of a key file, one after the other; a file that was compressed with gzip is taken apart
 * on the way. Of the file it holds a chunk and the part that is being made. Throws BadFile.
 */
export async function* readParts(
  source: KeyFileSource,
  reading: Reading,
): AsyncGenerator<Part, void, undefined> {
  const reader = new RecordReader(source.format);
  const maker = new PartMaker(source.format);
  for await (const records of readRecords(source, reader, reading)) {
    for (const record of records) {
      const part = maker.add(record);
      reading.records = maker.records;
      reading.blank = maker.blank;
      if (part !== null) yield part;
    }
  }
  const last = maker.finish();
  if (last !== null) yield last;
}

async function* readRecords(source: KeyFileSource, reader: RecordReader, reading: Reading) {
  const head = await readHead(source.path);
  const file = createReadStream(source.path);
  const bytes = isGzip(head) ? file.pipe(createGunzip()) : file;
  // A pipe does not pass errors on.
  file.on("error", (error) => bytes.destroy(error));
  let decoder: TextDecoder | null = null;
  for await (const chunk of bytes as AsyncIterable<Buffer>) {
    decoder ??= decoderOf(chunk, source.encoding);
    yield reader.push(decoded(decoder, chunk, reading));
  }
  if (decoder !== null) yield reader.push(decoded(decoder, null, reading));
  yield reader.end();
}

async function readHead(path: string): Promise<Buffer> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/** RFC 1952 §2.3.1. */
function isGzip(head: Buffer): boolean {
  return head[0] === 0x1f && head[1] === 0x8b;
}

/** By the first chunk. It drops a BOM and takes nothing that is not of its encoding. */
function decoderOf(chunk: Buffer, encoding: string | null): TextDecoder {
  const byMark = encodingOfMark(chunk);
  if (byMark === null && encoding === null && chunk.subarray(0, HEAD_BYTES).includes(0)) {
    throw new BadFile(
      "This is no text: it has NUL bytes. If it is UTF-16, say --encoding utf-16le.",
    );
  }
  return new TextDecoder(encoding ?? byMark ?? "utf-8", { fatal: true });
}

function encodingOfMark(chunk: Buffer): string | null {
  if (chunk[0] === 0xff && chunk[1] === 0xfe) return "utf-16le";
  if (chunk[0] === 0xfe && chunk[1] === 0xff) return "utf-16be";
  return null;
}

function decoded(decoder: TextDecoder, chunk: Buffer | null, { records }: Reading): string {
  try {
    return chunk === null ? decoder.decode() : decoder.decode(chunk, { stream: true });
  } catch {
    throw new BadFile(
      `Somewhere after record ${records} the file is not ${decoder.encoding}. If it comes from an older program, try --encoding gb18030.`,
    );
  }
}
