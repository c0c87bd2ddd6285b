import { parseArgs } from "node:util";
import { play, planOf } from "../../test/simulator/simulate.ts";

/** Plays seeded worlds of orders and mishaps until one breaks a promise. */
const { values } = parseArgs({
  options: {
    orders: { type: "string", default: "500" },
    seeds: { type: "string", default: "200" },
    seed: { type: "string", default: "1" },
  },
});
const [orders, seeds, first] = [Number(values.orders), Number(values.seeds), Number(values.seed)];
const startedAt = performance.now();
let played = 0;
for (let seed = first; seed < first + seeds; seed++) {
  const run = await play(seed, planOf(seed, orders));
  played += run.orders;
  process.stderr.write(`\r${seed - first + 1}/${seeds} worlds, ${played} orders`);
  if (run.finding !== null) {
    process.stdout.write(`\nBROKEN ${run.finding.law}\n${run.finding.detail}\n`);
    process.stdout.write(`npm run simulate -- --orders ${orders} --seeds 1 --seed ${seed}\n`);
    process.exitCode = 1;
    break;
  }
}
const seconds = (performance.now() - startedAt) / 1000;
process.stdout.write(`\n${played} orders in ${seconds.toFixed(1)} s\n`);
