// What one place of a stack runs, written into the manifest of the next: from one Dokploy to another, or from one
// environment of a stack to another. Images go by themselves; of all else only what somebody names, as places differ on
// purpose. Each edit is proven by a load, as `write-back/amend.ts` does it. Pure.
import { defaultDokploy } from "../model/dokploys.ts";
import type { Dokploys } from "../model/dokploys.ts";
import type { DesiredService, DesiredStack } from "../model/desired.ts";
import { flatten } from "../model/fields.ts";
import { CapstanError } from "../lib/errors.ts";
import type { Desired, LoadInput } from "./load.ts";
import { createAskedFields } from "./promote-fields.ts";
import type { AskedFields, Pair } from "./promote-fields.ts";
import { nameHint } from "./suggest.ts";
import { amend } from "./write-back/amend.ts";
import type { Change, Unwritten } from "./write-back/amend.ts";
import type { Placed } from "./write-back/same.ts";

export interface PromotionAsked {
  readonly stack: string;
  /** A Dokploy, or an environment of the stack. */
  readonly from: string;
  readonly to: string;
  /** Patterns of fields beside images: `env.MODE`, `resources.*`. */
  readonly fields: readonly string[];
}

export interface Promotion {
  readonly path: string;
  /** The file as it is, and as it would be; the same where there is nothing to do. */
  readonly was: string;
  readonly text: string;
  /** `observed` is the new value, `wanted` that of before. */
  readonly written: readonly Placed[];
  readonly unwritten: readonly Unwritten[];
  /** What differs as well, and was not asked for: a service's key and the field. */
  readonly left: readonly { readonly service: string; readonly path: string }[];
}

/** As people and programs are told of it. */
export interface PromotionShown {
  readonly path: string;
  readonly changes: readonly {
    readonly service: string;
    readonly field: string;
    readonly from: string | null;
    readonly to: string | null;
  }[];
  readonly refused: readonly {
    readonly service: string;
    readonly field: string;
    readonly why: string;
  }[];
  readonly left: readonly { readonly service: string; readonly field: string }[];
}

export function promotionShown({ path, written, unwritten, left }: Promotion): PromotionShown {
  return {
    path,
    changes: written.map(({ service, path: field, wanted, observed }) => ({
      ...{ service, field, from: wanted, to: observed },
    })),
    refused: unwritten.map(({ service, path: field, why }) => ({ service, field, why })),
    left: left.map(({ service, path: field }) => ({ service, field })),
  };
}

type Tree = LoadInput["tree"];

export interface PromotionInput {
  readonly asked: PromotionAsked;
  readonly tree: Tree;
  /** Null: there is one Dokploy. */
  readonly dokploys: Dokploys | null;
  /** What a tree says for one of them; "": the one without a name, or the only one. */
  readonly load: (tree: Tree, dokploy: string) => Desired;
}

interface Places {
  /** Whose manifest is edited. */
  readonly dokploy: string;
  readonly stack: DesiredStack;
  readonly pairs: readonly Pair[];
}

const inside = (name: string): string => (name === defaultDokploy ? "" : name);

function find(desired: Desired, name: string, where: string): DesiredStack {
  const stack = desired.stacks.find((one) => one.name === name);
  if (stack !== undefined) return stack;
  if (desired.brokenStacks.has(name)) {
    throw new CapstanError("conflict", `the manifest of ${name}${where} has mistakes`, {
      hint: "`capstan validate` names them",
    });
  }
  const known = desired.stacks.map((one) => one.name);
  throw new CapstanError("not-found", `there is no stack ${name}${where}`, {
    hint: nameHint(name, "stack", known, null),
  });
}

function pairsOf(
  from: readonly DesiredService[],
  to: readonly DesiredService[],
  same: (service: DesiredService) => string,
): readonly Pair[] {
  const sources = new Map(from.map((service) => [same(service), service]));
  return to.flatMap((target) => {
    const source = sources.get(same(target));
    return source?.kind === target.kind ? [{ source, target }] : [];
  });
}

function betweenDokploys({ asked, tree, load }: PromotionInput): Places {
  const { stack: name, from, to } = asked;
  const source = find(load(tree, inside(from)), name, ` on the Dokploy ${from}`);
  const stack = find(load(tree, inside(to)), name, ` on the Dokploy ${to}`);
  const pairs = pairsOf(source.services, stack.services, ({ key }) => key);
  return { dokploy: inside(to), stack, pairs };
}

