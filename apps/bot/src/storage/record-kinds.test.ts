import { expect, test } from "@jest/globals";
import { records } from "@blacksky/protocol";
import { KEY_KINDS } from "@blacksky/session";

test("every kind of key has a place of its own where records are measured", () => {
  expect(records.RECORD_KINDS).toEqual(expect.arrayContaining([...KEY_KINDS, "creds", "sent-message"]));
});
