// A controller that converges once in a process of its own, so that it can be killed at any moment. It
// loads everything first and begins when its settings come as a message.
import { openController } from "./controller.ts";
import type { ControllerSettings } from "./controller.ts";

process.once("message", (settings: ControllerSettings) => {
  const controller = openController(settings);
  void controller.engine
    .converge({ prune: true })
    .then(() => controller.close())
    .then(() => process.exit(0))
    .catch(() => process.exit(1));
});
process.once("disconnect", () => process.exit(2));
process.send?.("loaded");
