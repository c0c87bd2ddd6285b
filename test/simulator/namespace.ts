import type { ProductStockRpc } from "../../durable-objects/product-stock/contract.ts";
import { Unavailable } from "../../src/domain/overload/unavailable.ts";
import type { stockObjects } from "../../src/platform/objects.ts";
import type { Turns } from "../../src/platform/turns.ts";
import { never, Process } from "./network.ts";
import { Gone } from "./stock-sql.ts";
import { stockWire } from "./stock-wire.ts";
import type { World } from "./world.ts";

type Namespace = Parameters<typeof stockObjects>[0];

const NAME = /^product-(\d+)$/;

/** The binding through which the Worker reaches objects: its stubs fail in the platform's words. */
export function stockNamespace(world: World): Namespace {
  const getByName = (name: string): ProductStockRpc => {
    const number = Number(NAME.exec(name)?.[1]);
    const stub = stockWire(async (work) => {
      try {
        return await world.network.call(name, () => world.object(number).call(work));
      } catch (error) {
        throw platformError(error, world.network.down.has(name));
      }
    });
    return world.fault.stub?.(stub) ?? stub;
  };
  return { getByName };
}

/** What is lost on the way or dies may be tried again, what has too much to do may not. */
function platformError(error: unknown, down: boolean): unknown {
  if (down) return Object.assign(new Error("Durable Object is overloaded"), { overloaded: true });
  if (error instanceof Gone || error instanceof Unavailable)
    return Object.assign(new Error("Network connection lost"), { retryable: true });
  return error;
}

/** Timers of whichever request asks. Work is kept alive as long as its request is not killed. */
export function turnsIn(world: World): Turns {
  return {
    nowMs: () => world.timeline.nowMs,
    wait: async (ms) => {
      const process = Process.current();
      await world.timeline.sleep(Math.ceil(ms));
      if (process.isGone) await never();
    },
    keepAlive: () => undefined,
  };
}
