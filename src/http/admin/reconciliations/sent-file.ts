import { STATEMENT_BYTES_MAX } from "../../../domain/statements/statement.ts";
import {
  ARCHIVE_BYTES_MAX,
  DamagedArchive,
  isZip,
  unzipped,
  wholeOf,
} from "../../../domain/statements/zip.ts";
import { Unavailable } from "../../../domain/overload/unavailable.ts";
import { Refused } from "../../problem.ts";
import type { AdminContext } from "../admin-env.ts";

/** As many as tell a ZIP. */
const BEGINNING_BYTES = 4;

/**
 * The statement that is sent, piece by piece while it comes in; one in a ZIP is unpacked, which is held packed and
 * never unpacked. The bytes say which it is: browsers are not sure of types.
 */
export async function* sentFile(c: AdminContext): AsyncGenerator<Uint8Array> {
  const body = received(c);
  const beginning: Uint8Array[] = [];
  let bytes = 0;
  while (bytes < BEGINNING_BYTES) {
    // oxlint-disable-next-line no-await-in-loop -- a piece comes after the one before it
    const { done, value } = await body.next();
    if (done) break;
    beginning.push(value);
    bytes += value.byteLength;
  }
  const whole = chained(beginning, body);
  const mark = beginning.flatMap((piece) => [...piece.subarray(0, BEGINNING_BYTES)]);
  if (!isZip(Uint8Array.from(mark))) {
    yield* whole;
    return;
  }
  const archive = await wholeOf(whole, ARCHIVE_BYTES_MAX);
  if (archive === null) throw new Refused("body_too_large", { limit_bytes: ARCHIVE_BYTES_MAX });
  const packed = unzipped(archive);
  if (packed === null) throw new Refused("statement_unfit", { reason: "not_one_file" });
  try {
    yield* packed;
  } catch (cause) {
    if (!(cause instanceof DamagedArchive)) throw cause;
    throw new Refused("statement_unfit", { reason: "damaged" });
  }
}

async function* chained(
  beginning: readonly Uint8Array[],
  rest: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield* beginning;
  yield* rest;
}

async function* received(c: AdminContext): AsyncGenerator<Uint8Array> {
  let length = 0;
  try {
    for await (const piece of c.req.raw.body ?? []) {
      length += piece.byteLength;
      if (length > STATEMENT_BYTES_MAX) {
        throw new Refused("body_too_large", { limit_bytes: STATEMENT_BYTES_MAX });
      }
      yield piece;
    }
  } catch (cause) {
    if (cause instanceof Refused) throw cause;
    // Whoever sent it has gone: nothing is wrong here, and they send it again.
    throw new Unavailable("upload", 1, { cause });
  }
}
