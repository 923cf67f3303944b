// Law W4 for proposals: a process that is killed before or after any request to the Git host, or anything that it
// remembers, leaves what the next one brings to the same end: one pull request, as it should be, and nobody's refusal.
import { afterEach, expect, test } from "vitest";
import { createKnownLeft } from "../../../src/engine/drift/left-drift.ts";
import { createMemory } from "../../../src/engine/memory/memory.ts";
import { createStackRecords } from "../../../src/engine/memory/stack-records.ts";
import { createProposing } from "../../../src/engine/proposing/proposing.ts";
import type { Proposing, ProposingHost } from "../../../src/engine/proposing/proposing.ts";
import { createForge } from "../../../src/forge/create.ts";
import { systemClock } from "../../../src/lib/clock.ts";
import { createHasher } from "../../../src/lib/digest.ts";
import { httpClient } from "../../../src/lib/http.ts";
import { silentLogger } from "../../../src/lib/logger.ts";
import { createRedactor } from "../../../src/lib/redact.ts";
import { loadManifests } from "../../../src/manifest/load.ts";
import type { DesiredStack } from "../../../src/model/desired.ts";
import { flatten } from "../../../src/model/fields.ts";
import type { ServiceDetails } from "../../../src/model/observed.ts";
import type { LeftDrift } from "../../../src/model/plan.ts";
import type { SourceTree } from "../../../src/ports.ts";
import type { Store } from "../../../src/ports-store.ts";
import { startFakeGitea } from "../../support/fake-gitea.ts";
import type { FakeGitea } from "../../support/fake-gitea.ts";
import { memorySecrets, memoryStore } from "../../support/memory.ts";
import { until } from "../../support/until.ts";

const path = "stacks/shop.yaml";
const shop = (replicas: number, image = "one"): string => `apiVersion: capstan/v1
kind: Stack
metadata: { name: shop } # the shop
spec:
  sync: { drift: propose }
  applications:
    web: { image: ${image}, replicas: ${replicas} } # by hand
`;
const hasher = createHasher(Buffer.from("a key for tests"));
const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

function load(text: string): DesiredStack {
  const { stacks } = loadManifests({
    tree: { files: [{ path, content: encode(text) }], unreadable: [] },
    root: "stacks",
    variables: {},
    secret: () => null,
    reservedNames: [],
    hasher,
  });
  return stacks[0]!;
}

/** As if the server had what that manifest says. */
function leftBy(observed: string): readonly LeftDrift[] {
  const desired = load(shop(2)).services[0]!;
  const seen = load(observed).services[0]!;
  const [want, have] = [flatten(desired), flatten(seen)];
  const differences = [...have.keys()]
    .filter((one) => want.get(one) !== have.get(one))
    .map((one) => ({ path: one, observed: have.get(one) ?? null, wanted: want.get(one) ?? null }));
  const details = { kind: seen.kind, spec: seen.spec } as unknown as ServiceDetails;
  return differences.length === 0 ? [] : [{ service: desired.key, differences, desired, details }];
}

/** Lives until the `at`-th thing that it asks for, or remembers; `after`: that was still done. */
interface Life {
  readonly at: number;
  readonly after: boolean;
  count: number;
}
const forEver = (): Life => ({ at: Number.POSITIVE_INFINITY, after: false, count: 0 });
const isDead = (life: Life): boolean => life.count >= life.at;

function mortal<T extends object>(target: T, life: Life, names: readonly (keyof T)[]): T {
  const calls = names.map((name): [keyof T, unknown] => {
    const call = (target[name] as (...given: unknown[]) => unknown).bind(target);
    return [
      name,
      (...given: unknown[]): unknown => {
        if (isDead(life)) throw new Error("killed");
        life.count += 1;
        if (!isDead(life)) return call(...given);
        if (!life.after) throw new Error("killed");
        const done = call(...given);
        const dead = (): never => {
          throw new Error("killed");
        };
        return done instanceof Promise ? done.then(dead) : dead();
      },
    ];
  });
  return { ...target, ...Object.fromEntries(calls) };
}

interface World {
  readonly gitea: FakeGitea;
  readonly store: Store;
}
const worlds: World[] = [];
afterEach(async () => {
  await Promise.all(worlds.splice(0).map(({ gitea }) => gitea.close()));
});
async function newWorld(): Promise<World> {
  const world = {
    gitea: await startFakeGitea({ files: { [path]: shop(2) } }),
    store: memoryStore(),
  };
  worlds.push(world);
  return world;
}

interface Process {
  readonly proposing: Proposing;
  readonly refused: () => boolean;
}

