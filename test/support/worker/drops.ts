import { runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { vi } from "vitest";
import { emptySketch } from "../../../src/domain/memory/hyperloglog.ts";
import { isolate } from "./isolate.ts";
import { call, stockedProduct, type Answer, type Call, type Shop } from "./shop.ts";

export const HOUR_MS = 3_600_000;

export interface TestDrop {
  readonly id: string;
  readonly productId: string;
  readonly opensAtMs: number;
  readonly closesAtMs: number;
  readonly commitment: string;
}

/** A product with keys and a drop that opens in an hour; `settings` are the drop's. */
export async function announce(
  shop: Shop,
  { keys = 3, ...settings }: { keys?: number } & Record<string, unknown> = {},
): Promise<TestDrop> {
  const names = Array.from({ length: keys }, () => crypto.randomUUID());
  const product = await stockedProduct(shop, names);
  const opensAtMs = Date.now() + HOUR_MS;
  const closesAtMs = opensAtMs + HOUR_MS;
  const body = {
    product_id: product.id,
    opens_at: new Date(opensAtMs).toISOString(),
    closes_at: new Date(closesAtMs).toISOString(),
    quantity: keys,
    policy: { challenge: "never" },
    ...settings,
  };
  const { status, json, text } = await shop.admin("/drops", { body });
  if (status !== 201) throw new Error(`not announced: ${text}`);
  return {
    id: json.id,
    productId: product.id,
    opensAtMs,
    closesAtMs,
    commitment: json.seed_commitment,
  };
}

/**
 * Moves every clock of this test to that moment, lets the drop's controller look at it, and gives a Worker
 * that remembers nothing of before.
 */
export async function at(drop: Pick<TestDrop, "id">, ms: number): Promise<Pick<Call, "fetch">> {
  vi.spyOn(Date, "now").mockReturnValue(ms);
  await runDurableObjectAlarm(env.DROP_CONTROLLER.getByName(drop.id));
  return { fetch: isolate().fetch };
}

/** After this the controller goes by what it was told of the line (domain/drop/controller). */
const LET_IN_SECONDS = 12;

/**
 * Opens a drop and lets in everyone who has come: the controller is told of a line of nobody, and looks once
 * a second.
 */
export async function letIn(drop: TestDrop): Promise<Pick<Call, "fetch">> {
  const nobody = { early: emptySketch(), late: emptySketch(), lateTickets: [] };
  for (let second = 1; second <= LET_IN_SECONDS; second++) {
    const ms = drop.opensAtMs + second * 1_000;
    await at(drop, ms);
    await env.DROP_CONTROLLER.getByName(drop.id).report({ edgeNowMs: ms, ...nobody });
  }
  return { fetch: isolate().fetch };
}

/** The moment that `letIn` stops at. */
export const letInAtMs = (drop: TestDrop): number => drop.opensAtMs + LET_IN_SECONDS * 1_000;

export function join(
  { id }: Pick<TestDrop, "id">,
  email: string,
  more: Record<string, unknown> = {},
  init: Call = {},
): Promise<Answer> {
  return call(`/api/v1/drops/${id}/tickets`, { body: { email, ...more }, ...init });
}

export async function ticketOf(
  drop: Pick<TestDrop, "id">,
  email: string,
  init: Call = {},
): Promise<string> {
  const { status, json, text } = await join(drop, email, {}, init);
  if (status !== 201) throw new Error(`not joined: ${text}`);
  return json.ticket;
}
