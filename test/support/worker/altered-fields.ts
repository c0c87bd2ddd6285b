/**
 * Every way of altering one field after it was signed: another value, an empty one, no such field, and
 * one field more. `unsigned` names fields that no signature covers.
 */
export function alteredFields(
  fields: readonly (readonly [string, string])[],
  unsigned: readonly string[] = [],
): (readonly (readonly [string, string])[])[] {
  const at = (index: number, by: (value: string) => string) =>
    fields.map(([name, value], i) => [name, i === index ? by(value) : value] as const);
  const signed = fields.flatMap(([name, value], index) =>
    unsigned.includes(name) || value === "" ? [] : [index],
  );
  return [
    ...signed.flatMap((index) => [
      at(index, (value) => `${value}1`),
      at(index, (value) => (value.startsWith("1") ? `2${value.slice(1)}` : `1${value.slice(1)}`)),
      at(index, () => ""),
      fields.filter((_, i) => i !== index),
    ]),
    [...fields, ["another", "1"]],
  ];
}
