/** Far more than any gateway sends; an object with more is not one of theirs. */
const MEMBERS_MAX = 60;

const TOKEN = /[ \t\n\r]*(?:("(?:[^"\\]|\\.)*")|(-?\d[\d.eE+-]*)|(true|false|null)|([{}:,]))/y;

/**
 * A JSON object of text, numbers, true, false and null as a signature over `k=v` sees it: each value as
 * the text that came. `JSON.parse` would make 28.80 of a number into 28.8, and of two members of one name
 * keep the last. Null for anything else: nested values, a name twice, half a document. A value that is
 * null is the empty text, which no gateway signs.
 */
export function readFlatJson(text: string): ReadonlyMap<string, string> | null {
  const tokens = tokenize(text);
  if (tokens === null || tokens[0] !== "{" || tokens.at(-1) !== "}") return null;
  const members = new Map<string, string>();
  if (tokens.length === 2) return members;
  for (let at = 1; at < tokens.length; at += 4) {
    const [name = "", colon, value = "", end] = tokens.slice(at, at + 4);
    const isLast = at + 4 === tokens.length;
    if (colon !== ":" || end !== (isLast ? "}" : ",")) return null;
    const [key, plain] = [stringOf(name), valueOf(value)];
    if (key === null || plain === null || members.has(key) || members.size === MEMBERS_MAX) {
      return null;
    }
    members.set(key, plain);
  }
  return members;
}

/** The other way: `numbers` names the members whose text is a number's, written exactly as it was signed. */
export function writeFlatJson(
  members: ReadonlyMap<string, string>,
  numbers: ReadonlySet<string>,
): string {
  const written = [...members].map(
    ([name, value]) => `"${name}":${numbers.has(name) ? value : JSON.stringify(value)}`,
  );
  return `{${written.join(",")}}`;
}

/** `readFlatJson` of bytes; null where they are not UTF-8. */
export function readFlatJsonBytes(bytes: Uint8Array): ReadonlyMap<string, string> | null {
  try {
    return readFlatJson(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    return null;
  }
}

/** Null where something stands between the tokens that is none. */
function tokenize(text: string): string[] | null {
  const tokens: string[] = [];
  const end = text.replace(/[ \t\n\r]+$/, "").length;
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < end) {
    const match = TOKEN.exec(text);
    if (match === null) return null;
    tokens.push(match[1] ?? match[2] ?? match[3] ?? match[4] ?? "");
    if (tokens.length > 4 * MEMBERS_MAX + 2) return null;
  }
  return tokens;
}

function stringOf(token: string): string | null {
  return token.startsWith('"') ? (parsed(token) as string | null) : null;
}

/** Numbers, true and false as they are written; text as it means. */
function valueOf(token: string): string | null {
  if (token.startsWith('"')) return stringOf(token);
  const value = parsed(token);
  if (value === undefined || /^[{}:,]?$/.test(token)) return null;
  return value === null ? "" : token;
}

/** Undefined where it is no JSON: a number like "1.2.3", an unknown escape. */
function parsed(token: string): unknown {
  try {
    return JSON.parse(token);
  } catch {
    return token.startsWith('"') ? null : undefined;
  }
}
