/** Characters of a key that a list may show, at its end, and how long it must be for that. */
const SHOWN = 4;
const LENGTH_MIN = 4 * SHOWN;

/** "••••7K2Q": enough to find a key that one holds in one's hand, not enough to redeem it. */
export function maskKey(secret: string): string {
  const characters = Array.from(secret);
  return characters.length < LENGTH_MIN ? "••••" : `••••${characters.slice(-SHOWN).join("")}`;
}
