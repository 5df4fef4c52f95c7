import { expect, test } from "@jest/globals";
import { readRestriction } from "./read-restriction.ts";

test("a restriction ends when WhatsApp says, or at a time that is not known", () => {
  expect(readRestriction({ isActive: false })).toBeUndefined();
  expect(readRestriction({ isActive: true, timeEnforcementEnds: new Date(5000) })).toEqual({ until: 5000 });
  expect(readRestriction({ isActive: true })).toEqual({ until: null });
  expect(readRestriction({ isActive: true, timeEnforcementEnds: new Date(Number.NaN) })).toEqual({ until: null });
});
