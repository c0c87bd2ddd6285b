import type { AuditEntry } from "../../domain/audit.ts";
import type { MerchantId } from "../../domain/ids.ts";
import type { SwitchedOff } from "../../domain/switches.ts";

interface Ports {
  readonly switchBook: {
    turnOff(row: SwitchedOff): Promise<void>;
    turnOn(part: string): Promise<boolean>;
  };
  /** Drops what this isolate remembers; others read anew within two seconds. */
  readonly switches: { forget(): void };
  readonly audit: { append(entry: AuditEntry): Promise<void> };
}

interface By {
  readonly actor: string;
  readonly atMs: number;
  /** Whose audit log tells of it; null: nobody's, it stands in the switch itself. */
  readonly merchantId: MerchantId | null;
}

/** Switches a part off, for everybody who sells here, with the reason and until when. */
export async function switchOff(
  ports: Ports,
  by: By,
  what: Pick<SwitchedOff, "part" | "reason" | "untilMs">,
): Promise<SwitchedOff> {
  const row = { ...what, setBy: by.actor, setAtMs: by.atMs };
  await ports.switchBook.turnOff(row);
  ports.switches.forget();
  const { part, reason, untilMs } = what;
  await note(ports, by, "switch.off", part, { reason, until_ms: untilMs });
  return row;
}

/** False where it was not off. */
export async function switchOn(ports: Ports, by: By, part: string): Promise<boolean> {
  const wasOff = await ports.switchBook.turnOn(part);
  ports.switches.forget();
  if (wasOff) await note(ports, by, "switch.on", part, {});
  return wasOff;
}

async function note(
  { audit }: Ports,
  { merchantId, actor, atMs }: By,
  action: string,
  subject: string,
  detail: AuditEntry["detail"],
): Promise<void> {
  if (merchantId !== null) await audit.append({ merchantId, actor, atMs, action, subject, detail });
}
