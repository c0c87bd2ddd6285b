import type { AccountId, MerchantId } from "../../../src/domain/ids.ts";
import type { KeyFate } from "../../../src/domain/payments/refund.ts";
import { moneySettings, type MoneyPolicy } from "../../../src/domain/settings/money.ts";
import type { RefundRequest } from "../../../src/flows/payments/payment-ports.ts";
import type { Network } from "../network.ts";
import type { Random } from "../random.ts";
import { accountOf, merchantOf, PRODUCTS } from "../shop.ts";
import type { Timeline } from "../timeline.ts";
import { POLITE, RUDE, SimulatedGateway } from "./gateway.ts";
import type { Charge } from "./gateway-books.ts";
import { SqliteD1 } from "./sqlite-d1.ts";

interface Surroundings {
  readonly random: Random;
  readonly timeline: Timeline;
  readonly network: Network;
}

/** What a world has beside its shop where money is watched: the gateways' side, and D1 with its own SQL. */
export class MoneyWorld {
  readonly d1 = SqliteD1.blank();
  readonly gateways = new Map<AccountId, SimulatedGateway>();
  /** What each merchant has decided about money without keys, from beginning to end. */
  readonly policies = new Map<MerchantId, MoneyPolicy>();
  /** What merchants have said becomes of the keys, by the refund's id: the first word counts. */
  readonly keyWishes = new Map<string, KeyFate>();
  /** Told of each charge, and of until when its order is held. */
  onCharged: (charge: Charge, heldUntilMs: number) => void = () => undefined;
  /** Asked at the gateway in the moment in which it acts. */
  onAsked: (gateway: SimulatedGateway, request: RefundRequest) => void = () => undefined;

  constructor({ random, timeline, network }: Surroundings, isCalm: boolean) {
    for (const merchantId of new Set(PRODUCTS.map(merchantOf))) {
      const luck = random.fork(merchantId);
      const id = accountOf(merchantId);
      const gateway: SimulatedGateway = new SimulatedGateway(id, {
        timeline,
        network,
        random: luck.fork("gateway"),
        answersQueries: luck.chance(0.75),
        onAsked: (request) => this.onAsked(gateway, request),
      });
      gateway.manners = isCalm ? POLITE : RUDE;
      this.gateways.set(id, gateway);
      this.policies.set(merchantId, policyOf(luck.fork("policy")));
    }
  }

  gateway(id: AccountId): SimulatedGateway {
    const gateway = this.gateways.get(id);
    if (gateway === undefined) throw new Error(`there is no account ${id}`);
    return gateway;
  }

  /** A buyer has paid. */
  charge(id: AccountId, { heldUntilMs, ...paid }: Paying): void {
    this.onCharged(this.gateway(id).books.charge(paid), heldUntilMs);
  }

  policy(merchantId: MerchantId): MoneyPolicy {
    const policy = this.policies.get(merchantId);
    if (policy === undefined) throw new Error(`there is no merchant ${merchantId}`);
    return policy;
  }

  heal(): void {
    for (const gateway of this.gateways.values()) gateway.manners = POLITE;
  }

  /** Nothing is to come that a schedule or a gateway would have to see to. */
  isAtRest(): boolean {
    const ended = [...this.gateways.values()].every(({ pending }) => pending === 0);
    return ended && this.d1.rows(AWAITED).length === 0;
  }

  close(): void {
    this.d1.giveBack();
  }
}

/** `heldUntilMs`: until when the order that is paid for is held. */
type Paying = Omit<Charge, "accountId"> & { readonly heldUntilMs: number };

/** Who waits for keys without an end is looked at for ever. */
const AWAITED = `SELECT 1 FROM payment_queries
  UNION ALL SELECT 1 FROM refunds WHERE ask_at_ms IS NOT NULL
  UNION ALL SELECT 1 FROM tasks WHERE state = 'policy' AND reason <> 'unfilled' LIMIT 1`;

function policyOf(random: Random): MoneyPolicy {
  const byItself = () => random.pick(["task", "refund"]);
  return moneySettings.parse({
    unfilled: random.pick(["wait", "wait", "refund"]),
    late: random.pick(["deliver", "deliver", "refund"]),
    unfilledWaitHours: random.pick<1 | 5 | "forever">([1, 5, "forever"]),
    surplus: byItself(),
    mismatch: byItself(),
  });
}
