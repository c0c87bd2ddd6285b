/** A draw has 52 bits: 13 hexadecimal digits. */
const DIGITS = 13;

export interface RevealedDraw {
  readonly dropId: string;
  /** base64url, as it was committed to; and the same bytes in hexadecimal. */
  readonly seed: string;
  readonly seedHex: string;
  readonly commitment: string;
  /** The last threshold; null where it is not known. */
  readonly early: number | null;
}

/** The words between the commands, in the reader's language. */
export interface RecipeWords {
  readonly email: string;
  readonly seal: string;
  readonly draw: string;
  readonly line: string;
}

/**
 * How to verify a draw in a shell with openssl and nothing of ours. Every command runs as it stands
 * (test/system/recipe.test.ts runs it).
 */
export function recipe(drawn: RevealedDraw, words: RecipeWords): string {
  const { dropId, seed, seedHex, commitment, early } = drawn;
  const lines = [
    `# ${words.email}`,
    `email='you@example.com'`,
    "",
    `# ${words.seal}`,
    `# ${commitment}`,
    `printf '%s\\n%s\\n%s' kamidrop-drop-seed-v1 ${dropId} ${seed} \\`,
    `  | openssl dgst -sha256 -r`,
    "",
    `# ${words.draw}`,
    `printf '%s\\n%s\\n%s' kamidrop-drop-identity-v1 ${dropId} "$email" \\`,
    `  | openssl dgst -sha256 -binary | head -c 16 \\`,
    `  | openssl dgst -sha256 -mac HMAC -macopt hexkey:${seedHex} -r | cut -c 1-${DIGITS}`,
  ];
  if (early !== null) lines.push("", `# ${words.line}`, `# ${lineDigits(early)}`);
  return lines.join("\n");
}

/** The first draw that was not let in, as the recipe's digits: the smaller number stands before it. */
export function lineDigits(early: number): string {
  const steps = Math.ceil(early * 2 ** (4 * DIGITS));
  return steps.toString(16).padStart(DIGITS, "0");
}
