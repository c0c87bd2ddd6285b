import { developmentUrl, publicHttpsUrl } from "../../domain/network/public-address.ts";
import { STATEMENT_BYTES_MAX } from "../../domain/statements/statement.ts";
import { Unavailable } from "../../domain/overload/unavailable.ts";
import type { GatewayUnavailable } from "../../flows/payments/payment-ports.ts";
import { readBounded } from "../shared/bounded-body.ts";

/** How long a gateway may take, body and all: a buyer is waiting, and so is a schedule. */
const TIMEOUT_MS = 8_000;
/** The most of an answer, bytes: gateways answer with a few hundred. */
const ANSWER_BYTES_MAX = 256 * 1024;
/** How much longer a whole file may take than one piece of it. */
const FILE_PATIENCES = 15;
const BROKEN_OFF_AGAIN_SECONDS = 60;
/** The longest that a gateway's Retry-After is believed. */
const RETRY_AFTER_SECONDS_MAX = 3_600;

export interface OutgoingRequest {
  readonly method: "GET" | "POST";
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface OutgoingAnswer {
  readonly kind: "answered";
  /** 2xx or 4xx: gateways put what they refuse into either. */
  readonly status: number;
  readonly headers: Headers;
  /** Exactly as it came, because signatures are over it. */
  readonly text: string;
}

/** Sends one request, once. Never throws: what does not come back whole is `unavailable`. */
export type Outgoing = (request: OutgoingRequest) => Promise<OutgoingAnswer | GatewayUnavailable>;

export interface Download {
  readonly kind: "file";
  /** Throws Unavailable where it stalls, breaks off or grows too large. */
  readonly pieces: AsyncIterable<Uint8Array>;
}

/** Fetches what is too long to be held. What is no 2xx is `unavailable`. */
export type Downloading = (request: OutgoingRequest) => Promise<Download | GatewayUnavailable>;

export interface OutgoingOptions {
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  /** True in the development build only: the simulator is on this machine. */
  readonly reachesThisMachine: boolean;
  readonly timeoutMs?: number;
}

/**
 * The one way out to gateways. To public https addresses only; no redirect is followed, since its
 * target was never checked and would be sent our signature; no answer is waited for or read without
 * an end. It tries once: who may try again, and when, is for those who know what they asked.
 */
export function makeOutgoing(options: OutgoingOptions): Outgoing {
  const allowed = options.reachesThisMachine ? developmentUrl : publicHttpsUrl;
  return async (request) => {
    const url = allowed(request.url);
    if (url === null) return unavailable("address");
    const signal = AbortSignal.timeout(options.timeoutMs ?? TIMEOUT_MS);
    try {
      const response = await options.fetch(url.href, {
        method: request.method,
        headers: { accept: "application/json", ...request.headers },
        ...(request.body === undefined ? {} : { body: request.body }),
        redirect: "manual",
        signal,
      });
      return await readAnswer(response, signal);
    } catch {
      return unavailable(signal.aborted ? "timeout" : "network");
    }
  };
}

/** The same way out, for files: each piece has as long as an answer has. */
export function makeDownloading(options: OutgoingOptions): Downloading {
  const allowed = options.reachesThisMachine ? developmentUrl : publicHttpsUrl;
  const patienceMs = options.timeoutMs ?? TIMEOUT_MS;
  return async ({ method, url: asked, headers, body }) => {
    const url = allowed(asked);
    if (url === null) return unavailable("address");
    const stopped = new AbortController();
    const timer = setTimeout(() => stopped.abort(), patienceMs);
    try {
      const response = await options.fetch(url.href, {
        method,
        headers: { ...headers },
        ...(body === undefined ? {} : { body }),
        redirect: "manual",
        signal: stopped.signal,
      });
      if (response.ok && response.body !== null) {
        return { kind: "file", pieces: piecesOf(response.body, patienceMs) };
      }
      response.body?.cancel().catch(() => undefined);
      const redirect = response.status >= 300 && response.status < 400;
      return unavailable(redirect ? "redirect" : "status", retryAfter(response.headers));
    } catch {
      return unavailable(stopped.signal.aborted ? "timeout" : "network");
    } finally {
      clearTimeout(timer);
    }
  };
}

async function* piecesOf(
  body: ReadableStream<Uint8Array>,
  patienceMs: number,
): AsyncGenerator<Uint8Array> {
  const reader = body.getReader();
  const givenUp = Promise.withResolvers<never>();
  givenUp.promise.catch(() => undefined);
  // One clock at a time for the pieces: an isolate has no more than so many of them.
  const clock = () => setTimeout(() => givenUp.reject(new Error("time is up")), patienceMs);
  const whole = setTimeout(
    () => givenUp.reject(new Error("time is up")),
    patienceMs * FILE_PATIENCES,
  );
  let bytes = 0;
  let slow = clock();
  try {
    for (;;) {
      // oxlint-disable-next-line no-await-in-loop -- a piece comes after the one before it
      const { done, value } = await Promise.race([reader.read(), givenUp.promise]);
      clearTimeout(slow);
      if (done) return;
      bytes += value.byteLength;
      if (bytes > STATEMENT_BYTES_MAX) throw new Error("the file is too large");
      yield value;
      slow = clock();
    }
  } catch (cause) {
    throw new Unavailable("gateway", BROKEN_OFF_AGAIN_SECONDS, { cause });
  } finally {
    clearTimeout(slow);
    clearTimeout(whole);
    reader.cancel().catch(() => undefined);
  }
}

export function unavailable(
  reason: GatewayUnavailable["reason"],
  retryAfterSeconds: number | null = null,
): GatewayUnavailable {
  return { kind: "unavailable", reason, retryAfterSeconds };
}

async function readAnswer(
  response: Response,
  signal: AbortSignal,
): Promise<OutgoingAnswer | GatewayUnavailable> {
  const { status, headers } = response;
  const redirect = status >= 300 && status < 400;
  if (redirect || status >= 500 || status === 429 || status < 200) {
    // Nobody reads the rest. A failure to say so changes nothing.
    response.body?.cancel().catch(() => undefined);
    return unavailable(redirect ? "redirect" : "status", retryAfter(headers));
  }
  const text = await readText(response, signal);
  return typeof text === "string" ? { kind: "answered", status, headers, text } : text;
}

/** Null for a date or for anything else that is not a number of seconds. */
function retryAfter(headers: Headers): number | null {
  const text = headers.get("retry-after") ?? "";
  if (!/^\d{1,6}$/.test(text)) return null;
  return Math.min(Number(text), RETRY_AFTER_SECONDS_MAX);
}

async function readText(
  response: Response,
  signal: AbortSignal,
): Promise<string | GatewayUnavailable> {
  const bytes = await readBounded(response, ANSWER_BYTES_MAX, signal);
  if (bytes === null) return unavailable("too_large");
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return unavailable("not_understood");
  }
}
