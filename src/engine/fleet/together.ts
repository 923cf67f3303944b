// What is asked of all engines, or of those whose stacks are named.
import type { CapstanError } from "../../lib/errors.ts";
import { atDokploy } from "../../model/dokploys.ts";
import type { Engine, Inventory } from "../engine.ts";
import { fromAll, said } from "./asking.ts";
import type { Members } from "./members.ts";
import {
  digestsOf,
  heldOf,
  mergedInventory,
  mergedPasses,
  mergedPlans,
  mergedProblems,
  mergedProposals,
  mergedSecrets,
} from "./merged.ts";
import { namedPlanSet, namedProposal, namedSecrets, namedStatus } from "./named.ts";

async function inventoryOf({ all }: Members): Promise<Inventory> {
  const failures: CapstanError[] = [];
  const found = await Promise.all(
    all.map(async (member) => {
      try {
        return [[member, await member.engine.inventory()] as const];
      } catch (error) {
        failures.push(said(member, error));
        return [];
      }
    }),
  );
  const merged = mergedInventory(found.flat());
  const [failure] = failures;
  if (merged === null && failure !== undefined) throw failure;
  if (merged === null) throw new Error("a fleet has one member or more");
  return { ...merged, failures: failures.map(({ message }) => message) };
}

/** Who of them a command of some stacks is for; all without names. */
function asked(members: Members, names: readonly string[] | undefined) {
  if (names !== undefined) return members.group(names);
  return new Map(members.all.map((member) => [member, undefined]));
}

/** What is asked of all, or of those that are named. */
function createReads(members: Members) {
  const { all } = members;
  return {
    inventory: () => inventoryOf(members),
    async reconcileAll(names, by) {
      const who = asked(members, names ?? undefined);
      const found = await fromAll(who.keys(), (member) =>
        member.engine.reconcileAll(who.get(member) ?? null, by),
      );
      return {
        revision: found[0]?.[1].revision ?? "",
        stacks: found.flatMap(([{ dokploy }, { stacks }]) =>
          stacks.map((stack) => atDokploy(stack, dokploy)),
        ),
        problems: mergedProblems(found.map(([member, { problems }]) => [member, problems])),
      };
    },
    async plan({ stacks } = {}) {
      const who = asked(members, stacks);
      return mergedPlans(
        await fromAll(who.keys(), async (member) => {
          const named = who.get(member);
          const set = await member.engine.plan(named === undefined ? {} : { stacks: named });
          return namedPlanSet(member, set);
        }),
      );
    },
    async proposal(tree, options) {
      return mergedProposals(
        await fromAll(all, async (member) =>
          namedProposal(member, await member.engine.proposal(tree, options)),
        ),
      );
    },
    async converge(pass, signal) {
      const who = asked(members, pass.stacks);
      const { prune, marksOnly, approved } = pass;
      const found = await fromAll(who.keys(), async (member) => {
        const named = who.get(member);
        const result = await member.engine.converge(
          {
            prune,
            ...(marksOnly === undefined ? {} : { marksOnly }),
            ...(named === undefined ? {} : { stacks: named }),
            ...(approved === undefined ? {} : { approved: approved.flatMap(digestsOf) }),
          },
          signal,
        );
        return {
          ...result,
          stacks: result.stacks.map((status) => namedStatus(member, status)),
          problems: mergedProblems([[member, result.problems]]),
        };
      });
      return mergedPasses(found.map(([, result]) => result));
    },
  } satisfies Partial<Engine>;
}

/** What makes them look or do something sooner, and what waits for people. */
function createHooks(members: Members) {
  const { all } = members;
  return {
    async approvePrune(digest, by) {
      const stacks: string[] = [];
      for (const one of digestsOf(digest)) {
        const owner = all.find(({ engine }) => engine.held()?.digest === one) ?? members.first;
        const gone = await owner.engine.approvePrune(one, by);
        stacks.push(...gone.map((stack) => atDokploy(stack, owner.dokploy)));
      }
      return stacks;
    },
    held: () => heldOf(all),
    poke(reason) {
      for (const { engine } of all) engine.poke(reason);
    },
    async catchUp(reason) {
      await Promise.all(all.map(({ engine }) => engine.catchUp(reason)));
    },
    pushed: (repository, kind) =>
      all.map(({ engine }) => engine.pushed(repository, kind)).some((isFollowed) => isFollowed),
    buildsChanged() {
      for (const { engine } of all) engine.buildsChanged();
    },
    pullMoved(number) {
      for (const { engine } of all) engine.pullMoved(number);
    },
    async builds(name) {
      const one = name === undefined ? null : members.find(name);
      if (name !== undefined && one === null) return [];
      const found = await fromAll(one === null ? all : [one], ({ engine }) =>
        engine.builds(one?.stack),
      );
      return found.flatMap(([{ dokploy }, builds]) =>
        builds.map((build) => ({
          ...build,
          stacks: build.stacks.map((stack) => atDokploy(stack, dokploy)),
        })),
      );
    },
    async secrets() {
      const found = await fromAll(all, async (member) =>
        namedSecrets(member, await member.engine.secrets()),
      );
      return mergedSecrets(found.map(([, report]) => report));
    },
    projects: () => all.flatMap(({ engine }) => engine.projects()),
  } satisfies Partial<Engine>;
}

export function createTogether(members: Members) {
  return { ...createReads(members), ...createHooks(members) };
}
