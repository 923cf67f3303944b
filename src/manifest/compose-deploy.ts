// Compose's `deploy` as the fields of an application that mean the same.
import { isRecord, memoryOf } from "./compose-values.ts";

type Fields = Readonly<Record<string, unknown>>;

const camel = (word: string): string =>
  word.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

function renamed(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).map(([key, value]) => [camel(key), value]));
}

function amounts(fields: Fields): Fields {
  const { cpus, memory } = fields;
  return {
    ...(cpus === undefined ? {} : { cpu: cpus }),
    ...(memory === undefined ? {} : { memory: memoryOf(memory) }),
  };
}

export function deployOf(deploy: Fields): Fields {
  const { replicas, resources, restart_policy: restart, update_config: update, placement } = deploy;
  const sides = isRecord(resources)
    ? Object.entries(resources).flatMap(([side, one]) =>
        isRecord(one) ? [[side, amounts(one)]] : [],
      )
    : [];
  return {
    ...(replicas === undefined ? {} : { replicas }),
    ...(sides.length === 0 ? {} : { resources: Object.fromEntries(sides) as Fields }),
    ...(isRecord(restart) ? { restart: renamed(restart) } : {}),
    ...(isRecord(update) ? { update: renamed(update) } : {}),
    ...(isRecord(placement) ? { placement: renamed(placement) } : {}),
  };
}
