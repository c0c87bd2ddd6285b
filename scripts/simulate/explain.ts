import { scriptText, type Operation } from "../../test/simulator/operations.ts";
import type { PlantedFault } from "../../test/simulator/planted-fault.ts";
import { shrink } from "../../test/simulator/shrink.ts";
import { play, type Run } from "../../test/simulator/simulate.ts";
import type { Scene } from "../../test/simulator/world.ts";
import { statusLine } from "./progress-bar.ts";

const INDENT = "    ";

interface Failure {
  readonly run: Run;
  readonly script: readonly Operation[];
  readonly plant: (() => PlantedFault) | undefined;
  readonly scene: Scene;
  /** The command that plays this run again. */
  readonly replay: string;
}

/** What broke, how to see it again, the few operations that do it, and what they did to the rows. */
export async function explain(
  { run: { seed, finding }, script, plant, scene, replay }: Failure,
  print: (text: string) => void,
): Promise<void> {
  if (finding === null) return;
  const { law } = finding;
  print(`\nBROKEN  ${law}\n`);
  print(`  Found in the world of seed ${seed}:\n${INDENT}${finding.detail}\n`);
  print(`  Again:\n${INDENT}${replay}\n`);
  const { script: few } = await shrink({
    seed,
    script,
    law,
    plant,
    scene,
    onRun: showShrinking(script.length),
  });
  statusLine.clear();
  const words: string[] = [];
  const last = await play(seed, few, plant, {
    closely: true,
    scene,
    onCommit: (commit) => words.push(commit),
  });
  print(`  It comes down to ${few.length} of ${script.length} operations:\n${scriptText(few)}\n`);
  print("  In a file, those lines are played by");
  const money = scene === "money" ? " --money" : "";
  print(`${INDENT}npm run simulate --${money} --seed ${seed} --script FILE${faultOf(replay)}\n`);
  print("  What was committed (ms, object, order, version, state, keys held, sold):");
  print(words.map((line) => `${INDENT}${line}`).join("\n"));
  print(`\n  And then: ${last.finding?.law ?? ""}\n${INDENT}${last.finding?.detail ?? ""}`);
}

function showShrinking(from: number): (runs: number, size: number) => void {
  return (runs, size) =>
    statusLine.show(`shrinking: ${from} operations → ${size}, ${runs} runs so far`);
}

function faultOf(replay: string): string {
  return / --fault ".*"$/.exec(replay)?.[0] ?? "";
}
