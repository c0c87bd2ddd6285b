import type { OrderSnapshot } from "../../durable-objects/product-stock/contract.ts";
import { UNKNOWN_NETWORK } from "../domain/network/caller.ts";
import type { OrderId } from "../domain/ids.ts";
import { refusedOf, STOPS, STOPS_OF_ORDER, type Standing } from "../domain/limits/limit-rules.ts";
import type { Result } from "../domain/result.ts";
import { giveBackToStopped, stopWaiting, type StopRefusal } from "../flows/orders/stop-waiting.ts";
import { errorFields, log } from "../platform/log.ts";
import { callerNetwork } from "./caller.ts";
import type { AppContext } from "./env.ts";

type TooMany = { reason: "too_many"; standing: Standing };

/**
 * The buyer, who holds the order's token, waits for keys no longer. That they do is recorded when this answers;
 * their gateway is asked for the money after the answer, since it may take its time.
 */
export async function stopForBuyer(
  c: AppContext,
  order: { readonly id: OrderId; readonly stockNumber: number },
): Promise<Result<OrderSnapshot, StopRefusal | TooMany>> {
  const deps = c.get("deps");
  const network = callerNetwork(c);
  const standings = await deps.limits.take([
    { rule: STOPS_OF_ORDER, key: order.id },
    ...(network === UNKNOWN_NETWORK ? [] : [{ rule: STOPS, key: network }]),
  ]);
  const standing = refusedOf(standings);
  if (standing !== undefined) return { ok: false, error: { reason: "too_many", standing } };
  const stopped = await stopWaiting(deps, order);
  if (!stopped.ok) return stopped;
  const { order: now, isNew } = stopped.value;
  if (isNew) {
    c.executionCtx.waitUntil(
      giveBackToStopped(deps, now, deps.clock.nowMs()).catch((error: unknown) =>
        log("warn", "stopped_not_given_back", { order: now.id, ...errorFields(error) }),
      ),
    );
  }
  return { ok: true, value: now };
}
