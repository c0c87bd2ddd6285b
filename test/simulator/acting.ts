import type { OrderSnapshot } from "../../durable-objects/product-stock/contract.ts";
import type { Auditor } from "./auditor.ts";
import type { Edge } from "./edge.ts";
import type { Order } from "./operations.ts";
import { simulatedVault } from "./platform-crypto.ts";
import type { PlantedFault } from "./planted-fault.ts";
import type { Random } from "./random.ts";
import type { World } from "./world.ts";

/** A caller who got no answer asks again this often; a gateway does not give up. */
const TRIES_MAX = 4;

/** What those who act share: whom they call, whom they tell, and what they have learned. */
export class Acting {
  /** Orders as their buyers know them. */
  readonly known = new Map<number, OrderSnapshot>();
  /** Orders as the script has them. */
  readonly orders = new Map<number, Order>();
  readonly world: World;
  readonly auditor: Auditor;
  readonly fault: PlantedFault;
  /** As it should be: what the world's vault may get wrong, these people know. */
  readonly vault = simulatedVault();

  constructor(world: World, auditor: Auditor, fault: PlantedFault) {
    this.world = world;
    this.auditor = auditor;
    this.fault = fault;
  }

  /** Asks until there is an answer; null where there was none after all the tries. */
  async ask<T>(
    random: Random,
    work: (edge: Edge) => Promise<T>,
    triesMax = TRIES_MAX,
  ): Promise<T | null> {
    for (let tries = 1; tries <= triesMax; tries++) {
      const luck = random.fork(random.int(0, 2 ** 31));
      try {
        return await this.world.runWith(luck, work);
      } catch (error) {
        this.auditor.answers.unanswered(error);
        await this.world.timeline.sleep(random.int(0, Math.min(600_000, 500 * 3 ** tries)));
      }
    }
    return null;
  }
}
