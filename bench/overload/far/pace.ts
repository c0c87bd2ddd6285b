/** What a call of the far object takes, and each reservation in it, before it does anything. */
export const CALL_MS = 20;
export const EACH_MS = 4;
