import { connect, type Socket } from "node:net";
import { AnswerReader, type Answer } from "./answer-reader.ts";

export interface Request {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** ASCII. */
  readonly body?: string;
}

/** What stands for an answer where none came: the connection failed. */
const NO_ANSWER: Answer = { status: 0, body: "" };

/**
 * One keep-alive connection: one request on its way at a time. A connection that fails answers
 * `NO_ANSWER` and is opened anew by the next request.
 */
export class Connection {
  readonly #port: number;
  readonly #host: string;
  #socket: Socket | null = null;
  #waiting: ((answer: Answer) => void) | null = null;

  constructor(origin: string) {
    const { hostname, port } = new URL(origin);
    this.#host = hostname;
    this.#port = Number(port);
  }

  get idle(): boolean {
    return this.#waiting === null;
  }

  ask(request: Request, onAnswer: (answer: Answer) => void): void {
    this.#waiting = onAnswer;
    this.#socket ??= this.#open();
    this.#socket.write(requestText(request, this.#host), "latin1");
  }

  close(): void {
    this.#socket?.destroy();
    this.#socket = null;
  }

  #open(): Socket {
    const reader = new AnswerReader((answer) => this.#settle(answer));
    const socket = connect({ host: this.#host, port: this.#port, noDelay: true });
    socket.setEncoding("latin1");
    socket.on("data", (text: string) => reader.push(text));
    // "close" follows and settles.
    socket.on("error", () => socket.destroy());
    socket.on("close", () => {
      if (this.#socket === socket) this.#socket = null;
      this.#settle(NO_ANSWER);
    });
    return socket;
  }

  #settle(answer: Answer): void {
    const waiting = this.#waiting;
    this.#waiting = null;
    waiting?.(answer);
  }
}

function requestText({ method, path, headers, body }: Request, host: string): string {
  let text = `${method} ${path} HTTP/1.1\r\nhost: ${host}\r\n`;
  for (const name in headers) text += `${name}: ${headers[name]}\r\n`;
  if (body === undefined) return `${text}\r\n`;
  return `${text}content-length: ${body.length}\r\n\r\n${body}`;
}
