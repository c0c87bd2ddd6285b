import type { FieldDefinition } from "../product/product.ts";

export interface FieldError {
  readonly path: string;
  readonly message: string;
}

/** What is wrong with a buyer's answers to the product's fields; empty when nothing is. */
export function checkFields(
  definitions: readonly FieldDefinition[],
  answers: Readonly<Record<string, string>>,
): FieldError[] {
  const known = new Set(definitions.map((definition) => definition.id));
  const unknown = Object.keys(answers)
    .filter((id) => !known.has(id))
    .map((id) => ({ path: `fields.${id}`, message: "The product does not ask for this." }));
  const wrong = definitions.flatMap(({ id, required, maxLength }) => {
    const answer = answers[id]?.trim() ?? "";
    if (required && answer === "") return [{ path: `fields.${id}`, message: "Required." }];
    if (answer.length > maxLength) {
      return [{ path: `fields.${id}`, message: `At most ${maxLength} characters.` }];
    }
    return [];
  });
  return [...unknown, ...wrong];
}
