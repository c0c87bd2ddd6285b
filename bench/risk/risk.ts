import { isDisposable } from "../../src/adapters/risk/disposable-domains.ts";
import { RISK_OUTCOMES, type RiskOutcome } from "../../src/domain/risk/risk.ts";
import { readyLists } from "../../src/domain/risk/risk-lists.ts";
import { RiskMemory } from "../../src/domain/risk/risk-memory.ts";
import { settingsOf } from "../../src/domain/settings/shop-settings.ts";
import { weighOrder } from "../../src/flows/orders/order-guards/judge-risk.ts";
import type { Part } from "../part.ts";
import { demand, figure, table, verdict } from "../report/table.ts";
import { fullLists, numbers, triedOrder } from "./orders.ts";

const DECISIONS = 100_000;
const P99_MICROS_MOST = 1_000;
/** Orders of a busy minute: the memory fills, counts decay, keys make room. */
const BETWEEN_MS = 5;

const COLUMNS = [
  ["a decision, µs", "left"],
  ["measured", "right"],
  ["target", "right"],
  ["met", "left"],
] as const;

/**
 * What a decision costs: all that the guard does but to look settings and lists up. The same orders are
 * played in each round, from the same beginning: the least that a decision took is its cost, what it took
 * more is the machine's other work. (Node's processor time of a thread is too coarse for microseconds.)
 */
export const risk: Part = async ({ options: { rounds } }) => {
  const micros = new Float64Array(DECISIONS).fill(Infinity);
  const outcomes = { allow: 0, challenge: 0, review: 0, deny: 0 };
  for (let round = 0; round <= rounds; round++) {
    for (const name of RISK_OUTCOMES) outcomes[name] = 0;
    play((n, took, outcome) => {
      outcomes[outcome]++;
      micros[n] = Math.min(micros[n] ?? Infinity, took);
    });
  }
  micros.sort();
  const at = (share: number) => micros[Math.floor(DECISIONS * share)] ?? 0;
  const rows = [
    ["p50", figure(at(0.5)), "", ""],
    [
      "p99",
      figure(at(0.99)),
      demand({ atMost: P99_MICROS_MOST }),
      verdict(at(0.99) < P99_MICROS_MOST),
    ],
    ["p99.9", figure(at(0.999)), "", ""],
    ["the most", figure(micros.at(-1) ?? 0), "", ""],
  ];
  const ends = RISK_OUTCOMES.map((name) => `${name} ${figure(outcomes[name])}`).join(", ");
  return {
    markdown: [
      table(COLUMNS, rows),
      "",
      `${figure(DECISIONS)} orders, the least of ${rounds + 1} rounds each; 5,000 list entries, the kept list of`,
      `throw-away domains. Outcomes: ${ends}.`,
    ].join("\n"),
    data: { p50: at(0.5), p99: at(0.99), p999: at(0.999), most: micros.at(-1), outcomes },
  };
};

function play(decided: (n: number, micros: number, outcome: RiskOutcome) => void): void {
  const random = numbers(1);
  const lists = readyLists(fullLists(random));
  const sources = { memory: new RiskMemory(), isDisposable };
  const rules = {
    ...settingsOf({}).risk,
    reviewAt: 80,
    expectedCountries: ["CN", "SG", "MY"],
    disposableDomains: ["burner.example"],
  };
  for (let n = 0; n < DECISIONS; n++) {
    const order = triedOrder(n, random);
    const startedAt = performance.now();
    const { outcome } = weighOrder(sources, order, { lists, rules, nowMs: n * BETWEEN_MS });
    decided(n, (performance.now() - startedAt) * 1_000, outcome);
  }
}
