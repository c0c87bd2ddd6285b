/**
 * The text of one member's value in a JSON object, exactly as it came: some gateways sign a part of
 * their answer as it is written. Null where the whole is no JSON object, or has no such member at its
 * top, or has it twice: then which of them was signed is not ours to guess.
 */
export function rawMember(json: string, name: string): string | null {
  if (!isObject(json)) return null;
  let found: string | null = null;
  let at = json.indexOf("{") + 1;
  for (;;) {
    const key = token(json, at);
    if (!key.text.startsWith('"')) return found;
    const colon = token(json, key.end);
    const value = valueAt(json, colon.end);
    if (JSON.parse(key.text) === name) {
      if (found !== null) return null;
      found = value.text;
    }
    at = token(json, value.end).end;
  }
}

function isObject(json: string): boolean {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

interface Part {
  readonly text: string;
  readonly end: number;
}

const TOKEN = /[ \t\n\r]*("(?:[^"\\]|\\.)*"|[-+.\w]+|[{}[\]:,])/y;

/** The next token. What is read is JSON by now, so there is one, or the end. */
function token(json: string, at: number): Part {
  TOKEN.lastIndex = at;
  const match = TOKEN.exec(json);
  return { text: match?.[1] ?? "", end: match === null ? json.length : TOKEN.lastIndex };
}

/** A whole value: brackets are followed until they are closed. */
function valueAt(json: string, at: number): Part {
  const first = token(json, at);
  const start = first.end - first.text.length;
  let depth = 0;
  let next = first;
  for (;;) {
    if (next.text === "{" || next.text === "[") depth++;
    if (next.text === "}" || next.text === "]") depth--;
    if (depth === 0 || next.text === "")
      return { text: json.slice(start, next.end), end: next.end };
    next = token(json, next.end);
  }
}
