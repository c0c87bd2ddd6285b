import type { Answer } from "../../../bench/load/answer-reader.ts";
import { Connection, type Request } from "../../../bench/load/connection.ts";

/**
 * Keep-alive connections that many people share, each of whom has one of their own in truth: who finds none idle
 * waits, and what a person waits for with the hand on the mouse goes before what a page asks by itself.
 */
export class Pool {
  readonly #idle: Connection[];
  readonly #all: readonly Connection[];
  readonly #urgent: ((connection: Connection) => void)[] = [];
  readonly #waiting: ((connection: Connection) => void)[] = [];
  asked = 0;

  constructor(origin: string, connections: number) {
    this.#all = Array.from({ length: connections }, () => new Connection(origin));
    this.#idle = [...this.#all];
  }

  /** Status 0 where no answer came. */
  async ask(request: Request, isUrgent = false): Promise<Answer> {
    const connection = await this.#take(isUrgent ? this.#urgent : this.#waiting);
    this.asked++;
    const answer = await new Promise<Answer>((resolve) => {
      connection.ask(request, resolve);
    });
    const next = this.#urgent.shift() ?? this.#waiting.shift();
    if (next === undefined) this.#idle.push(connection);
    else next(connection);
    return answer;
  }

  close(): void {
    for (const connection of this.#all) connection.close();
  }

  #take(line: ((connection: Connection) => void)[]): Promise<Connection> {
    const idle = this.#idle.pop();
    if (idle !== undefined) return Promise.resolve(idle);
    return new Promise((resolve) => {
      line.push(resolve);
    });
  }
}
