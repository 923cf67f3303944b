// What of stacks their policies do not allow. Every policy that matches must allow all of it; the result depends neither
// on the order of stacks nor on that of policies, and one policy more never allows more.
import type { Place, PolicyRule } from "../../model/desired.ts";
import { formatMemory } from "../../model/quantity.ts";
import type { Amounts, Ask, StackAsked, Wish } from "./asked.ts";
import { matches, pathBelow } from "./policy.ts";
import type { AllowedList, BrokenPolicy, Limit, Policy, PolicySet } from "./policy.ts";
import { flagRules, listRules } from "./rules.ts";
import type { AmountName } from "./rules.ts";

export interface Violation {
  readonly stack: string;
  readonly place: Place;
  readonly message: string;
  readonly hint: string;
  readonly policy: PolicyRule;
  /** It is about one value that stands at that place. */
  readonly isValue?: true;
}

/** What one policy says of one thing. */
export type Said = Omit<Violation, "stack">;

export function showPlace({ file, line, column }: Place): string {
  return `${file}:${line}:${column}`;
}

const mostShown = 4;

/** `no bind mounts`, `only the hosts a, b and 3 more`. */
function allowedWords(many: string, { matchers }: AllowedList): string {
  if (matchers.length === 0) return `no ${many}`;
  const shown = matchers.slice(0, mostShown).map(({ pattern }) => pattern);
  const more = matchers.length - shown.length;
  return `only the ${many} ${shown.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

/** What to do: something else, or another policy. */
function hintOf(
  instead: string | null,
  policy: Policy,
  key: string,
  unset: readonly string[] = [],
): string {
  const [first] = unset;
  if (first !== undefined)
    return `the environment variable ${first}, which the policy names, is not set`;
  const change = `who may change ${policy.place.file} can allow it under \`${key}\``;
  return instead === null ? change : `${instead}; or ${change}`;
}

function isAllowed({ matchers }: AllowedList, value: string | null): boolean {
  if (value !== null) return matchers.some((one) => one.allows(value));
  return matchers.some(({ pattern }) => pattern === "*" || pattern === "**");
}

/** What is built from Git has no image that a list could name. */
function unnamedImages({ lists }: Policy): "images" | "registries" | null {
  if (lists.has("repositories")) return null;
  return lists.has("images") ? "images" : lists.has("registries") ? "registries" : null;
}

function judgeAsk(policy: Policy, ask: Ask): Said | null {
  const rule = listRules[ask.list];
  const built = ask.list === "repositories" ? unnamedImages(policy) : null;
  const list = built ?? ask.list;
  const allowed = policy.lists.get(list);
  if (allowed === undefined) return null;
  if (built === null && isAllowed(allowed, ask.value)) return null;
  const words = allowedWords(listRules[list].many, allowed);
  const place = showPlace(allowed.place);
  const subject = ask.field === "" ? "it" : `\`${ask.field}\``;
  const message = `${subject} ${rule.asks(ask.shown)}, and the policy ${policy.name} allows ${words} (${place})`;
  const hint =
    built === null
      ? hintOf(rule.instead, policy, `allow.${ask.list}`, allowed.unset)
      : hintOf("name an image that is built elsewhere", policy, "allow.repositories");
  const by = { name: policy.name, place: allowed.place, rule: ask.list };
  return { place: ask.place, message, hint, policy: by, isValue: true };
}

/** Whether a stack may have its name, as long as nothing else of it is known. */
export function judgeName(policy: Policy, name: string, place: Place): Said | null {
  return judgeAsk(policy, {
    list: "names",
    value: name,
    shown: name,
    field: "metadata.name",
    place,
  });
}

function judgeWish(policy: Policy, { flag, field, place }: Wish): Said | null {
  const at = policy.forbidden.get(flag);
  if (at === undefined) return null;
  const { asks, forbids, instead } = flagRules[flag];
  const message = `\`${field}\` ${asks}, and the policy ${policy.name} ${forbids} (${showPlace(at)})`;
  const hint = hintOf(instead, policy, `allow.${flag}`);
  return { place, message, hint, policy: { name: policy.name, place: at, rule: flag } };
}

interface AmountRule {
  readonly of: (amounts: Amounts) => number | null;
  readonly show: (amount: number) => string;
  readonly unknown: string;
  readonly instead: string;
}

const amountRules: Readonly<Record<AmountName, AmountRule>> = {
  replicas: {
    of: ({ replicas }) => replicas,
    show: (count) => `${count} container${count === 1 ? "" : "s"}`,
    unknown: "runs as many containers as there are nodes, or as nobody can tell here",
    instead: "say how many `replicas`",
  },
  memory: {
    of: ({ memoryBytes }) => memoryBytes,
    show: (bytes) => `${formatMemory(bytes)} of memory`,
    unknown: "has no memory limit that can be told",
    instead: "give it a memory limit",
  },
};

