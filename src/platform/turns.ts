export type { Turns } from "../domain/turns.ts";