function start({ gitea, store }: World, life: Life): Process {
  const { git } = gitea;
  const treeOf = async (commit: string): Promise<SourceTree> => ({
    revision: { id: commit, title: "" },
    files: [...(await git.files(commit))].map(([name, text]) => ({
      path: name,
      content: encode(text),
    })),
    unreadable: [],
  });
  const main = async (): Promise<string> => (await git.ref("refs/heads/main")) ?? "";
  const source: ProposingHost["source"] = {
    latest: async () => ({ id: await main(), title: "" }),
    read: ({ id }) => treeOf(id),
  };
  const proposals: ProposingHost["proposals"] = {
    propose: async ({ sha }) => ({
      tree: await treeOf(sha),
      base: await source.latest(),
      merged: true,
      changedPaths: [path],
    }),
  };
  const redactor = createRedactor();
  const forge = createForge("gitea", {
    ...{ url: gitea.url, token: gitea.token, repository: gitea.repository, http: httpClient },
    ...{ clock: systemClock, logger: silentLogger, redactor, random: () => 0.5 },
    signal: new AbortController().signal,
  });
  const memory = mortal(createMemory(store, systemClock), life, ["save", "remove"]);
  const left = createKnownLeft({ memory, records: createStackRecords(), hasher });
  const proposing = createProposing({
    host: {
      forge: mortal(forge, life, ["openPulls", "self", "pull", "openPull", "changePull", "commit"]),
      ...{ proposals, source, branch: "main", sweepMs: 20 },
    },
    hasForge: true,
    manifests: {
      ...{ secrets: memorySecrets(new Map()), hasher, redactor, stacksPath: "stacks" },
      ...{ variables: {}, reservedNames: [] },
    },
    ...{ instance: "default", left, memory, hasher, clock: systemClock },
    wakeups: { goOn: () => undefined, look: () => undefined },
    refresh: async () => undefined,
    say: () => undefined,
    redact: (text) => text,
  });
  const entries = left.entriesOf("shop", [...leftBy(shop(3)), ...leftBy(shop(4, "two"))]);
  return { proposing, refused: () => entries.some((entry) => left.isRefused("shop", entry)) };
}

async function textOf({ gitea }: World, branch: string): Promise<string> {
  const head = (await gitea.git.ref(`refs/heads/${branch}`)) ?? "";
  return (await gitea.git.files(head)).get(path) ?? "";
}
const openOnes = ({ gitea }: World) => gitea.pulls.filter(({ state }) => state === "open");
const memoOf = ({ store }: World): string =>
  store.memos().find(({ kind }) => kind === "proposal")?.text ?? "";

async function isProposed(world: World, text: string): Promise<boolean> {
  const [pull] = openOnes(world);
  if (pull === undefined || (await textOf(world, pull.head)) !== text) return false;
  const head = await world.gitea.git.ref(`refs/heads/${pull.head}`);
  return memoOf(world).includes(`"sha":"${head}"`) && pull.body.includes("Somebody changed");
}
const isGone = (world: World): boolean => openOnes(world).length === 0 && memoOf(world) === "";

interface Step {
  readonly left: readonly LeftDrift[];
  readonly isDone: (world: World) => boolean | Promise<boolean>;
}
const first: Step = { left: leftBy(shop(3)), isDone: (world) => isProposed(world, shop(3)) };
const second: Step = {
  left: leftBy(shop(4, "two")),
  isDone: (world) => isProposed(world, shop(4, "two")),
};
const gone: Step = { left: [], isDone: isGone };

/** What a process does until it has done the step, or is dead. */
async function live(world: World, life: Life, step: Step): Promise<Process> {
  const process = start(world, life);
  process.proposing.begin();
  process.proposing.ran("shop", step.left);
  await until("it is done, or dead", async () => isDead(life) || (await step.isDone(world)));
  await process.proposing.stop();
  return process;
}

const cases: readonly (readonly [what: string, before: readonly Step[], step: Step])[] = [
  ["it opens a pull request", [], first],
  ["it follows the drift", [first], second],
  ["it closes it", [first], gone],
];

test.each(cases)(
  "W4 killed while %s, the next process brings it to the same end",
  async (_, before, step) => {
    const begin = async (): Promise<World> => {
      const world = await newWorld();
      for (const one of before) await live(world, forEver(), one);
      return world;
    };
    const whole = forEver();
    await live(await begin(), whole, step);
    expect(whole.count).toBeGreaterThan(4);
    for (let at = 1; at <= whole.count; at += 1) {
      for (const after of [false, true]) {
        const world = await begin();
        const life: Life = { at, after, count: 0 };
        await live(world, life, step);
        const next = await live(world, forEver(), step);
        const told = `killed ${after ? "after" : "before"} request ${at}`;
        expect(openOnes(world), told).toHaveLength(step === gone ? 0 : 1);
        expect(world.gitea.pulls, told).toHaveLength(1);
        expect(next.refused(), `${told}: nobody refused anything`).toBe(false);
      }
    }
  },
);

test("H3 killed while somebody's closing is taken up, what was proposed is refused all the same", async () => {
  for (let at = 1; at <= 4; at += 1) {
    for (const after of [false, true]) {
      const world = await newWorld();
      await live(world, forEver(), first);
      openOnes(world)[0]!.state = "closed";
      const refused: Step = { left: first.left, isDone: (one) => memoOf(one) === "" };
      await live(world, { at, after, count: 0 }, refused);
      const next = await live(world, forEver(), refused);
      expect(next.refused(), `killed ${after ? "after" : "before"} request ${at}`).toBe(true);
      expect(world.gitea.pulls).toHaveLength(1);
    }
  }
});
