import { connect, type Socket } from "node:net";

export interface Heard {
  readonly status: number;
  readonly body: string;
}

export interface RudePlan {
  readonly port: number;
  readonly clients: number;
  readonly requests: number;
  /** The path of the n-th request. */
  readonly path: (n: number) => string;
  /** Whether the client of the n-th hangs up as soon as it has asked. */
  readonly hangsUp: (n: number) => boolean;
  /** Told of every answer. */
  readonly heard: (n: number, answer: Heard) => void;
}

/**
 * Keep-alive clients on plain sockets, some of which hang up without waiting for their answer.
 * Resolves once every request has had its answer or its client has gone. Loopback only, bounded.
 */
export async function rudeClients(plan: RudePlan): Promise<void> {
  let asked = 0;
  const next = (): number | null => (asked < plan.requests ? asked++ : null);
  await Promise.all(Array.from({ length: plan.clients }, () => oneAfterTheOther(plan, next)));
}

/** A client asks one thing at a time. */
async function oneAfterTheOther(plan: RudePlan, next: () => number | null): Promise<void> {
  let socket: Socket | null = null;
  for (let n = next(); n !== null; n = next()) {
    socket ??= await open(plan.port);
    socket.write(`GET ${plan.path(n)} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`);
    if (plan.hangsUp(n)) {
      // Long enough for the request to be under way.
      await new Promise((resolve) => setTimeout(resolve, n % 12));
      socket.destroy();
      socket = null;
    } else {
      plan.heard(n, await answerFrom(socket));
    }
  }
  socket?.destroy();
}

function open(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true });
    socket.once("connect", () => resolve(socket));
    socket.once("error", reject);
  });
}

/** One answer with a Content-Length; a connection that ends before it is an error. */
function answerFrom(socket: Socket): Promise<Heard> {
  return new Promise((resolve, reject) => {
    let text = "";
    const take = (chunk: Buffer): void => {
      text += chunk.toString("latin1");
      const head = /^HTTP\/1\.1 (\d{3})[\s\S]*?content-length: (\d+)[\s\S]*?\r\n\r\n/i.exec(text);
      const length = Number(head?.[2]);
      if (head === null || text.length < head[0].length + length) return;
      socket.off("data", take);
      socket.off("close", closed);
      resolve({ status: Number(head[1]), body: text.slice(head[0].length) });
    };
    const closed = (): void => reject(new Error(`the connection ended after: ${text}`));
    socket.on("data", take);
    socket.once("close", closed);
  });
}
