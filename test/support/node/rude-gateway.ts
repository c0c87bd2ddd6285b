import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  interface ProvidedContext {
    /** Where a gateway listens that behaves as badly as the path says. */
    rudeGateway: string;
  }
}

const json = { "content-type": "application/json" };

/** What a gateway may do instead of answering. The first part of a request's path names one. */
const MANNERS: Record<string, (response: ServerResponse) => void> = {
  stall: () => undefined,
  drop: (response) => response.socket?.destroy(),
  "drop-half-way": (response) => {
    response.writeHead(200, { ...json, "content-length": "1000" });
    response.write('{"code":1,', () => response.socket?.destroy());
  },
  drip: (response) => {
    response.writeHead(200, json);
    const timer = setInterval(() => response.write(" "), 50);
    response.on("close", () => clearInterval(timer));
  },
  endless: (response) => {
    response.writeHead(200, json);
    const chunk = `"${"x".repeat(64 * 1024)}"`;
    const more = () => {
      while (!response.destroyed && response.write(chunk));
    };
    response.on("drain", more);
    more();
  },
  html: (response) => {
    response.writeHead(200, { "content-type": "text/html" });
    response.end("<!doctype html><title>Just a moment...</title>");
  },
  "error-500": (response) => {
    response.writeHead(500, json);
    response.end('{"code":1,"status":1,"success":true}');
  },
  "busy-503": (response) => {
    response.writeHead(503, { "retry-after": "7" });
    response.end();
  },
  "redirect-302": (response) => {
    // To where an answer would be had: following it is what must not happen.
    response.writeHead(302, { location: "/html" });
    response.end();
  },
  "redirect-307": (response) => {
    response.writeHead(307, { location: "/html" });
    response.end();
  },
  "not-utf-8": (response) => {
    response.writeHead(200, json);
    response.end(Buffer.from([0x22, 0xb3, 0xc9, 0x22]));
  },
  empty: (response) => {
    response.writeHead(200, json);
    response.end();
  },
  "empty-object": (response) => {
    response.writeHead(200, json);
    response.end("{}");
  },
  null: (response) => {
    response.writeHead(200, json);
    response.end("null");
  },
  list: (response) => {
    response.writeHead(200, json);
    response.end("[]");
  },
};

/** One gateway that behaves: an epusdt that counts what it opens, in the address where it sends the buyer. */
const opened: string[] = [];

function honestEpusdt(body: string, response: ServerResponse): void {
  const { order_id: orderId, amount } = JSON.parse(body) as { order_id: string; amount: number };
  const tradeId = `trade-${opened.push(orderId)}`;
  const data = { trade_id: tradeId, order_id: orderId, amount, payment_url: payUrl(tradeId) };
  response.writeHead(200, json);
  response.end(JSON.stringify({ status_code: 200, message: "success", data }));
}

/** It is asked about a trade: nobody has paid. */
function sayWaiting(tradeId: string, response: ServerResponse): void {
  response.writeHead(200, json);
  response.end(JSON.stringify({ status_code: 200, data: { trade_id: tradeId, status: 1 } }));
}

const payUrl = (tradeId: string) => `https://usdt.example.com/pay/${tradeId}`;

/** A real server, in Node, beside the tests that run in workerd. */
export default async function rudeGateway(project: TestProject): Promise<() => Promise<void>> {
  const server = createServer((request, response) => {
    const [, manner = "", ...rest] = (request.url ?? "").split("/");
    if (manner === "epusdt") {
      void readAll(request).then((body) =>
        body === "" ? sayWaiting(rest.at(-1) ?? "", response) : honestEpusdt(body, response),
      );
      return;
    }
    request.resume();
    (MANNERS[manner] ?? (() => response.writeHead(404).end()))(response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  project.provide("rudeGateway", `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  return async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
}

async function readAll(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
