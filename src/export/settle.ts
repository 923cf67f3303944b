// Brings manifests to rest: each is loaded as Capstan loads it, and compared with the server as a plan compares it. What
// it cannot say is left to people, field by field, and a service of which nothing can be said is left out. So whatever
// stands in the end is valid, and differs from the server in nothing that Capstan would write.
import type { Hasher } from "../lib/digest.ts";
import type { Desired } from "../manifest/load.ts";
import { createLoadMemory } from "../manifest/load-memory.ts";
import type { LoadMemory } from "../manifest/load-memory.ts";
import type { DesiredService, DesiredStack, Problem } from "../model/desired.ts";
import type { ObservedSnapshot, ServiceDetails } from "../model/observed.ts";
import { domainKey } from "../model/children.ts";
import type { ServerNames } from "../model/server-names.ts";
import { namesIn, thingTitles } from "../model/server-names.ts";
import { withoutForeign } from "../plan/by-hand.ts";
import { diffService } from "../plan/diff.ts";
import { withNamesOfGit } from "../plan/volume-names.ts";
import { fieldAt, fieldOf, leave, saidOf } from "./draft.ts";
import type { Draft } from "./draft.ts";
import { idleWords } from "./idle.ts";
import { loadTexts } from "./load.ts";
import { fileOf } from "./names.ts";
import { createPlaces } from "./places.ts";
import { draftTitle, oneLine, pathOf, stackText } from "./stack-text.ts";
import type { StackDraft, TextOptions } from "./stack-text.ts";
import type { Path } from "./taking.ts";

export interface Settling {
  readonly text: TextOptions;
  readonly hasher: Hasher;
  readonly running: ObservedSnapshot;
  /** The server's own names. */
  readonly names: ServerNames;
}

function load(
  files: ReadonlyMap<string, string>,
  { text: { book }, hasher }: Settling,
  memory?: LoadMemory,
): Desired {
  return loadTexts(files, { book, hasher, memory });
}

function leaveOut(stack: StackDraft, draft: Draft, why: string): void {
  const index = stack.drafts.indexOf(draft);
  if (index === -1) return;
  stack.drafts.splice(index, 1);
  stack.leftOut.push(`${draftTitle(draft)}: ${oneLine(why)}`);
}

/** The draft that stands at a path of the manifest, with the path inside it; null where none does. */
function draftAt(stack: StackDraft, path: Path): { draft: Draft; within: Path } | null {
  for (const draft of stack.drafts) {
    const steps = pathOf(stack, draft);
    if (steps.every((step, index) => path[index] === step)) {
      return { draft, within: path.slice(steps.length) };
    }
  }
  return null;
}

/** What is wrong with one service of a manifest. `field` null: nothing of it can be left to people. */
interface Finding {
  readonly draft: Draft;
  readonly field: string | null;
  readonly why: string;
  /** With the place. */
  readonly message: string;
  /** The name on the network that another one has; null: it is about something else. */
  readonly network: string | null;
}

/** Fields that are no use without the rest. */
const identity: ReadonlySet<unknown> = new Set(["ignore", "adopt", "server", "description"]);

/**
 * Two files may each have a service `web` that a domain leads to: only then is the name on the common network. False where
 * no domain says so.
 */
function leaveWays({ draft, network, why }: Finding): boolean {
  const { spec } = saidOf(draft);
  const domains = network !== null && "domains" in spec ? spec.domains : [];
  const ways = domains.filter(({ service }) => service === network);
  for (const one of ways) leave(draft, `domains.${domainKey(one)}`, why);
  return ways.length > 0;
}

/** Leaves the fields to people, each once, and out the services of which one cannot be left. */
function leaveAll(stack: StackDraft, findings: readonly Finding[]): void {
  const seen = new Set<string>();
  for (const finding of findings) {
    const { draft, field, why, message } = finding;
    const key = `${draft.observed.id} ${field ?? ""}`;
    if (seen.has(key)) continue;
    seen.add(key);
    const isLeft = leave(draft, field, why) || leaveWays(finding);
    if (!isLeft) leaveOut(stack, draft, message);
  }
}

/** The comment stands at the field: what is below it is named, and nothing else. */
function atField(field: string | null, message: string): string {
  return message.replace(/^`([^`]*)` /, (_, path: string) => {
    const last = path.slice(path.lastIndexOf(".") + 1);
    const isBelow = field !== null && !last.includes("[") && !field.split(".").includes(last);
    return isBelow ? `\`${last}\` ` : "";
  });
}

