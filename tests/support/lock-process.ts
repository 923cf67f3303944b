// Holds the lock of the state folder that is its argument until it is killed.
import { createLock } from "../../src/store/lock.ts";

const lock = createLock({
  stateDir: process.argv[2] ?? "",
  holder: "capstan run, instance default",
});
process.send?.(lock.take() ?? "mine");
// The handler also keeps the lock from being collected as garbage, which would free it.
process.once("disconnect", () => {
  lock.release();
  process.exit(2);
});
