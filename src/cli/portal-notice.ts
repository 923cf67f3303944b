// Tells the operator when the portal cannot make stacks, and when it can again: at the start, and with each
// new commit.
import type { CommandContext, Controller } from "./context.ts";
import { asStarted } from "./say.ts";

/** The returned function ends it. Whatever goes wrong with Git is told by others. */
export function watchPortal(context: CommandContext, controller: Controller): () => void {
  const { engine, address, portalHindrance } = controller;
  let said = "";
  const look = async (): Promise<void> => {
    const hindrance = await portalHindrance();
    const text = hindrance === null ? "" : `${hindrance.message} (${hindrance.hint})`;
    if (text === said) return;
    said = text;
    context.io.err(
      text === ""
        ? `The portal on ${address}/ makes stacks now\n`
        : `The portal on ${address}/ cannot make stacks: ${asStarted(text, context)}\n`,
    );
  };
  const lookSafely = (): void => void look().catch(() => undefined);
  lookSafely();
  return engine.onEvent(({ kind }) => {
    if (kind === "revision") lookSafely();
  });
}