/** Takes what is wrong out of a manifest. */
function takeOut(stack: StackDraft, text: string, problems: readonly Problem[]): void {
  const pathAt = createPlaces(text);
  const findings: Finding[] = [];
  for (const problem of problems) {
    const message = problem.message.replaceAll(/ at [\w.-]+\.yaml:\d+/g, "");
    const found = draftAt(stack, pathAt(problem.place));
    if (found === null) {
      // Nothing of a stack's head can be left to people.
      for (const draft of [...stack.drafts]) leaveOut(stack, draft, message);
      return;
    }
    const { draft, within } = found;
    const field = identity.has(within[0]) ? null : fieldAt(draft, within);
    const { network = null } = problem;
    findings.push({ draft, field, message, network, why: atField(field, message) });
  }
  leaveAll(stack, findings);
}

/** Names of things in Dokploy's settings that are not there once. */
function missingNames(desired: DesiredService, names: ServerNames): readonly [string, string][] {
  return namesIn(desired).flatMap(({ field, thing, name }): [string, string][] => {
    const count = (names[thing] ?? []).filter((one) => one === name).length;
    const { one, many } = thingTitles[thing];
    const why =
      count === 0
        ? `Dokploy has no ${one} of that name`
        : `Dokploy has ${count} ${many} of that name`;
    return count === 1 ? [] : [[field, why]];
  });
}

/** What is stored, by the names and without the things that a plan leaves out. */
const asPlanned = (desired: DesiredService, details: ServiceDetails): ServiceDetails =>
  withoutForeign(desired, withNamesOfGit(desired, details));

/** What of a service differs from the server although the manifest was made of it. */
function compare(stack: StackDraft, loaded: DesiredStack, settling: Settling): void {
  for (const draft of [...stack.drafts]) {
    const { details, environment, name } = draft;
    const desired = loaded.services.find(
      (one) => one.kind === details.kind && one.environment === environment && one.name === name,
    );
    if (desired === undefined) {
      leaveOut(stack, draft, "no manifest can say it");
      continue;
    }
    const missing = missingNames(desired, settling.names);
    const { run, live, delivery } = diffService(desired, asPlanned(desired, details), null);
    const differing = [...run, ...live, ...delivery].map(({ path }): [string, string] => [
      fieldOf(draft, path),
      "what Dokploy has there cannot be said exactly",
    ]);
    const found = [...missing, ...differing];
    leaveAll(
      stack,
      found.map(([field, why]) => {
        return { draft, field, why, message: `${field}: ${why}`, network: null };
      }),
    );
    if (found.length > 0) continue;
    const why = stack.isOurs ? null : idleWords(draft, desired, settling.running);
    if (why !== null) leaveOut(stack, draft, why);
  }
}

/** Brings one manifest to rest by itself. Its text; null when nothing is left of it. */
function settleAlone(stack: StackDraft, settling: Settling): string | null {
  for (;;) {
    if (stack.drafts.length === 0) return null;
    const before = stateOf(stack);
    const text = stackText(stack, settling.text);
    const { problems, stacks } = load(new Map([[fileOf(stack.name), text]]), settling);
    const [loaded] = stacks;
    if (problems.length > 0) takeOut(stack, text, problems);
    else if (loaded !== undefined) compare(stack, loaded, settling);
    if (stateOf(stack) === before) return text;
  }
}

/** What only grows smaller. */
function stateOf({ drafts }: StackDraft): string {
  return JSON.stringify(
    drafts.map(({ name, environment, kept }) => [
      environment,
      name,
      [...kept].map(([path, { isSaid }]) => [path, isSaid]),
    ]),
  );
}

/**
 * Brings manifests to rest beside each other: what two of them claim stays with the first. Their texts by file; a stack of
 * which nothing is left is taken out.
 */
export function settleTogether(
  stacks: StackDraft[],
  settling: Settling,
): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  const keep = (stack: StackDraft): void => {
    const text = settleAlone(stack, settling);
    if (text === null) texts.delete(fileOf(stack.name));
    else texts.set(fileOf(stack.name), text);
  };
  stacks.forEach(keep);
  const memory = createLoadMemory();
  for (;;) {
    const { problems } = load(texts, settling, memory);
    const byFile = Map.groupBy(problems, ({ place }) => place.file);
    // The last one gives way, so that one of two keeps what both claim.
    const last = stacks.findLast((stack) => byFile.has(fileOf(stack.name)));
    if (last === undefined) return texts;
    takeOut(last, texts.get(fileOf(last.name)) ?? "", byFile.get(fileOf(last.name)) ?? []);
    keep(last);
  }
}
