import { CROWD, KIND } from "./plan.ts";
import type { Played } from "./simulate.ts";
import { binomialTail, kolmogorovSmirnov } from "./statistics.ts";

/** What the platform lets one object serve, with room. */
const REQUESTS_PER_SECOND_MAX = 500;
/** A fair drop fails each of the three tests of chance once in a hundred seeds. */
const LEVEL = 0.01;

export interface Law {
  readonly law: string;
  readonly holds: boolean;
  readonly said: string;
}

/** What a drop promises, held against one that was played. */
export function judge(played: Played): Law[] {
  const { audit, funnel, plan } = played;
  const { free, held, sold, delivered, distinct } = audit;
  const max = funnel.requestsPerSecondMax;
  return [
    law(sold === plan.keys && funnel.paid === plan.keys, "every key is sold", {
      said: `${sold} of ${plan.keys}; ${free} free, ${held} held at the end; ${played.status}`,
    }),
    law(distinct === delivered && delivered <= plan.keys, "no key is sold twice", {
      said: `${delivered} keys in delivered orders, ${distinct} of them distinct`,
    }),
    law(max < REQUESTS_PER_SECOND_MAX, "the stock object is never rushed", {
      said: `at most ${max} requests in a second, under ${REQUESTS_PER_SECOND_MAX}`,
    }),
    law(played.fell === 0, "the threshold only rises", { said: `it fell ${played.fell} times` }),
    law(played.forgedIn === 0, "no forged ticket is believed", {
      said: `${funnel.forged} refused, ${played.forgedIn} believed`,
    }),
    ...fairness(played),
    bots(played),
  ];
}

/**
 * Honest early arrivals in the order in which they joined, each at its share of the way: those of them who got a
 * key are as evenly spread as chance spreads them. And their draws are uniform.
 */
function fairness({ people, won, draws }: Played): Law[] {
  const early = Array.from(people.kind.keys()).filter(
    (person) => people.kind[person] === KIND.honest && (people.joinsAt[person] ?? 0) < CROWD.joinMs,
  );
  early.sort((a, b) => (people.joinsAt[a] ?? 0) - (people.joinsAt[b] ?? 0));
  const places = early.flatMap((person, place) =>
    won[person] === 1 ? [(place + 0.5) / early.length] : [],
  );
  const arrival = kolmogorovSmirnov(places);
  const drawn = early.map((person) => draws[person] ?? Number.NaN).filter((draw) => draw >= 0);
  const uniform = kolmogorovSmirnov(drawn);
  return [
    law(arrival.p > LEVEL, "it does not matter when an early person joined", {
      said: `Kolmogorov-Smirnov over ${places.length} winners of ${early.length}: D = ${arrival.d.toFixed(4)}, p = ${arrival.p.toFixed(3)}`,
    }),
    law(uniform.p > LEVEL, "draws are uniform", {
      said: `Kolmogorov-Smirnov over ${drawn.length} draws: D = ${uniform.d.toFixed(5)}, p = ${uniform.p.toFixed(3)}`,
    }),
  ];
}

/** A bot wins no more often than an honest early person who stays, orders and pays, and never twice. */
function bots({ people, won }: Played): Law {
  let [steady, steadyWon] = [0, 0];
  const keys = new Uint16Array(people.bots);
  for (let person = 0; person < people.count; person++) {
    const bot = people.bot[person] ?? -1;
    if (bot >= 0) keys[bot] = (keys[bot] ?? 0) + (won[person] ?? 0);
    else if (isSteady(people, person)) {
      steady++;
      steadyWon += won[person] ?? 0;
    }
  }
  const winners = keys.filter((count) => count > 0).length;
  const most = keys.reduce((a, b) => Math.max(a, b), 0);
  const chance = steady === 0 ? 0 : steadyWon / steady;
  const tail = binomialTail(winners, people.bots, chance);
  return law(most <= 1 && (tail > LEVEL || winners === 0), "a hundred tickets gain nothing", {
    said:
      `${winners} of ${people.bots} bots with ${CROWD.ticketsPerBot} tickets got a key, at most ${most} each; ` +
      `an honest early person who stays, orders and pays: ${(100 * chance).toFixed(3)} %; ` +
      `so many bots or more by chance alone: p = ${tail.toFixed(3)}`,
  });
}

function isSteady(people: Played["people"], person: number): boolean {
  return (
    people.kind[person] === KIND.honest &&
    (people.joinsAt[person] ?? 0) < CROWD.joinMs &&
    (people.leavesAt[person] ?? 0) === 2 ** 31 - 1 &&
    people.orders[person] === 1 &&
    people.pays[person] === 1
  );
}

function law(holds: boolean, name: string, { said }: { said: string }): Law {
  return { law: name, holds, said };
}
