import { asc, eq } from "drizzle-orm";
import type { SwitchedOff } from "../../domain/switches.ts";
import type { Db } from "../db.ts";
import { switches } from "./switches-schema.ts";

export function makeSwitchBook(db: Db) {
  return {
    /** All of them, those whose time is past as well: there are as many as the shop has parts. */
    all: (): Promise<SwitchedOff[]> => db.select().from(switches).orderBy(asc(switches.part)),

    /** Again with another reason or time: that one holds. */
    async turnOff(row: SwitchedOff): Promise<void> {
      await db.insert(switches).values(row).onConflictDoUpdate({ target: switches.part, set: row });
    },

    /** False where it was not off. */
    async turnOn(part: string): Promise<boolean> {
      const gone = await db.delete(switches).where(eq(switches.part, part)).returning();
      return gone.length > 0;
    },
  };
}
