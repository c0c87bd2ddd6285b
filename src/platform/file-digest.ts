import { hex } from "../domain/encoding.ts";
import type { FileDigest } from "../flows/statements/statement-ports.ts";

/** By the platform's own stream: `crypto.subtle` takes only what is whole. */
export function fileDigest(algorithm: "SHA-1" | "SHA-256"): FileDigest {
  const stream = new crypto.DigestStream(algorithm);
  const writer = stream.getWriter();
  // One that is never ended is never asked for its digest: nobody need hear that there is none.
  stream.digest.catch(() => {});
  return {
    push: (bytes) => writer.write(bytes),
    async end() {
      await writer.close();
      return hex(new Uint8Array(await stream.digest));
    },
  };
}
