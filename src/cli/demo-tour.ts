// The steps of the tour. Each says what is about to happen, makes it happen, waits until the world is
// so, and tells what came of it in figures that were measured, not assumed.
import type { Engine } from "../engine/engine.ts";
import { CapstanError } from "../lib/errors.ts";
import { formatDuration } from "../lib/duration.ts";
import type { StackStatus } from "../model/status.ts";
import { createPaint } from "../plan/render/paint.ts";
import { problemLines } from "../plan/render/terminal.ts";
import { plural, sentence } from "../plan/render/words.ts";
import type { CommandContext } from "./context.ts";
import { blog, brokenBlog, editedImage, shop, shopImage } from "./demo-stacks.ts";
import type { DemoWorld } from "./demo-world.ts";
import { showProgress } from "./progress.ts";
import { inventoryLine } from "./say.ts";

const lookMs = 50;
const patienceMs = 60_000;
const passesWatched = 2;

export interface Tour {
  readonly context: CommandContext;
  readonly world: DemoWorld;
  /** Ends the tour early. */
  readonly signal: AbortSignal;
}

/** Waits for a condition of the world; the time that it took. */
async function until(tour: Tour, what: string, check: () => Promise<boolean> | boolean) {
  const { clock } = tour.context;
  const begin = clock.now();
  while (!(await check())) {
    if (tour.signal.aborted) throw new CapstanError("cancelled", "the tour was interrupted");
    if (clock.now() - begin > patienceMs) {
      throw new CapstanError("internal", `the demo waited ${patienceMs / 1_000} s for ${what}`);
    }
    await clock.sleep(lookMs, tour.signal);
  }
  return clock.now() - begin;
}

function isReady(status: StackStatus): boolean {
  return status.conditions.some(({ type, status: is }) => type === "Ready" && is === "True");
}

/** Whether these stacks are ready at the revision that is desired now. */
function areReady(engine: Engine, names: readonly string[]): boolean {
  const { revision } = engine.state();
  return names.every((name) =>
    engine
      .stacks()
      .some((status) => status.name === name && status.revision === revision && isReady(status)),
  );
}

function say(tour: Tour, text: string): void {
  tour.context.io.out(`${text}\n`);
}

function heading(tour: Tour, text: string): void {
  const paint = createPaint(tour.context.io.outColour);
  say(tour, `\n${paint("bold", text)}`);
}

function indented(text: string): string {
  return text.replace(/^(?=.)/gm, "    ");
}

/** Shows events while `work` goes on. */
async function showing<T>(tour: Tour, work: () => Promise<T>): Promise<T> {
  const { context, world } = tour;
  const progress = showProgress(world.controller.engine, context.io, context.clock);
  try {
    return await work();
  } finally {
    progress.stop();
  }
}

function seconds(ms: number): string {
  return formatDuration(Math.max(1, Math.round(ms / 1_000)) * 1_000);
}

async function meet(tour: Tour): Promise<void> {
  const { world } = tour;
  const { engine, platformTitle } = world.controller;
  heading(tour, "1  A server with other people's projects, and a repository with two stacks");
  say(tour, inventoryLine(await engine.inventory(), platformTitle));
  say(tour, "One of them in Git (stacks/shop.yaml):");
  say(tour, indented(shop(shopImage, 1)).trimEnd());
}

async function comeUp(tour: Tour): Promise<void> {
  const { world } = tour;
  const { engine, platformTitle } = world.controller;
  heading(tour, "2  The controller starts, and the stacks come up");
  const ms = await showing(tour, () => {
    engine.start();
    return until(tour, "the first stacks", () => areReady(engine, ["blog", "shop"]));
  });
  say(tour, `Both are healthy after ${seconds(ms)}:`);
  for (const status of engine.stacks()) {
    say(tour, `    ${status.name.padEnd(5)} ${status.urls.join(" ")}`);
  }
  say(tour, inventoryLine(await engine.inventory(), platformTitle));
}

const writeNames = /\.(?:create|update|delete|remove|deploy|redeploy|reload|move|save|start|stop)/;

