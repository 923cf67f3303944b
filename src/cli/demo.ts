// placeholder
import type { Command } from "./context.ts";
export interface DemoOptions {
  readonly exitAfterTour?: boolean;
}
export const demo: Command<DemoOptions> = async () => 0;
