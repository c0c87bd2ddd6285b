export interface Running {
  readonly origin: string;
  readonly state: string;
  readonly adminToken: string;
  readonly seeded: boolean;
}

/** What a developer who has just started it wants to know. */
export function explain({ origin, state, adminToken, seeded }: Running): string {
  return `
kamidrop is running${seeded ? ", with the demo shop in it" : ", with the data it had"}.

  Shop        ${origin}/
  Mail        ${origin}/dev/mail   (nothing leaves this machine)
  Gateways    ${origin}/sandbox   (simulated; choose what goes wrong)
  Admin API   ${origin}/admin/api/v1
              Authorization: Bearer ${adminToken}
  Data        ${state}   (delete the folder to begin anew)

Buy something: the cashier you are sent to is simulated. Ctrl-C stops it.
`;
}
