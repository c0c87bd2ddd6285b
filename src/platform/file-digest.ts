import { hex } from "../domain/encoding.ts";
import type { FileDigest } from "../flows/statement-ports.ts";

/** SHA-256 by the platform's own stream: `crypto.subtle` takes only what is whole. */
export function fileDigest(): FileDigest {
  const stream = new crypto.DigestStream("SHA-256");
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
