// What must hold after a kill, whenever it came.
import { expect } from "vitest";
import type { Ending } from "./kill.ts";

export function expectAsUndisturbed(
  when: string,
  ending: Ending,
  undisturbed: Ending,
  ends: "converged" | "degraded" = "converged",
): void {
  const { result, picture, deploys, creates, writesAfter } = ending;
  const troubles = result.stacks
    .map(({ outcome }) => outcome)
    .filter(({ kind }) => kind !== ends && kind !== "removed");
  expect(troubles, `${when}: what did not converge`).toEqual([]);
  const services = [...picture.applications, ...picture.services];
  if (ends === "converged") {
    const open = services.filter((one) => !one.settled || !one.runsWhatIsWanted);
    expect(open, `${when}: what is not as Git says`).toEqual([]);
  }
  expect(picture, `${when}: the world`).toEqual(undisturbed.picture);
  expect(new Set(deploys).size, `${when}: each title once`).toBe(deploys.length);
  expect(deploys.length, `${when}: deploys`).toBe(undisturbed.deploys.length);
  expect(creates, `${when}: nothing is made twice`).toEqual(undisturbed.creates);
  expect(writesAfter, `${when}: writes of the next pass`).toEqual([]);
}
