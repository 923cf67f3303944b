// `capstan demo`: a simulated server, a Git repository and a controller, nothing to configure. A tour
// first, then it is the visitor's turn until Ctrl-C.
import { isCapstanError } from "../lib/errors.ts";
import { createPaint } from "../plan/render/paint.ts";
import type { Command, CommandContext } from "./context.ts";
import { ownStack } from "./demo-stacks.ts";
import { runTour } from "./demo-tour.ts";
import { openDemoWorld } from "./demo-world.ts";
import type { DemoWorld } from "./demo-world.ts";
import { showProgress } from "./progress.ts";
import { interrupted } from "./run.ts";
import { quoted } from "./say.ts";

export interface DemoOptions {
  readonly exitAfterTour?: boolean;
}

/** Said by the simulator's registry of any image whose name has it. */
const missingImage = "doesnotexist/nope:1";

/** What a visitor can do after the tour, with commands that work where they are pasted. */
export function nextSteps(
  world: Pick<DemoWorld, "simulator" | "controller" | "repository">,
  { program, folder }: Pick<CommandContext, "program" | "folder">,
): string {
  const { simulator, controller, repository } = world;
  // npm finds Capstan in its own folder alone, and the reader has just changed to another one.
  const there = program === "capstan" ? "" : `cd ${quoted(folder)}\n`;
  // Flush left, so that it can be pasted as it is.
  return `In the browser:

1. ${controller.address}/ is the portal. Type a name, for instance your own, and press
   "Create my stack". Watch the steps; its manifest is now stacks/users/NAME.yaml in Git.
2. ${controller.address}/stacks is the dashboard. Open your stack and look at its tabs,
   then open shop and press "Redeploy".
3. A failure: create another stack, and under "More settings" set its image to ${missingImage}.
4. Back in the portal, remove your stacks and watch them go.

The demo runs until Ctrl-C and then deletes everything. In another terminal, create a stack
with git push:

git clone ${repository} my-stacks && cd my-stacks
cat > stacks/hello.yaml <<'END'
${ownStack.trimEnd()}
END
git add . && git commit -m "Say hello" && git push origin HEAD:${controller.branch}

Change it, break it (image: ${missingImage}), remove it with git rm, and watch what happens here.

To ask the controller or the simulated server from the command line:

${there}export CAPSTAN_URL=${controller.address}   # 'unset CAPSTAN_URL' before you work on a server of your own
export DOKPLOY_URL=${simulator.url} DOKPLOY_API_TOKEN=${simulator.apiKey}
${program} get stacks
${program} logs shop --service web

  Health of the controller       ${controller.address}/health
  State of the simulated server  ${simulator.url}/__control/state

`;
}

async function visit(
  context: CommandContext,
  options: DemoOptions,
  end: Promise<void>,
): Promise<number> {
  const { io } = context;
  const paint = createPaint(io.outColour);
  const world = await openDemoWorld(context);
  try {
    const abort = new AbortController();
    void end.then(() => {
      abort.abort();
    });
    const { address } = world.controller;
    io.out(
      `\n  Portal     ${paint("bold", `${address}/`)}        people type a name and get a stack\n` +
        `  Dashboard  ${paint("bold", `${address}/stacks`)}  what runs, what is wrong, and why\n\n` +
        `Open both now: they show what the tour does.\n`,
    );
    await runTour({ context, world, signal: abort.signal });
    io.out(`\n${paint("bold", "That was the tour. Now it is yours.")}\n`);
    if (options.exitAfterTour === true) return 0;
    io.out(nextSteps(world, context));
    const progress = showProgress(world.controller.engine, io, context.clock, { follow: true });
    await end;
    progress.stop();
    return 0;
  } catch (error) {
    if (isCapstanError(error, "cancelled")) return 130;
    throw error;
  } finally {
    await world.close();
  }
}

export const demo: Command<DemoOptions> = async (context, options) => {
  const end = interrupted(context);
  context.io.out(
    `Capstan ${context.version} keeps a Dokploy server in sync with a Git repository. A tour in five\n` +
      `steps, with a simulated server and a repository of its own; nothing else on this\n` +
      `machine is touched.\n`,
  );
  return visit(context, options, end);
};
