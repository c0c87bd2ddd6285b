export interface Answer {
  readonly status: number;
  /** The body's bytes as characters: what the bench looks for in it is plain ASCII. */
  readonly body: string;
}

const HEAD_END = "\r\n\r\n";
const LENGTH = /\r\ncontent-length: (\d+)/i;
const CHUNKED = /\r\ntransfer-encoding: chunked/i;

/**
 * Reads the answers of one keep-alive connection, as much of HTTP/1.1 (RFC 9112 §6) as loopback
 * servers use: a length, or chunks. No client library: what the load generator spends is taken from
 * the servers beside it on the same cores, so it does the least that tells one answer from the next.
 */
export class AnswerReader {
  #received = "";
  readonly #onAnswer: (answer: Answer) => void;

  constructor(onAnswer: (answer: Answer) => void) {
    this.#onAnswer = onAnswer;
  }

  /** Takes what came, as latin1. Throws at what it cannot read: the connection is then of no use. */
  push(text: string): void {
    this.#received = this.#received === "" ? text : this.#received + text;
    for (;;) {
      const read = readAnswer(this.#received);
      if (read === null) return;
      this.#received = this.#received.slice(read.end);
      this.#onAnswer(read.answer);
    }
  }
}

/** The first answer of `text` and where it ends; null as long as it is not whole. */
function readAnswer(text: string): { answer: Answer; end: number } | null {
  const headEnd = text.indexOf(HEAD_END);
  if (headEnd === -1) return null;
  const head = text.slice(0, headEnd);
  const status = Number(head.slice(9, 12));
  const from = headEnd + HEAD_END.length;
  const length = LENGTH.exec(head)?.[1];
  if (length !== undefined) {
    const end = from + Number(length);
    return end > text.length ? null : { answer: { status, body: text.slice(from, end) }, end };
  }
  if (CHUNKED.test(head)) {
    const chunked = readChunks(text, from);
    return chunked === null ? null : { answer: { status, body: chunked.body }, end: chunked.end };
  }
  if (status === 204 || status === 304) return { answer: { status, body: "" }, end: from };
  throw new Error(`an answer without a length: ${head}`);
}

function readChunks(text: string, from: number): { body: string; end: number } | null {
  let body = "";
  let at = from;
  for (;;) {
    const lineEnd = text.indexOf("\r\n", at);
    if (lineEnd === -1) return null;
    const size = Number.parseInt(text.slice(at, lineEnd), 16);
    const chunkFrom = lineEnd + 2;
    const chunkEnd = chunkFrom + size;
    if (text.length < chunkEnd + 2) return null;
    body += text.slice(chunkFrom, chunkEnd);
    at = chunkEnd + 2;
    if (size === 0) return { body, end: at };
  }
}
