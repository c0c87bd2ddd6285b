import { parseArgs } from "node:util";
import { FAULTS } from "../../test/simulator/faults.ts";
import { MONEY_FAULTS } from "../../test/simulator/money/faults-of-money.ts";
import type { PlantedFault } from "../../test/simulator/planted-fault.ts";
import type { Scene } from "../../test/simulator/world.ts";

const FAULTS_OF_MONEY: ReadonlyMap<string, () => PlantedFault> = new Map(
  Object.entries(MONEY_FAULTS).map(([name, { plant }]) => [name, plant]),
);

export const USAGE = `npm run simulate -- [options]

  --orders N     orders in each world                        500
  --seeds M      worlds, each from a seed of its own         200
  --seed S       the first seed; world i is of seed S + i      1
  --money        worlds where money goes back, held against the gateways' own books
  --fault NAME   with that defect planted (--faults lists them)
  --script FILE  plays the operations of that file, one JSON a line, in the world of seed S
  --faults       hunts each planted fault and prints the table of docs/simulator.md

N is for each world and not for all: --orders 5000 --seeds 10 plays 50,000 orders, and the
command that replays one of the worlds differs in --seeds and --seed only.
Exits with 1 where a promise is broken, with 2 where the options are.`;

export interface Options {
  readonly orders: number;
  readonly seeds: number;
  readonly seed: number;
  readonly scene: Scene;
  readonly fault: string | null;
  readonly plant: (() => PlantedFault) | undefined;
  readonly script: string | null;
  readonly faults: boolean;
  readonly help: boolean;
}

/** Null where they make no sense, with the reason. */
export function readOptions(args: readonly string[]): Options | { readonly wrong: string } {
  let values;
  try {
    ({ values } = parseArgs({
      args: [...args],
      options: {
        orders: { type: "string", default: "500" },
        seeds: { type: "string", default: "200" },
        seed: { type: "string", default: "1" },
        money: { type: "boolean", default: false },
        fault: { type: "string" },
        script: { type: "string" },
        faults: { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    }));
  } catch (error) {
    return { wrong: error instanceof Error ? error.message : String(error) };
  }
  const { fault = null, script = null, faults, help } = values;
  const [orders, seeds, seed] = [values.orders, values.seeds, values.seed].map(Number);
  for (const number of [orders, seeds, seed]) {
    if (number === undefined || !Number.isSafeInteger(number) || number < 1)
      return { wrong: "--orders, --seeds and --seed are numbers from 1" };
  }
  const scene = values.money ? "money" : "sale";
  const plantable = scene === "money" ? FAULTS_OF_MONEY : FAULTS;
  const plant = fault === null ? undefined : plantable.get(fault);
  if (fault !== null && plant === undefined)
    return { wrong: `--fault is one of\n  ${[...plantable.keys()].join("\n  ")}` };
  return {
    orders: orders ?? 0,
    seeds: seeds ?? 0,
    seed: seed ?? 0,
    scene,
    fault,
    plant,
    script,
    faults,
    help,
  };
}
