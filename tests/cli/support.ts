// A terminal, an engine and a context for commands in memory: what is printed is text to look at.
import type { Command, CommandContext, Controller, Factories, Io } from "../../src/cli/context.ts";
import type { Engine, Inventory, PassResult } from "../../src/engine/engine.ts";
import type { PlanSet } from "../../src/engine/reader/plan-sets.ts";
import type { PassOptions } from "../../src/engine/run/run.ts";
import { systemClock, type Clock } from "../../src/lib/clock.ts";
import { CapstanError } from "../../src/lib/errors.ts";
import type { Cause } from "../../src/model/cause.ts";
import { epochOf, eventId } from "../../src/model/event-id.ts";
import type { ActionType } from "../../src/model/plan.ts";
import type { Event, Outcome, StackStatus } from "../../src/model/status.ts";
import { fakeOperator } from "../support/fake-operator.ts";

export interface Terminal {
  readonly io: Io;
  out(): string;
  err(): string;
}

export function createTerminal(more: Partial<Io> = {}): Terminal {
  let out = "";
  let err = "";
  return {
    io: {
      out: (text) => {
        out += text;
      },
      err: (text) => {
        err += text;
      },
      hint: (text) => {
        err += text;
      },
      outColour: false,
      errColour: false,
      live: false,
      width: 80,
      ...more,
    },
    out: () => out,
    err: () => err,
  };
}

export const inventory: Inventory = {
  platform: { version: "v0.30.2", supported: true, isTried: true, verdict: "", role: "owner" },
  projects: 37,
  ours: 12,
  revision: "3f2a1b9c3f2a1b9c3f2a",
  stacks: 14,
};

export const emptyPlan: PlanSet = {
  revision: inventory.revision,
  revisionTitle: "main: First stacks",
  plans: [],
  problems: [],
  heldPrune: null,
};

export function status(
  name: string,
  outcome: Outcome,
  more: Partial<StackStatus> = {},
): StackStatus {
  const ready = outcome.kind === "converged";
  return {
    name,
    project: name,
    revision: inventory.revision,
    outcome,
    conditions: [
      {
        type: "Ready",
        status: ready ? "True" : "False",
        reason: "Because",
        message: "",
        revision: inventory.revision,
        sinceMs: 0,
      },
    ],
    plan: null,
    urls: [],
    lastRunMs: 0,
    ...more,
  };
}

export interface FakeEngine extends Engine {
  /** What was asked for, in order. */
  readonly asked: string[];
  readonly passes: PassOptions[];
  tell(event: Partial<Event>): void;
  setStacks(stacks: readonly StackStatus[]): void;
}

export const imageChanged: Cause = { kind: "git", what: "fields", fields: ["image"], secret: null };

/** An action that was carried out, as the engine tells it. */
export function did(stack: string, type: ActionType, target: string, cause: Cause): Partial<Event> {
  const service = target.startsWith("app/") ? target : null;
  const action = { type, status: "done", service, target, cause } as const;
  return { stack, kind: "action", message: "said in any words", action };
}

export interface FakeAnswers {
  readonly inventory?: () => Promise<Inventory>;
  readonly plan?: () => Promise<PlanSet>;
  readonly converge?: (engine: FakeEngine, signal?: AbortSignal) => Promise<PassResult>;
}

