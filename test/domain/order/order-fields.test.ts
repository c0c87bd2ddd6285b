import { expect, test } from "vitest";
import { checkFields } from "../../../src/domain/order/order-fields.ts";
import type { FieldDefinition } from "../../../src/domain/product/product.ts";

const account: FieldDefinition = { id: "account", label: "Account", required: true, maxLength: 5 };
const note: FieldDefinition = { id: "note", label: "Note", required: false, maxLength: 3 };

test("answers that the product asked for, and no longer than it may be, are right", () => {
  expect(checkFields([account, note], { account: "12345", note: "abc" })).toEqual([]);
  expect(checkFields([account, note], { account: " 12345 " })).toEqual([]);
  expect(checkFields([], {})).toEqual([]);
});

test.each([{}, { account: "" }, { account: "  " }])(
  "a required answer is missing in %j",
  (answers) => {
    expect(checkFields([account, note], answers)).toEqual([
      { path: "fields.account", message: "Required." },
    ]);
  },
);

test("each flaw names its field: too long, or asked for by nobody", () => {
  expect(checkFields([account, note], { account: "123456", note: "abcd", colour: "" })).toEqual([
    { path: "fields.colour", message: "The product does not ask for this." },
    { path: "fields.account", message: "At most 5 characters." },
    { path: "fields.note", message: "At most 3 characters." },
  ]);
});
