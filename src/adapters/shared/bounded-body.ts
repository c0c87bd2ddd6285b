/**
 * The body of an answer, read whole: null where it is longer than `bytesMax`. Rejects when time is up: a
 * body that drips on is left.
 */
export async function readBounded(
  response: Response,
  bytesMax: number,
  signal: AbortSignal,
): Promise<Uint8Array<ArrayBuffer> | null> {
  if (response.body === null) return new Uint8Array(0);
  const reader = response.body.getReader();
  const givenUp = aborted(signal);
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for (;;) {
      // A chunk comes after the one before it.
      // oxlint-disable-next-line no-await-in-loop
      const { done, value } = await Promise.race([reader.read(), givenUp]);
      if (done) break;
      length += value.byteLength;
      if (length > bytesMax) return null;
      chunks.push(value);
    }
  } finally {
    // Nobody reads the rest. A failure to say so changes nothing.
    reader.cancel().catch(() => undefined);
  }
  return joined(chunks, length);
}

function joined(chunks: readonly Uint8Array[], length: number): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.byteLength;
  }
  return whole;
}

function aborted(signal: AbortSignal): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  // Nobody may be waiting any more when it comes: that is no unhandled rejection.
  promise.catch(() => undefined);
  signal.addEventListener("abort", () => reject(new Error("time is up")), { once: true });
  return promise;
}
