// `capstan plan`: what would change and why. Reads only.
import { CapstanError } from "../lib/errors.ts";
import { renderJson } from "../plan/render/json.ts";
import { renderMarkdown } from "../plan/render/markdown.ts";
import { renderTerminal } from "../plan/render/terminal.ts";
import { wouldChange } from "../plan/render/view.ts";
import type { PlanDocument } from "../plan/render/view.ts";
import type { Command, CommandContext } from "./context.ts";
import { sayInventory, startedAs, withSession } from "./say.ts";

export interface PlanOptions {
  readonly source?: string;
  readonly stack?: readonly string[];
  readonly json?: boolean;
  readonly markdown?: boolean;
  readonly exitCode?: boolean;
}

function render(context: CommandContext, document: PlanDocument, options: PlanOptions): string {
  const { io } = context;
  if (options.json === true) return `${JSON.stringify(renderJson(document), null, 2)}\n`;
  if (options.markdown === true) return renderMarkdown(document);
  const started = startedAs(context, options.source);
  return renderTerminal(document, { colour: io.outColour, width: io.width, started });
}

/** 1 when a manifest is broken or a stack in conflict; 2 with `exitCode` when something would change. */
export const plan: Command<PlanOptions> = async (context, options) => {
  if (options.json === true && options.markdown === true) {
    throw new CapstanError("invalid", "--json and --markdown exclude each other", {
      hint: "run it twice",
    });
  }
  const opened = context.open({ source: options.source ?? null, dryRun: true, logs: "quiet" });
  return withSession(opened, async (session) => {
    await sayInventory(context, session);
    const document = await session.engine.plan(
      options.stack === undefined ? {} : { stacks: options.stack },
    );
    context.io.out(render(context, document, options));
    const conflict = document.plans.some((each) => each.conflict !== null);
    if (document.problems.length > 0 || conflict) return 1;
    return options.exitCode === true && wouldChange(document) ? 2 : 0;
  });
};