const amountNames = Object.keys(amountRules) as readonly AmountName[];

function sumOf(rule: AmountRule, { amounts }: StackAsked): number {
  return amounts.reduce((sum, one) => sum + (rule.of(one) ?? 0), 0);
}

function judgeAmounts(policy: Policy, asked: StackAsked): readonly Said[] {
  return amountNames.flatMap((name): readonly Said[] => {
    const rule = amountRules[name];
    const { perStack, total } = policy.limits[name];
    const limit = perStack ?? total;
    if (limit === null) return [];
    const by = { policy: { name: policy.name, place: limit.place, rule: name } };
    const at = showPlace(limit.place);
    const unknown = asked.amounts.flatMap((one): readonly Said[] => {
      if (rule.of(one) !== null) return [];
      const message = `\`${one.field}\` ${rule.unknown}, and the policy ${policy.name} limits ${name} (${at})`;
      const hint = hintOf(rule.instead, policy, `allow.${name}`);
      return [{ place: one.place, message, hint, ...by }];
    });
    const sum = sumOf(rule, asked);
    if (perStack === null || sum <= perStack.most) return unknown;
    const message = `the stack asks for ${rule.show(sum)}, and the policy ${policy.name} allows ${rule.show(perStack.most)} a stack (${at})`;
    const hint = hintOf("ask for less", policy, `allow.${name}.perStack`);
    return [...unknown, { place: asked.place, message, hint, ...by }];
  });
}

/** Of all stacks that a policy matches, together: when they ask for too much, none can be said to be the one too many. */
function judgeTotal(
  policy: Policy,
  name: AmountName,
  total: Limit,
  matched: readonly StackAsked[],
): readonly Violation[] {
  const rule = amountRules[name];
  const sum = matched.reduce((all, one) => all + sumOf(rule, one), 0);
  if (sum <= total.most) return [];
  const message = `the ${matched.length === 1 ? "stack" : `${matched.length} stacks`} of the policy ${policy.name} ask for ${rule.show(sum)} together, and it allows ${rule.show(total.most)} (${showPlace(total.place)})`;
  const hint = `ask for less, or remove one of them: until then none of them is changed; or who may change ${policy.place.file} can allow it under \`allow.${name}.total\``;
  return matched.map(({ name: stack, place }) => ({
    ...{ stack, place, message, hint },
    policy: { name: policy.name, place: total.place, rule: name },
  }));
}

function heldBy({ name, place }: BrokenPolicy, asked: StackAsked): Said {
  const what =
    name === null ? `what is in ${place.file}` : `the policy ${name} (${showPlace(place)})`;
  return {
    place: asked.place,
    message: `cannot be judged: ${what} cannot be read as a policy`,
    hint: `correct ${place.file}: until then the stack stays as it is`,
    policy: { name: name ?? place.file, place, rule: "unread" },
  };
}

/** `root`: the folder of the stacks, below which paths are matched. */
export interface Judging {
  readonly root: string;
  /** Stacks that are not judged, and count in what all ask for together. */
  readonly others?: readonly StackAsked[];
}

/** Whether a policy, or what is left of one, is about a stack. */
export function isAbout(
  { match }: Policy | BrokenPolicy,
  asked: StackAsked,
  root: string,
): boolean {
  const { place, labels, template } = asked;
  return matches(match, { path: pathBelow(root, place.file), labels, template });
}

/** By stack, those that are refused alone; sorted by place within each. */
export function judge(
  { policies, broken }: PolicySet,
  stacks: readonly StackAsked[],
  { root, others = [] }: Judging,
): ReadonlyMap<string, readonly Violation[]> {
  const found: Violation[] = [];
  for (const asked of stacks) {
    const stack = asked.name;
    const said = [
      ...policies
        .filter((policy) => isAbout(policy, asked, root))
        .flatMap((policy) => [
          ...asked.asks.map((ask) => judgeAsk(policy, ask)),
          ...asked.wishes.map((wish) => judgeWish(policy, wish)),
          ...judgeAmounts(policy, asked),
        ]),
      ...broken.filter((one) => isAbout(one, asked, root)).map((one) => heldBy(one, asked)),
    ];
    for (const one of said) if (one !== null) found.push({ stack, ...one });
  }
  for (const policy of policies) {
    for (const name of amountNames) {
      const { total } = policy.limits[name];
      if (total === null) continue;
      const matched = [...stacks, ...others].filter((asked) => isAbout(policy, asked, root));
      found.push(...judgeTotal(policy, name, total, matched));
    }
  }
  const judged = new Set(stacks.map(({ name }) => name));
  return Map.groupBy(
    found.filter(({ stack }) => judged.has(stack)),
    ({ stack }) => stack,
  );
}
