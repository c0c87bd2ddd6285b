import { base32 } from "../encoding.ts";

/** 125 bits in five groups of five: nobody guesses one, anybody can type it. */
const GROUPS = 5;
const GROUP_CHARACTERS = 5;
export const GENERATED_KEY_BYTES = 16;

/** A key made on the spot, "7K2QX-…": what products with generated keys sell. */
export function generatedKey(random: Uint8Array): string {
  const text = base32(random, GROUPS * GROUP_CHARACTERS).toUpperCase();
  return text.replace(new RegExp(`.{${GROUP_CHARACTERS}}(?=.)`, "g"), "$&-");
}
