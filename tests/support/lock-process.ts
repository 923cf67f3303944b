// Holds the lock of the state folder that is its argument until it is killed.
import { createLock } from "../../src/store/lock.ts";

const lock = createLock({
  stateDir: process.argv[2] ?? "",
  holder: "capstan run, instance default",
});
process.send?.(lock.take() ?? "mine");
process.once("disconnect", () => process.exit(2));
