// Which secrets there are and who uses them, from what stacks asked for and what sources list. Names only.
import type { Desired } from "../../manifest/load.ts";
import type { DesiredStack, SecretAsk } from "../../model/desired.ts";
import { managedName, secretName } from "../../model/secret-name.ts";
import type {
  SecretLine,
  SecretReport,
  SecretState,
  SecretUser,
} from "../../model/secret-report.ts";
import type { KnownSecret, SecretOutage } from "../../ports-secrets.ts";
import { outageWords } from "../state/secret-outages.ts";

const managerTitles = { bws: "Bitwarden Secrets Manager", vault: "Vault" } as const;

/** By name, the fields of a stack that hold it. */
function fieldsOf({ services, secretVariableUses }: DesiredStack, name: string): readonly string[] {
  const holds = ({ names }: { readonly names: readonly string[] }): boolean =>
    names.some((one) => secretName(one) === name);
  const fields = services.flatMap(({ key, secretUses }) =>
    [...(secretUses ?? [])].flatMap(([path, use]) => (holds(use) ? [`${key} ${path}`] : [])),
  );
  const variables = [...(secretVariableUses ?? [])].flatMap(([variable, use]) =>
    holds(use) ? [`variables.${variable}`] : [],
  );
  return [...fields, ...variables].sort();
}

function serves({ folder }: KnownSecret, { file }: SecretAsk): boolean {
  return folder === null || folder === "" || file.startsWith(`${folder}/`);
}

function failedState({ failed }: SecretAsk): SecretState {
  if (failed === "missing") return "missing";
  return failed === "outage" ? "unreadable" : "refused";
}

export function reportSecrets(
  { secretAsks, stacks }: Pick<Desired, "secretAsks" | "stacks">,
  known: readonly KnownSecret[],
  outages: readonly SecretOutage[],
): SecretReport {
  const byName = new Map(stacks.map((stack) => [stack.name, stack]));
  // One secret of a manager may be asked for by both of its names.
  const usersOf = (asks: readonly SecretAsk[]): readonly SecretUser[] =>
    [...Map.groupBy(asks, ({ stack }) => stack)].map(([name, own]) => {
      const stack = byName.get(name);
      const fields = stack === undefined ? [] : own.flatMap((ask) => fieldsOf(stack, ask.name));
      return { stack: name, fields: [...new Set(fields)].sort() };
    });
  const given = secretAsks.filter(({ failed }) => failed === null);
  const listed = known.map((one): SecretLine => {
    const users = given.filter(
      (ask) => (ask.name === one.name || ask.name === one.alias) && serves(one, ask),
    );
    return {
      name: one.name,
      state: users.length === 0 ? "unused" : "used",
      source: one.source,
      users: usersOf(users),
      problem: null,
    };
  });
  const names = new Set(
    known.flatMap(({ name, alias }) => [name, ...(alias === undefined ? [] : [alias])]),
  );
  const unlisted = [...Map.groupBy(given, ({ name }) => name)].flatMap(
    ([name, asks]): readonly SecretLine[] => {
      const managed = managedName(name);
      if (names.has(name)) return [];
      const source = managed === null ? null : managerTitles[managed.prefix];
      return [{ name, state: "used", source, users: usersOf(asks), problem: null }];
    },
  );
  const failed = [
    ...Map.groupBy(
      secretAsks.filter((ask) => ask.failed !== null),
      (ask) => JSON.stringify([ask.name, ask.failed]),
    ).values(),
  ].flatMap((asks): readonly SecretLine[] => {
    const [ask] = asks;
    if (ask === undefined) return [];
    const problem = typeof ask.failed === "object" ? (ask.failed?.message ?? null) : null;
    return [
      { name: ask.name, state: failedState(ask), source: null, users: usersOf(asks), problem },
    ];
  });
  return {
    secrets: [...listed, ...unlisted, ...failed].sort((a, b) =>
      a.name === b.name ? ((a.source ?? "") < (b.source ?? "") ? -1 : 1) : a.name < b.name ? -1 : 1,
    ),
    outages: outages.map(outageWords),
  };
}
