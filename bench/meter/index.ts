import { DropController as PlainController } from "../../durable-objects/drop-controller/object.ts";
import { ProductStock as Plain } from "../../durable-objects/product-stock/object.ts";
import type { Bindings } from "../../src/platform/bindings.ts";
import { makeWorker } from "../../src/platform/worker.ts";
import { meteredContext, meteredEnv, readings } from "./meter.ts";
import { METER_PATH } from "./readings.ts";

export { RateLimiter } from "../../durable-objects/rate-limiter/object.ts";

/** The production Worker with a meter around it; never deployed. */
const shop = makeWorker();

export class ProductStock extends Plain {
  constructor(ctx: DurableObjectState, env: Bindings) {
    super(meteredContext(ctx), meteredEnv(env));
  }

  override alarm(info?: AlarmInvocationInfo): Promise<void> {
    readings.objectRequests++;
    readings.stockRequests++;
    return super.alarm(info);
  }
}

/** What it asks of the stock is counted too. */
export class DropController extends PlainController {
  constructor(ctx: DurableObjectState, env: Bindings) {
    super(ctx, meteredEnv(env));
  }
}

export default {
  async fetch(request, env, ctx) {
    if (new URL(request.url).pathname === METER_PATH) return Response.json(readings);
    readings.workerRequests++;
    return (
      (await shop.fetch?.(request, meteredEnv(env), ctx)) ?? new Response(null, { status: 500 })
    );
  },
  async queue(batch, env, ctx) {
    readings.consumerRuns++;
    await shop.queue?.(batch, meteredEnv(env), ctx);
  },
} satisfies ExportedHandler<Bindings>;
