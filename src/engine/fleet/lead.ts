// Each engine comes to lead on its own, and begins when it does: several processes share the servers, and one that
// another process leads, or whose Dokploy is down, keeps nobody waiting.
import type { Engine } from "../engine.ts";
import { prefixOf } from "./members.ts";
import type { Member } from "./members.ts";

type Waiting = NonNullable<Parameters<Engine["lead"]>[0]>;

function named(member: Member, waiting: Waiting): Waiting {
  return {
    ...waiting,
    waits: (line) => {
      waiting.waits(`${prefixOf(member)}${line}`);
    },
  };
}

/** True with the first one that is true; false when all have ended without; rejects when all have failed. */
function firstOf(each: readonly Promise<boolean>[]): Promise<boolean> {
  const { promise, resolve, reject } = Promise.withResolvers<boolean>();
  for (const one of each) {
    void one.then(
      (leads) => {
        if (leads) resolve(true);
      },
      () => undefined,
    );
  }
  void Promise.allSettled(each).then((ends) => {
    const failures = ends.filter((end) => end.status === "rejected");
    const [failure] = failures;
    if (failure !== undefined && failures.length === ends.length) reject(failure.reason as Error);
    else resolve(false);
  });
  return promise;
}

export function createFleetLead(
  all: readonly Member[],
  gaveOver?: Promise<string>,
): Pick<Engine, "lead" | "lost" | "start" | "stop"> {
  const asked = new Set<Member>();
  const leading = new Set<Member>();
  const lost = Promise.withResolvers<string>();
  let hasBegun = false;

  void gaveOver?.then(lost.resolve);
  for (const member of all) {
    void member.engine.lost.then((what) => {
      lost.resolve(`${prefixOf(member)}${what}`);
    });
  }

  async function leadOne(member: Member, waiting: Waiting | undefined): Promise<boolean> {
    const { engine } = member;
    asked.add(member);
    const leads = await engine.lead(waiting === undefined ? undefined : named(member, waiting));
    if (!leads) return false;
    leading.add(member);
    if (hasBegun) engine.start();
    return true;
  }

  return {
    lost: lost.promise,
    /** Of a controller: true as soon as one of them leads, the others come when it is their turn. */
    async lead(waiting) {
      const each = all.map((member) => leadOne(member, waiting));
      if (waiting !== undefined && waiting.once !== true) return firstOf(each);
      // A single pass writes to all of them, or says why it does not.
      await Promise.allSettled(each);
      return (await Promise.all(each)).every((leads) => leads);
    },
    start() {
      hasBegun = true;
      // Who was not asked to lead does so by itself.
      for (const member of all)
        if (leading.has(member) || !asked.has(member)) member.engine.start();
    },
    async stop() {
      await Promise.all(all.map(({ engine }) => engine.stop()));
    },
  };
}
