// `capstan dns list|check|create|remove`: the records of the zone that stacks live in. Records of
// domains with dns: managed are the reconciler's: these commands leave them alone.
import { checkLabel, checkName, checkWildcard } from "../engine/dns/check.ts";
import { fullName } from "../engine/dns/names.ts";
import { createRecord, ownerWords, removeRecord } from "../engine/dns/records.ts";
import { CapstanError } from "../lib/errors.ts";
import type { DnsCheck, RecordSet, Zone } from "../model/dns.ts";
import type { Dns } from "../ports-dns.ts";
import type { Command, CommandContext, DnsSide } from "./context.ts";
import { shown, tableOf } from "./remote/output.ts";
import type { OutputOptions } from "./output-option.ts";

type Named = OutputOptions & { readonly name: string };

const addressTypes = ["A", "AAAA", "CNAME"] as const;

interface Opened extends DnsSide {
  readonly dns: Dns;
  readonly zone: Zone;
}

async function open(context: CommandContext): Promise<Opened> {
  const side = context.openDns();
  const { dns } = side;
  if (dns === null) {
    throw new CapstanError("invalid", "no DNS provider is configured", {
      hint: "set HETZNER_API_TOKEN, or RFC2136_SERVER with RFC2136_KEY_NAME and RFC2136_KEY_SECRET",
    });
  }
  return { ...side, dns, zone: await dns.zone() };
}

function madeBy({ owner, keeper }: RecordSet): string {
  if (keeper !== undefined) return `capstan (${keeper.instance}/${keeper.stack})`;
  return owner === null ? "-" : `capstan (${owner})`;
}

const recordTitles = ["NAME", "TYPE", "TTL", "VALUE", "MADE BY"];

function recordRow(record: RecordSet): readonly string[] {
  const { name, type, ttl, values, isProtected } = record;
  const by = `${madeBy(record)}${isProtected ? ", protected" : ""}`;
  return [name, type, ttl === null ? "-" : String(ttl), values.join(", "), by];
}

export const listRecords: Command<OutputOptions> = async (context, options) => {
  const { dns, zone } = await open(context);
  const records = await dns.list();
  context.io.out(
    shown({ provider: dns.title, zone, records }, options.output, () =>
      tableOf([recordTitles, ...records.map(recordRow)]),
    ),
  );
  return 0;
};

function checkText(
  name: string,
  zone: Zone,
  records: readonly RecordSet[],
  check: DnsCheck,
): string {
  const own = records.map(({ type, values }) => `${type} ${values.join(", ")}`);
  const who = [...new Set(records.map(ownerWords))].join("; ");
  const head = [
    ["name", name],
    ["zone", zone.name],
    ["record", records.length === 0 ? "none of its own" : `${own.join("; ")} (${who})`],
    ["expected", check.expected.length === 0 ? "-" : check.expected.join(", ")],
    [check.status, check.what],
    ...(check.next === null ? [] : [["next", check.next]]),
  ];
  const answers = check.answers.map(({ server, values, error }) => {
    const addresses = values?.length === 0 ? ["no address"] : (values ?? []);
    return [`  ${server}`, [...addresses, ...(error === null ? [] : [error])].join(", ")];
  });
  return `${tableOf(head)}${answers.length === 0 ? "" : `\nname servers\n${tableOf(answers)}`}`;
}

/** Exits with 1 when the name does not lead to Traefik. */
export const checkRecord: Command<Named> = async (context, options) => {
  const { dns, zone, suffix, target, nameServers, random } = await open(context);
  const name = fullName(options.name, zone.name, suffix);
  const records: RecordSet[] = [];
  for (const type of addressTypes) {
    const record = await dns.findRRSetByName(name, type);
    if (record !== null) records.push(record);
  }
  const deps = { zone, target, nameServers };
  const check = name.startsWith("*.")
    ? await checkWildcard({ ...deps, suffix: name.slice(2), label: checkLabel(random()) })
    : await checkName({ ...deps, name });
  context.io.out(
    shown({ name, zone, exists: records.length > 0, records, check }, options.output, () =>
      checkText(name, zone, records, check),
    ),
  );
  return check.status === "fail" ? 1 : 0;
};

function neededTarget(named: string | undefined, { target }: DnsSide): string {
  const found = named ?? target;
  if (found !== null) return found;
  throw new CapstanError("invalid", "no target is set", {
    hint: "pass an address with --target, or set TRAEFIK_IP",
  });
}

export const createOne: Command<Named & { readonly target?: string }> = async (
  context,
  options,
) => {
  const side = await open(context);
  const { dns, zone, suffix, instance } = side;
  const name = fullName(options.name, zone.name, suffix);
  const target = neededTarget(options.target, side);
  const created = await createRecord({ dns, instance }, { name, target });
  const { kind, record, before } = created;
  const to = `${record.name} ${record.type} ${record.values.join(", ")}`;
  const lines = {
    created: `created ${to}`,
    moved: `changed ${to} (was ${before.join(", ")})`,
    same: `nothing to do: ${to} is there already (${ownerWords(record)})`,
  };
  context.io.out(shown(created, options.output, () => `${lines[kind]}\n`));
  return 0;
};

export const removeOne: Command<Named & { readonly value?: string }> = async (context, options) => {
  const { dns, zone, suffix, instance } = await open(context);
  const name = fullName(options.name, zone.name, suffix);
  const ended = await removeRecord({ dns, instance }, { name, value: options.value ?? null });
  const line = (word: string, { type, values }: RecordSet): string =>
    `${word} ${name} ${type} ${values.join(", ")}\n`;
  context.io.out(
    shown(ended, options.output, () =>
      [
        ...ended.removed.map((record) => line("removed", record)),
        ...ended.left.map((record) => line("left", record)),
      ].join(""),
    ),
  );
  return 0;
};
