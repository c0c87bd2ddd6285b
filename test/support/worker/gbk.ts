/** GBK from the decoder turned round: the platform has no encoder of it. Two bytes are all of it. */
const BYTES = new Map<string, readonly number[]>();

export function gbk(text: string): Uint8Array {
  if (BYTES.size === 0) fill();
  return Uint8Array.from(
    [...text].flatMap((letter) => {
      const code = letter.codePointAt(0) ?? 0;
      if (code < 0x80) return [code];
      const bytes = BYTES.get(letter);
      if (bytes === undefined) throw new Error(`${letter} is not in GBK`);
      return bytes;
    }),
  );
}

function fill(): void {
  const decoder = new TextDecoder("gb18030");
  for (let lead = 0x81; lead <= 0xfe; lead++) {
    for (let trail = 0x40; trail <= 0xfe; trail++) {
      if (trail === 0x7f) continue;
      const letter = decoder.decode(Uint8Array.of(lead, trail));
      if ([...letter].length === 1 && letter !== "\ufffd") BYTES.set(letter, [lead, trail]);
    }
  }
}
