// What several engines tell of what there is and what happened, as one list each.
import { parseEventId } from "../../model/event-id.ts";
import type { Event } from "../../model/status.ts";
import type { Engine } from "../engine.ts";
import type { Member, Members } from "./members.ts";
import { namedEvent, namedRun, namedStack, namedStatus } from "./named.ts";

/** Tells of Git, which every engine reads: one of them is heard. */
const ofGit: ReadonlySet<Event["kind"]> = new Set(["revision", "source-error"]);

/** The newest first: by time, and by number where the same process counted them. */
function newestFirst(a: Event, b: Event): number {
  const [one, other] = [parseEventId(a.id ?? ""), parseEventId(b.id ?? "")];
  const isSame = one !== null && other !== null && one.epoch === other.epoch;
  return isSame ? other.number - one.number : b.atMs - a.atMs;
}

function isHeard(members: Members, member: Member, event: Event): boolean {
  return member.dokploy === members.first.dokploy || event.stack !== null || !ofGit.has(event.kind);
}

export function createRecords(members: Members) {
  const { all } = members;
  const find: Members["find"] = (name) => members.find(name);
  const listenTo = (
    which: "onEvent" | "onAnyEvent",
    listener: (event: Event) => void,
  ): (() => void) => {
    const stops = all.map((member) =>
      member.engine[which]((event) => {
        if (isHeard(members, member, event)) listener(namedEvent(member, event));
      }),
    );
    return () => {
      for (const stop of stops) stop();
    };
  };
  return {
    stacks: () =>
      all
        .flatMap((member) => member.engine.stacks().map((status) => namedStatus(member, status)))
        .sort((a, b) => (a.name < b.name ? -1 : 1)),
    desired: () =>
      all.flatMap((member) => member.engine.desired().map((stack) => namedStack(member, stack))),
    events: () =>
      all
        .flatMap((member) =>
          member.engine
            .events()
            .filter((event) => isHeard(members, member, event))
            .map((event) => namedEvent(member, event)),
        )
        .sort((a, b) => newestFirst(b, a)),
    recorded(limit, filter) {
      const { stack: name } = filter;
      const found = name === undefined ? null : find(name);
      if (name !== undefined && found === null) return [];
      const asked = found === null ? all : [found];
      const given = found === null ? filter : { ...filter, stack: found.stack };
      return asked
        .flatMap((member) =>
          member.engine
            .recorded(limit, given)
            .filter((event) => isHeard(members, member, event))
            .map((event) => namedEvent(member, event)),
        )
        .sort(newestFirst)
        .slice(0, limit);
    },
    runs(name, limit) {
      const found = name === null ? null : find(name);
      if (name !== null && found === null) return [];
      const asked = found === null ? all : [found];
      return asked
        .flatMap((member) =>
          member.engine.runs(found?.stack ?? null, limit).map((run) => namedRun(member, run)),
        )
        .sort((a, b) => b.endedAtMs - a.endedAtMs)
        .slice(0, limit);
    },
    onEvent: (listener) => listenTo("onEvent", listener),
    onAnyEvent: (listener) => listenTo("onAnyEvent", listener),
  } satisfies Partial<Engine>;
}