export function createFakeEngine(answers: FakeAnswers = {}): FakeEngine {
  const listeners = new Set<(event: Event) => void>();
  const events: Event[] = [];
  let stacks: readonly StackStatus[] = [];
  const asked: string[] = [];
  const engine: FakeEngine = {
    ...fakeOperator(asked),
    asked,
    passes: [],
    tell(event) {
      const whole: Event = {
        id: eventId(epochOf(0), events.length + 1),
        atMs: 0,
        kind: "action",
        level: "info",
        stack: null,
        revision: null,
        message: "",
        ...event,
      };
      events.push(whole);
      for (const listener of listeners) listener(whole);
    },
    setStacks(next) {
      stacks = next;
    },
    async proposal() {
      throw new Error("not asked in these tests");
    },
    secrets: async () => ({ secrets: [], outages: [] }),
    preview() {
      throw new Error("not asked in these tests");
    },
    loaded: () => null,
    projects: () => [],
    leftVolumes: () => [],
    async inventory() {
      engine.asked.push("inventory");
      return answers.inventory?.() ?? inventory;
    },
    async plan(options) {
      engine.asked.push(`plan ${options?.stacks?.join(",") ?? "all"}`);
      return answers.plan?.() ?? emptyPlan;
    },
    async converge(options, signal) {
      engine.asked.push("converge");
      engine.passes.push(options);
      const { revision } = inventory;
      return answers.converge?.(engine, signal) ?? { revision, stacks: [], problems: [], ok: true };
    },
    async lead() {
      engine.asked.push("lead");
      return true;
    },
    lost: new Promise(() => undefined),
    start() {
      engine.asked.push("start");
    },
    async stop() {
      engine.asked.push("stop");
    },
    trigger: () => undefined,
    poke: () => undefined,
    catchUp: async () => undefined,
    pushed: () => false,
    builds: async () => [],
    buildsChanged: () => undefined,
    pullMoved: () => undefined,
    state: () => ({
      startedAtMs: 0,
      ready: true,
      waitsFor: null,
      revision: inventory.revision,
      sourceError: null,
      platformError: null,
      swarmError: null,
      storeError: null,
      secretErrors: [],
      lastListMs: null,
      activeDeployments: 0,
      queued: 0,
      due: { count: 0, oldestMs: 0 },
      running: 0,
      problems: [],
      orphans: [],
    }),
    stacks: () => stacks,
    desired: () => [],
    events: () => events,
    recorded: () => [],
    runs: () => [],
    onAnyEvent: (listener) => engine.onEvent(listener),
    onEvent(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
  return engine;
}

export class Exit extends Error {
  readonly code: number;
  constructor(code: number) {
    super(`exit ${code}`);
    this.code = code;
  }
}

export interface Stage {
  readonly terminal: Terminal;
  readonly context: CommandContext;
  /** Presses Ctrl-C. */
  interrupt(): void;
  /** How often a session was closed. */
  closed(): number;
}

function never(what: string) {
  return () => {
    throw new CapstanError("internal", `nobody should ask for ${what}`);
  };
}

export interface StageOptions {
  readonly engine?: Engine;
  readonly factories?: Partial<Factories>;
  readonly io?: Partial<Io>;
  readonly folder?: string;
  readonly clock?: Clock;
  readonly session?: Partial<Controller>;
  /** How the program was started. */
  readonly program?: string;
}

export function createStage(options: StageOptions = {}): Stage {
  const terminal = createTerminal(options.io);
  const handlers = new Set<() => void>();
  let closed = 0;
  const controller: Controller = {
    engine: options.engine ?? createFakeEngine(),
    sourceTitle: "https://git.example.com/stacks.git (main)",
    platformTitle: "https://dokploy.example.com",
    ownRepository: null,
    branch: "main",
    stacksPath: "stacks",
    address: "http://127.0.0.1:3000",
    portal: null,
    portalHindrance: async () => null,
    async close() {
      closed += 1;
    },
    ...options.session,
  };
  return {
    terminal,
    closed: () => closed,
    interrupt() {
      for (const handler of [...handlers]) handler();
    },
    context: {
      open: async () => controller,
      openController: async () => controller,
      openAgent: async () => ({ ...controller, ask: async () => ({}) }),
      openDoctor: async () => ({
        look: async () => [],
        trial: never("a trial"),
        close: async () => undefined,
      }),
      serveAgent: () => ({ closed: Promise.resolve(), close: async () => undefined }),
      manifestSettings: () => ({
        ...{ variables: {}, reservedNames: [], stacksPath: "stacks", policiesPath: "policies" },
        policyFile: async () => null,
        dokploys: null,
      }),
      remoteSettings: () => ({ url: "http://127.0.0.1:3000", token: null, named: false }),
      openSecrets: never("secrets"),
      openDns: never("DNS"),
      openLease: never("a lease"),
      openPlatform: never("a platform"),
      notifications: () => {
        throw new CapstanError("internal", "nobody should ask for notifications");
      },
      readFolder: never("a folder"),
      openLogIngest: never("a log ingest"),
      startSimulator: never("a simulator"),
      openRepository: never("a repository"),
      commit: never("a commit"),
      ...options.factories,
      io: terminal.io,
      clock: options.clock ?? systemClock,
      version: "1.2.3",
      describeVersion: () => "1.2.3 (commit 3f2a1b9c, schema capstan/v1 1b9c3f2a1b9c)",
      program: options.program ?? "capstan",
      debug: false,
      folder: options.folder ?? "/nowhere",
      onInterrupt(handler) {
        handlers.add(handler);
        return () => void handlers.delete(handler);
      },
      exit(code) {
        throw new Exit(code);
      },
    },
  };
}

/** A command's exit code with what it printed. */
export async function act<Options>(command: Command<Options>, stage: Stage, options: Options) {
  const code = await command(stage.context, options);
  return { code, out: stage.terminal.out(), err: stage.terminal.err() };
}
