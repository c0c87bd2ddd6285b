export interface Finding {
  readonly law: string;
  readonly detail: string;
}

/** What was found to be broken: the first law only, since what follows from it would confuse. */
export class Laws {
  finding: Finding | null = null;

  broken(law: string, detail: string): void {
    this.finding ??= { law, detail };
  }

  law(holds: boolean, law: string, detail: () => string): void {
    if (!holds) this.broken(law, detail());
  }
}