/** The Dokploys on which the stack is, one after the other: an environment is of one stack. */
function betweenEnvironments({ asked, tree, dokploys, load }: PromotionInput): Places {
  const { stack: name, from, to } = asked;
  const names = dokploys?.names ?? [""];
  const on = names.filter((one) => load(tree, one).stacks.some((stack) => stack.name === name));
  const [dokploy = names[0] ?? ""] = on;
  const stack = find(load(tree, dokploy), name, "");
  for (const environment of [from, to]) {
    if (stack.environments.includes(environment)) continue;
    const known = [...stack.environments, ...(dokploys?.names ?? []).filter((one) => one !== "")];
    throw new CapstanError("not-found", `${name} has no environment ${environment}`, {
      hint: `known environments and Dokploys are ${known.join(", ")}`,
    });
  }
  if (on.length > 1) {
    throw new CapstanError("conflict", `${name} is on ${on.length} Dokploys`, {
      hint: "promote from one of them to another, or edit the manifest",
    });
  }
  const of = (environment: string): readonly DesiredService[] =>
    stack.services.filter((service) => service.environment === environment);
  // `app/web@staging` and `app/web` are the same service in two environments.
  const pairs = pairsOf(of(from), of(to), ({ kind, name: service }) => `${kind} ${service}`);
  return { dokploy, stack, pairs };
}

function placesOf(input: PromotionInput): Places {
  const { asked, dokploys } = input;
  const { from, to } = asked;
  if (from === to) {
    throw new CapstanError("invalid", `--from and --to are both ${from}`, {
      hint: "name the place that has the new version, and the one that is to get it",
    });
  }
  const isDokploy = (name: string): boolean => dokploys?.names.includes(inside(name)) === true;
  return isDokploy(from) && isDokploy(to) ? betweenDokploys(input) : betweenEnvironments(input);
}

interface Sorted {
  readonly changes: readonly Change[];
  readonly refused: readonly Unwritten[];
  readonly left: Promotion["left"];
}

/** What is to be written of one service, and what is not. */
function sorted({ source, target }: Pair, asks: AskedFields): Sorted {
  const [now, next] = [flatten(target), flatten(source)];
  const paths = [...new Set([...now.keys(), ...next.keys()])]
    .filter((path) => (now.get(path) ?? null) !== (next.get(path) ?? null))
    .sort();
  const service = target.key;
  const asked = paths.filter((path) => asks.has(path));
  const isSecret = (path: string): boolean => source.secrets.has(path) || target.secrets.has(path);
  return {
    changes: asked
      .filter((path) => !isSecret(path))
      .map((path) => ({
        ...{ service, path },
        observed: next.get(path) ?? null,
        wanted: now.get(path) ?? null,
        target: { desired: target, observed: source },
      })),
    refused: asked.filter(isSecret).map((path) => ({ service, path, why: "it holds a secret" })),
    left: paths.filter((path) => !asks.has(path)).map((path) => ({ service, path })),
  };
}

const encoder = new TextEncoder();

function withFile(tree: Tree, path: string, text: string): Tree {
  const files = tree.files.map((file) =>
    file.path === path ? { path, content: encoder.encode(text) } : file,
  );
  return { ...tree, files };
}

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * Throws `not-found` for a stack or a place that is not there, `conflict` where a manifest has mistakes, `invalid` for
 * one place twice, and for a field that nothing has.
 */
export function promote(input: PromotionInput): Promotion {
  const { asked, tree, load } = input;
  const { dokploy, stack, pairs } = placesOf(input);
  const asks = createAskedFields(asked.fields);
  asks.mustFit(pairs, stack.name);
  const all = pairs.map((pair) => sorted(pair, asks));
  const { file: path } = stack.place;
  const file = tree.files.find((one) => one.path === path);
  if (file === undefined) throw new Error(`${path} is in the tree that it was read from`);
  const was = decoder.decode(file.content);
  const before = load(tree, dokploy).problems.length;
  const amended = amend({
    ...{ text: was, stack },
    changes: all.flatMap(({ changes }) => changes),
    load(text) {
      const { stacks, problems } = load(withFile(tree, path, text), dokploy);
      // A mistake anywhere that was not there before is this edit's.
      if (problems.length > before) return null;
      return stacks.find((one) => one.name === stack.name) ?? null;
    },
  });
  return {
    ...{ path, was, text: amended.text, written: amended.written },
    unwritten: [...all.flatMap(({ refused }) => refused), ...amended.unwritten],
    left: all.flatMap(({ left }) => left),
  };
}
