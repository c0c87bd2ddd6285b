import { inject } from "vitest";
import { fileDigest } from "../../../src/platform/file-digest.ts";
import type { GatewayWorld } from "../../../src/adapters/payments/gateway.ts";
import { makeDownloading, makeOutgoing } from "../../../src/adapters/payments/outgoing.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Where test/support/node/rude-gateway.ts listens. */
    rudeGateway: string;
  }
}

/** A moment at which every gateway of the tests lives. */
export const NOW_MS = Date.parse("2026-11-25T04:00:00Z");

/** What a gateway says to a request of ours. */
export type OtherSide = (request: Request) => Response | Promise<Response>;

/** The world of a gateway whose other side is a function of the test. */
export function worldWith(respond: OtherSide): GatewayWorld {
  return world(async (url, init) => respond(new Request(url, init)));
}

/** Every way of not answering that test/support/node/rude-gateway.ts knows, and what it comes to. */
export const MANNERS = [
  ["stall", "timeout"],
  ["drip", "timeout"],
  ["drop", "network"],
  ["drop-half-way", "network"],
  ["endless", "too_large"],
  ["html", "not_understood"],
  ["error-500", "status"],
  ["busy-503", "status"],
  ["redirect-302", "redirect"],
  ["redirect-307", "redirect"],
  ["not-utf-8", "not_understood"],
  ["empty", "not_understood"],
  ["empty-object", "not_understood"],
  ["null", "not_understood"],
  ["list", "not_understood"],
] as const;
export type Manner = (typeof MANNERS)[number][0];

/** The world of a gateway whose host, whatever it is called, behaves like that: over real sockets. */
export function worldOfRude(manner: Manner): GatewayWorld {
  // Who is to be given up soon is; whoever answers in any way is waited for, however busy the machine.
  const isTooSlow = MANNERS.some(([name, why]) => name === manner && why === "timeout");
  const timeoutMs = isTooSlow ? 400 : 10_000;
  return world((_, init) => fetch(`${inject("rudeGateway")}/${manner}`, init), timeoutMs);
}

/** The world of a gateway that nobody is to call. */
export function silentWorld(): GatewayWorld {
  return worldWith(({ url }) => {
    throw new Error(`${url} was called`);
  });
}

function world(
  send: (url: string, init: RequestInit) => Promise<Response>,
  timeoutMs = 5_000,
): GatewayWorld {
  const outgoing = { fetch: send, reachesThisMachine: false, timeoutMs };
  return {
    clock: { nowMs: () => NOW_MS },
    entropy: { bytes: (length) => crypto.getRandomValues(new Uint8Array(length)) },
    send: makeOutgoing(outgoing),
    files: { download: makeDownloading(outgoing), digest: fileDigest },
    reachesThisMachine: false,
  };
}

export function jsonResponse(body: unknown, status = 200): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { "content-type": "application/json" },
  });
}

/** The body of a request, whatever type it says it has: of forms, \`text()\` warns. */
export async function textOf(request: Request): Promise<string> {
  return new TextDecoder().decode(await request.arrayBuffer());
}
