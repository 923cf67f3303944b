import { expect, test } from "vitest";
import { createSeal } from "../../../src/http/auth/seal.ts";
import { createVirtualClock } from "../../support/virtual-clock.ts";
import { secret } from "./support.ts";

const clock = createVirtualClock(Date.UTC(2026, 0, 1));
const seal = createSeal(secret, "session", clock);

test("what was sealed is opened again, until it expires", async () => {
  const sealed = await seal.seal({ id: "one", to: "/ä" }, 60_000);
  expect(await seal.open(sealed)).toEqual({ id: "one", to: "/ä" });
  await clock.advance(60_000);
  expect(await seal.open(sealed)).toBeNull();
});

test("P6 what was sealed for one purpose is worth nothing for another, nor under another secret", async () => {
  const sealed = await seal.seal({ id: "one" }, 60_000);
  expect(await createSeal(secret, "visitor", clock).open(sealed)).toBeNull();
  expect(await createSeal(new Uint8Array(32), "session", clock).open(sealed)).toBeNull();
});

test("P6 every changed character makes it worthless", async () => {
  // Values of three lengths: the ends of base64 have no, two and four bits to spare.
  for (const id of ["one", "ones", "ones!"]) {
    const sealed = await seal.seal({ id }, 60_000);
    expect(await seal.open(sealed)).toEqual({ id });
    for (let index = 0; index < sealed.length; index++) {
      const next = String.fromCharCode((sealed.codePointAt(index) ?? 0) ^ 1);
      const changed = `${sealed.slice(0, index)}${next}${sealed.slice(index + 1)}`;
      expect(await seal.open(changed), `${id} ${index}`).toBeNull();
    }
  }
});
