// What the checks of all hosts of a stack say together: three conditions, and whether the stack waits for one. Pure.
import { hostCheckTypes, noHosts } from "../../model/host-check.ts";
import type {
  HostCheckType,
  HostCondition,
  HostFinding,
  HostFindings,
  HostReport,
} from "../../model/host-check.ts";
import { notChecked } from "./host-findings.ts";

export interface CheckedHost {
  readonly host: string;
  readonly isManaged: boolean;
  /** Null: it has not been looked at yet. */
  readonly findings: HostFindings | null;
}

/** No more than these are named; the others are counted. */
const mostNamed = 5;

function listed(messages: readonly string[]): string {
  const more = messages.length - mostNamed;
  const shown = messages.slice(0, mostNamed).join("; ");
  return more > 0 ? `${shown}; and ${more} more` : shown;
}

interface Found extends HostFinding {
  readonly isManaged: boolean;
}

/** A managed host waits for it. */
function isHeld({ isManaged, status, isNotAsked }: Found): boolean {
  return isManaged && status !== "True" && isNotAsked !== true;
}

function condition(type: HostCheckType, found: readonly Found[]): HostCondition {
  const held = found.filter(isHeld);
  const open = held.length > 0 ? held : found.filter(({ status }) => status !== "True");
  const isAdvisory = held.length === 0;
  // What fails is worth more words than what nobody knows.
  const failed = open.filter(({ status }) => status === "False");
  const [first] = failed.length > 0 ? failed : open.length > 0 ? open : found;
  const { status = "True", reason = "" } = first ?? {};
  const told = open.length > 0 ? open : found;
  const message = listed(told.map((one) => one.message));
  return { type, status, reason, message, isAdvisory };
}

export function reportOf(hosts: readonly CheckedHost[]): HostReport {
  if (hosts.length === 0) return noHosts;
  const foundOf = (type: HostCheckType): readonly Found[] =>
    hosts.map(({ host, isManaged, findings }) => ({
      ...(findings?.[type] ?? notChecked(host)),
      isManaged,
    }));
  const held = [...new Set(hostCheckTypes.flatMap((type) => foundOf(type).filter(isHeld)))];
  const texts = [...new Set(held.map(({ message }) => message))];
  return {
    conditions: hostCheckTypes.map((type) => condition(type, foundOf(type))),
    holds: texts.length === 0 ? null : listed(texts),
  };
}
