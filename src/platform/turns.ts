export type { Turns } from "../domain/overload/turns.ts";
