// `capstan adopt` beside a running controller: that one reads Git and writes. It is asked what it would do, and sent to
// work only where that is to write markers.
import { z } from "zod";
import { CapstanError, isCapstanError } from "../../lib/errors.ts";
import type { AdoptOptions } from "../adopt-options.ts";
import type { Command } from "../context.ts";
import { remoteApply } from "./apply.ts";
import { createRemote } from "./client.ts";
import type { Remote } from "./client.ts";
import { plain, readAs } from "./output.ts";

const planSchema = z.object({
  conflict: z.string().nullable(),
  actions: z.array(z.object({ type: z.string(), title: z.string() })),
});

type RemotePlan = z.infer<typeof planSchema>;

/** The plan of one stack. A controller that does not know it yet looks at Git first: the push may be moments old. */
async function planOf(remote: Remote, stack: string): Promise<RemotePlan> {
  const path = `/stacks/${encodeURIComponent(stack)}/plan`;
  const read = async (): Promise<RemotePlan> => readAs(planSchema, await remote.get(path));
  try {
    return await read();
  } catch (error) {
    if (!isCapstanError(error, "not-found")) throw error;
    await remote.post("/reconcile", { stacks: [stack] });
    return read();
  }
}

/** More lines say no more. */
const mostTold = 10;

export const remoteAdopt: Command<AdoptOptions> = async (context, options) => {
  const { io } = context;
  if (options.source !== undefined) {
    throw new CapstanError("invalid", "CAPSTAN_URL is set, and that controller reads Git", {
      hint:
        "commit the manifests with `adopt: true` and push them: it takes over what is as they say, " +
        "and would remove what it does not find in its Git; unset CAPSTAN_URL only for another server",
    });
  }
  if (options.stacks.length === 0) {
    throw new CapstanError("invalid", "beside a controller, name the stacks to adopt", {
      hint: "such as: adopt shop",
    });
  }
  const remote = createRemote(context);
  const free: string[] = [];
  for (const stack of options.stacks) {
    const { conflict, actions } = await planOf(remote, stack);
    const others = actions.filter(({ type }) => type !== "mark");
    if (conflict === null && others.length === 0) {
      free.push(stack);
      continue;
    }
    const told = others.slice(0, mostTold).map(({ title }) => `  ${plain(title)}`);
    const why = conflict === null ? told.join("\n") : `  ${plain(conflict)}`;
    io.err(`Not adopted, as that would change the server: ${stack}\n${why}\n`);
  }
  if (free.length === 0) return 1;
  const code = await remoteApply(context, { stack: free });
  return free.length === options.stacks.length ? code : 1;
};
