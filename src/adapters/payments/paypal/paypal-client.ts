import { z } from "zod";
import type { GatewayRefusal, GatewayUnavailable } from "../../../flows/payments/payment-ports.ts";
import { base64 } from "../../../domain/encoding.ts";
import { readAnswer, refusalReason } from "../fields.ts";
import type { GatewayWorld } from "../gateway.ts";
import { unavailable, type OutgoingAnswer } from "../outgoing.ts";

/** A token is used until this long before it ends, ms. */
const TOKEN_MARGIN_MS = 60_000;

export interface PaypalAccount {
  readonly client_id: string;
  readonly client_secret: string;
  readonly webhook_id: string;
  readonly environment: "live" | "sandbox";
}

/** What PayPal said no to. `issue` is its own word, where it has one. */
export interface Failed {
  readonly kind: "failed";
  readonly status: number;
  readonly name: string;
  readonly issue: string;
}

export interface Asked {
  readonly method: "GET" | "POST";
  readonly path: string;
  /** `PayPal-Request-Id`: the same again is the same act. */
  readonly requestId?: string;
  readonly content?: object;
  /** In place of `content`: a form (RFC 7578) whose fields are JSON. */
  readonly form?: Readonly<Record<string, object>>;
}

export type PaypalCall = (asked: Asked) => Promise<OutgoingAnswer | Failed | GatewayUnavailable>;

/** PayPal's API with the token that it asks for, fetched when needed and kept for hours. */
export function makePaypalCall(account: PaypalAccount, world: GatewayWorld): PaypalCall {
  const host = `https://api-m.${account.environment === "sandbox" ? "sandbox." : ""}paypal.com`;
  let token: { text: string; untilMs: number } | null = null;

  async function bearer(): Promise<string | GatewayUnavailable> {
    const nowMs = world.clock.nowMs();
    if (token !== null && nowMs < token.untilMs) return token.text;
    const fetched = await fetchToken(account, world, host);
    if (fetched.kind !== "read") return fetched;
    const { access_token: text, expires_in: seconds } = fetched.value;
    token = { text, untilMs: nowMs + seconds * 1_000 - TOKEN_MARGIN_MS };
    return text;
  }

  return async ({ method, path, requestId, content, form }) => {
    const text = await bearer();
    if (typeof text !== "string") return text;
    const answer = await world.send({
      method,
      url: `${host}${path}`,
      headers: {
        authorization: `Bearer ${text}`,
        "content-type": form === undefined ? "application/json" : FORM,
        prefer: "return=representation",
        ...(requestId === undefined ? {} : { "paypal-request-id": requestId }),
      },
      ...(content === undefined ? {} : { body: JSON.stringify(content) }),
      ...(form === undefined ? {} : { body: formOf(form) }),
    });
    if (answer.kind !== "answered" || answer.status < 400) return answer;
    // Ended early or taken back: the next call asks for another.
    if (answer.status === 401) token = null;
    return answer.status === 401 ? unavailable("credentials") : failed(answer);
  };
}

/** No line of JSON begins with it: JSON text has no line breaks of its own. */
const BOUNDARY = "kamidrop-4f1c2a7be0d94f6d";
const FORM = `multipart/form-data; boundary=${BOUNDARY}`;

function formOf(fields: Readonly<Record<string, object>>): string {
  const parts = Object.entries(fields).map(
    ([name, value]) =>
      `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"\r\nContent-Type: application/json\r\n\r\n${JSON.stringify(value)}\r\n`,
  );
  return `${parts.join("")}--${BOUNDARY}--\r\n`;
}

const issued = z.object({ access_token: z.string().min(1), expires_in: z.number().positive() });

async function fetchToken(
  { client_id, client_secret }: PaypalAccount,
  { send }: GatewayWorld,
  host: string,
) {
  const basic = base64(new TextEncoder().encode(`${client_id}:${client_secret}`));
  const answer = await send({
    method: "POST",
    url: `${host}/v1/oauth2/token`,
    headers: {
      authorization: `Basic ${basic}`,
      "content-type": "application/x-www-form-urlencoded",
    },
    body: "grant_type=client_credentials",
  });
  if (answer.kind !== "answered") return answer;
  if (answer.status >= 400) return unavailable("credentials");
  return readAnswer(answer, issued);
}

const problem = z.object({
  name: z.string(),
  details: z.array(z.object({ issue: z.string() })).optional(),
});

function failed(answer: OutgoingAnswer): Failed | GatewayUnavailable {
  const read = readAnswer(answer, problem);
  if (read.kind !== "read") return read;
  const { name, details } = read.value;
  return { kind: "failed", status: answer.status, name, issue: details?.[0]?.issue ?? name };
}

export function refusal({ name, issue }: Failed): GatewayRefusal {
  return { kind: "refused", reason: refusalReason(issue === name ? name : `${name} ${issue}`) };
}