async function rest(tour: Tour): Promise<void> {
  const { world } = tour;
  const { engine } = world.controller;
  heading(tour, "3  Passes with nothing to do");
  say(tour, "The controller keeps comparing the server with Git. Watching it for a while…");
  // A pass that is under way may still record what the last one rolled out.
  await until(tour, "a quiet moment", () => engine.state().queued + engine.state().running === 0);
  await world.clearRequests();
  let last = engine.state().lastListMs;
  let passes = 0;
  const ms = await until(tour, "passes with nothing to do", () => {
    const { lastListMs } = engine.state();
    if (lastListMs !== last) passes += 1;
    last = lastListMs;
    return passes >= passesWatched;
  });
  const counts = Object.entries(await world.requests());
  const sum = (of: (name: string) => boolean): number =>
    counts.filter(([name]) => of(name)).reduce((total, [, count]) => total + count, 0);
  const lists = sum((name) => name === "project.all");
  const writes = sum((name) => writeNames.test(name));
  const details = sum((name) => name === "application.one");
  say(
    tour,
    `In ${seconds(ms)}: ${plural(lists, "check")} of the whole server, one request each; ` +
      `${plural(details, "deep check")} of single services; ${plural(writes, "write")}.`,
  );
}

interface ListedProject {
  readonly name: string;
  readonly environments: readonly {
    readonly applications: readonly { readonly applicationId: string; readonly name: string }[];
  }[];
}

async function webOfShop(world: DemoWorld): Promise<string> {
  const projects = (await world.api("project.all")) as readonly ListedProject[];
  const shopProject = projects.find((project) => project.name === "shop");
  const web = shopProject?.environments
    .flatMap((environment) => environment.applications)
    .find((application) => application.name === "web");
  if (web === undefined) throw new CapstanError("internal", "the demo has lost its shop");
  return web.applicationId;
}

async function heal(tour: Tour): Promise<void> {
  const { world } = tour;
  const { engine } = world.controller;
  heading(tour, "4  Somebody edits a service by hand, and Capstan restores it");
  const applicationId = await webOfShop(world);
  const image = async (): Promise<string> => {
    const found = await world.api(`application.one?applicationId=${applicationId}`);
    return (found as { readonly dockerImage: string }).dockerImage;
  };
  await world.api("application.update", { applicationId, dockerImage: editedImage });
  say(tour, `In Dokploy the image of shop's web is now ${await image()}. Git says ${shopImage}.`);
  const ms = await showing(tour, () =>
    until(
      tour,
      "the restored edit",
      async () => (await image()) === shopImage && areReady(engine, ["shop"]),
    ),
  );
  say(tour, `The drift was reported, and undone within ${seconds(ms)}: ${await image()}.`);
}

async function breakOne(tour: Tour): Promise<void> {
  const { world, context } = tour;
  const { engine } = world.controller;
  heading(tour, "5  A broken file stops only its own stack");
  say(tour, "One commit with a typo in blog.yaml and one more replica for shop:");
  await showing(tour, async () => {
    const files = { "stacks/blog.yaml": brokenBlog, "stacks/shop.yaml": shop(shopImage, 2) };
    const before = engine.state().revision;
    await world.commit(files, "Update the blog and scale the shop");
    await until(
      tour,
      "the shop beside a broken blog",
      () =>
        engine.state().revision !== before &&
        engine.state().problems.length > 0 &&
        areReady(engine, ["shop"]),
    );
  });
  const { io } = context;
  const style = { colour: io.outColour, width: io.width - 4 };
  for (const problem of engine.state().problems) {
    say(tour, indented(problemLines(problem, style).join("\n")));
  }
  say(tour, "shop has its replica, and blog keeps running as before. The next commit fixes blog:");
  await showing(tour, async () => {
    const before = engine.state().revision;
    await world.commit({ "stacks/blog.yaml": blog }, "Fix the blog");
    await until(
      tour,
      "the corrected blog",
      () => engine.state().revision !== before && areReady(engine, ["blog", "shop"]),
    );
  });
  say(
    tour,
    `Healthy again: ${sentence(
      engine
        .stacks()
        .map(({ name }) => name)
        .join(", "),
    )}.`,
  );
}

/** Throws `cancelled` when it is interrupted. */
export async function runTour(tour: Tour): Promise<void> {
  for (const step of [meet, comeUp, rest, heal, breakOne]) await step(tour);
}
