/** What a server answers to a command (RFC 5321 §4.2). */
export interface SmtpReply {
  readonly code: number;
  /** "5.1.1" (RFC 3463), where the server sends one. */
  readonly enhanced: string | null;
  readonly lines: readonly string[];
}

/** A reply is some hundred bytes; what goes past this is no mail server. */
const REPLY_CHARACTERS_MAX = 16_384;

/** The server hung up, or spoke something else. Nothing is known of what it did last. */
export class SmtpBroken extends Error {
  override readonly name = "SmtpBroken";
}

/** The lines of one connection: commands out, replies in, in lockstep. */
export class SmtpLines {
  #socket: Socket;
  #reader: ReadableStreamDefaultReader<Uint8Array>;
  #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #decoder = new TextDecoder();
  readonly #encoder = new TextEncoder();
  #pending = "";

  constructor(socket: Socket) {
    this.#socket = socket;
    this.#reader = socket.readable.getReader();
    this.#writer = socket.writable.getWriter();
  }

  async command(line: string): Promise<SmtpReply> {
    await this.write(`${line}\r\n`);
    return this.reply();
  }

  async write(text: string): Promise<void> {
    await this.#writer.write(this.#encoder.encode(text));
  }

  async reply(): Promise<SmtpReply> {
    const lines: string[] = [];
    for (;;) {
      // oxlint-disable-next-line no-await-in-loop -- a reply is read to its end
      const line = await this.#line();
      const match = /^(\d{3})([ -]|$)(?:(\d\.\d{1,3}\.\d{1,3})(?= |$))?/.exec(line);
      if (match === null) throw new SmtpBroken("not an SMTP reply");
      lines.push(line.slice(4));
      if (match[2] !== "-") return { code: Number(match[1]), enhanced: match[3] ?? null, lines };
    }
  }

  /** From here on under TLS. What the server said in the clear must be forgotten (RFC 3207 §4.2). */
  startTls(): void {
    // A server that has said more than "ready" in the clear would smuggle replies into the TLS session.
    if (this.#pending !== "") throw new SmtpBroken("data before TLS");
    this.#reader.releaseLock();
    this.#writer.releaseLock();
    this.#socket = this.#socket.startTls();
    this.#reader = this.#socket.readable.getReader();
    this.#writer = this.#socket.writable.getWriter();
  }

  async close(): Promise<void> {
    // A connection that is broken already is closed as well.
    await this.#socket.close().catch(() => undefined);
  }

  async #line(): Promise<string> {
    for (;;) {
      const end = this.#pending.indexOf("\n");
      if (end >= 0) {
        const line = this.#pending.slice(0, end).replace(/\r$/, "");
        this.#pending = this.#pending.slice(end + 1);
        return line;
      }
      if (this.#pending.length > REPLY_CHARACTERS_MAX) throw new SmtpBroken("endless line");
      // oxlint-disable-next-line no-await-in-loop -- until a whole line has come
      const { done, value } = await this.#reader.read();
      if (done) throw new SmtpBroken("closed by the server");
      this.#pending += this.#decoder.decode(value, { stream: true });
    }
  }
}
