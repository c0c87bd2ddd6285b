import { base64 } from "../../domain/encoding.ts";
import { normalizeEmail } from "../../domain/email.ts";

/** Who the mail is from: `Shop <keys@example.com>` or the bare address. */
export interface Mailbox {
  readonly name: string | null;
  readonly address: string;
}

const NAMED = /^\s*"?([^"<>\r\n]{1,100}?)"?\s*<([^<>\s]+)>\s*$/;

export function parseMailbox(text: string): Mailbox | null {
  const named = NAMED.exec(text);
  const address = normalizeEmail(named?.[2] ?? text);
  return address === null ? null : { name: named?.[1] ?? null, address };
}

/** RFC 5322 §3.4, the name as encoded words where it is more than plain words. */
export function formatMailbox({ name, address }: Mailbox): string {
  if (name === null) return address;
  const phrase = PLAIN_WORDS.test(name) ? name : encodedWords(name);
  return `${phrase} <${address}>`;
}

const PLAIN_WORDS = /^[A-Za-z0-9 !#$%&'*+/^_`{|}~-]+$/;

/** A header's value in ASCII: as it is where that is plain, as encoded words elsewhere. */
export function encodeHeader(text: string): string {
  return /^[\x20-\x7e]{0,900}$/.test(text) && !text.includes("=?") ? text : encodedWords(text);
}

/** RFC 2047 §2: an encoded word has at most 75 characters: 45 bytes in base 64 and its frame. */
const WORD_BYTES_MAX = 45;

/**
 * Words of whole characters, each on a folded line of its own. Line breaks in the text are inside
 * the base 64: no text can begin another header.
 */
function encodedWords(text: string): string {
  const utf8 = new TextEncoder();
  const words: string[] = [];
  let word = "";
  let bytes = 0;
  for (const character of text) {
    const size = utf8.encode(character).length;
    if (bytes + size > WORD_BYTES_MAX) {
      words.push(word);
      word = "";
      bytes = 0;
    }
    word += character;
    bytes += size;
  }
  if (word !== "") words.push(word);
  return words.map((part) => `=?UTF-8?B?${base64(utf8.encode(part))}?=`).join("\r\n ");
}
