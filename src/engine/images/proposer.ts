// Newer images in Git: one look at all of them at a time, again and again.
import { isPreviewName } from "../../model/preview-name.ts";
import type { Clock } from "../../lib/clock.ts";
import { describeError } from "../../lib/errors.ts";
import type { Registry } from "../../ports-registry.ts";
import { settle } from "./pulls.ts";
import { createSteps } from "./steps.ts";
import type { StepsDeps } from "./steps.ts";
import { createTagLists } from "./tag-lists.ts";
import { updatesOf, watchedIn } from "./updates.ts";

export interface ImageProposerDeps extends StepsDeps {
  readonly registry: Pick<Registry, "tags">;
  readonly clock: Clock;
  readonly intervalMs: number;
}

export interface ImageProposer {
  /** Looks now; behind a look that is under way comes one more. Never rejects. */
  look(): Promise<void>;
  /** Ends after what is under way. */
  stop(): Promise<void>;
}

export function startImageProposer(deps: ImageProposerDeps): ImageProposer {
  const { engine, forge, proposed, say, clock } = deps;
  const ending = new AbortController();
  const said = new Map<string, string>();
  const lists = createTagLists(deps.registry, (image, error) => {
    if (error === null) say("info", `newer tags of ${image} are seen again`);
    else say("warn", `newer tags of ${image} cannot be seen: ${error}`);
  });

  /** Once for each text. */
  function tell(key: string, message: string | null): void {
    if (said.get(key) === message || (message === null && !said.has(key))) return;
    if (message === null) said.delete(key);
    else {
      said.set(key, message);
      say("warn", message);
    }
  }

  const steps = createSteps(deps, tell);

  async function lookOnce(): Promise<void> {
    const { waitsFor, ready, sourceError } = engine.state();
    if (waitsFor !== null || !ready || sourceError !== null) return;
    const watched = watchedIn(engine.desired().filter(({ name }) => !isPreviewName(name)));
    if (watched.length === 0 && proposed.open() === null) return;
    if (forge !== null) await settle({ ...deps, forge });
    const tags = await lists.read(watched);
    if (ending.signal.aborted) return;
    const updates = updatesOf(watched, tags).filter(
      (one) => !proposed.isDecided(one) && !steps.isUnwritable(one),
    );
    // Of a list that cannot be read nothing follows, least of all that nothing is new.
    if (watched.some(({ key }) => !tags.has(key)) && updates.length === 0) return;
    await steps.commit(updates.filter((one) => one.propose === "commit"));
    await steps.ask(updates.filter((one) => one.propose === "pull-request"));
  }

  let under: Promise<void> = Promise.resolve();
  let next: Promise<void> | null = null;
  function look(): Promise<void> {
    next ??= under.then(async () => {
      next = null;
      if (ending.signal.aborted) return;
      under = lookOnce().then(
        () => {
          tell("look", null);
        },
        (error: unknown) => {
          tell("look", `newer images cannot be proposed: ${describeError(error)}`);
        },
      );
      await under;
    });
    return next;
  }

  async function run(): Promise<void> {
    while (!ending.signal.aborted) {
      await look();
      await clock.sleep(deps.intervalMs, ending.signal);
    }
  }
  const running = run();
  return {
    look,
    async stop() {
      ending.abort();
      await running;
      await under;
    },
  };
}
