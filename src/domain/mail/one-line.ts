const CHARACTERS_MAX = 80;

/** A title as part of a mail's subject. Titles are the merchant's; a line break would end the header. */
export function oneLine(text: string): string {
  const line = text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ").trim();
  const characters = Array.from(line);
  if (characters.length <= CHARACTERS_MAX) return line;
  return `${characters.slice(0, CHARACTERS_MAX - 1).join("")}…`;
}
