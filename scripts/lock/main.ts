import { readFileSync, writeFileSync } from "node:fs";
import { completeLock, type Lock } from "./complete-lock.ts";

/**
 * `npm run lock`, after any change of dependencies: adds to package-lock.json the platform packages
 * that npm left out. See complete-lock.ts for why it leaves some out and what that breaks.
 */
const FILE = "package-lock.json";
const lock = JSON.parse(readFileSync(FILE, "utf8")) as Lock;
const added = completeLock(lock);
if (added.length > 0) writeFileSync(FILE, `${JSON.stringify(lock, null, 2)}\n`);
process.stdout.write(`${FILE}: ${added.length} platform packages added\n`);
