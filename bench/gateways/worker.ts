import { makeOutgoing } from "../../src/adapters/payments/outgoing.ts";
import { gatewayKind } from "../../src/adapters/payments/registry.ts";
import type { Currency } from "../../src/domain/money.ts";
import type { PaymentGateway, RawNotice } from "../../src/flows/payments/payment-ports.ts";
import { noFiles } from "../../test/support/node/no-files.ts";

/** A gateway's notice, read so many times by one isolate, as many at once as a rush would have. */
export interface Reading {
  readonly gateway: string;
  readonly currency: Currency;
  readonly credentials: unknown;
  /** What a certificate's address answers, for the gateway that asks for one. */
  readonly certificate: string;
  readonly notice: {
    query: string;
    contentType: string;
    headers: [string, string][];
    body: string;
  };
  readonly count: number;
}

const AT_ONCE = 50;
const made = new Map<string, PaymentGateway>();

export default {
  async fetch(request: Request): Promise<Response> {
    const reading = (await request.json()) as Reading;
    const gateway = gatewayOf(reading);
    const notice = noticeOf(reading);
    let paid = 0;
    for (let read = 0; read < reading.count; read += AT_ONCE) {
      const batch = Array.from({ length: Math.min(AT_ONCE, reading.count - read) }, () =>
        gateway.read(notice),
      );
      // One batch after the other: so many are under way at a time.
      for (const { kind } of await Promise.all(batch)) paid += kind === "paid" ? 1 : 0;
    }
    return Response.json({ paid });
  },
};

/** Kept, as an isolate keeps its accounts: keys are imported once. */
function gatewayOf({ gateway: name, currency, credentials, certificate }: Reading): PaymentGateway {
  const known = made.get(name);
  if (known !== undefined) return known;
  const kind = gatewayKind(name);
  if (kind === null) throw new Error(`no gateway ${name}`);
  const gateway = kind.make(credentials, currency, {
    clock: { nowMs: () => Date.now() },
    entropy: { bytes: (length) => crypto.getRandomValues(new Uint8Array(length)) },
    send: makeOutgoing({
      fetch: async () => new Response(certificate),
      reachesThisMachine: false,
    }),
    files: noFiles,
    reachesThisMachine: false,
  });
  made.set(name, gateway);
  return gateway;
}

function noticeOf({ notice }: Reading): RawNotice {
  const { query, contentType, headers, body } = notice;
  return {
    method: body === "" ? "GET" : "POST",
    query,
    contentType,
    headers: new Map(headers),
    body: new TextEncoder().encode(body),
  };
}
