// Which stacks use secrets whose source cannot be read now, and what is said of them while it lasts (P11).
import { clockTime } from "../../lib/duration.ts";
import type { DesiredStack } from "../../model/desired.ts";
import type { SecretOutage } from "../../ports-secrets.ts";

/** Names of all secrets in a stack, sorted. */
export function secretsIn({
  services,
  secretVariableUses,
}: Pick<DesiredStack, "services" | "secretVariableUses">): readonly string[] {
  const uses = [
    ...services.flatMap(({ secretUses }) => [...(secretUses?.values() ?? [])]),
    ...(secretVariableUses?.values() ?? []),
  ];
  return [...new Set(uses.flatMap(({ names }) => names))].sort();
}

export function outageWords({ source, message, sinceMs }: SecretOutage): string {
  return `${source} has not been readable since ${clockTime(sinceMs)}: ${message}`;
}

/** What is said of a stack that goes on with what was read last; null when all of its secrets are of now. */
export function agedSecrets(
  stack: DesiredStack | null,
  outages: readonly SecretOutage[],
): string | null {
  if (stack === null || outages.length === 0) return null;
  const names = secretsIn(stack);
  const own = outages.filter((outage) => names.some((name) => outage.concerns(name)));
  if (own.length === 0) return null;
  return `its secrets are those that were read last: ${own.map(outageWords).join("; ")}`;
}
