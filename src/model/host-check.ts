// Whether people reach a stack under its names: what was found of each host, and what that means for the stack.

/** In the order in which they depend on each other. */
export const hostCheckTypes = ["Resolves", "Certificate", "Answers"] as const;
export type HostCheckType = (typeof hostCheckTypes)[number];

/** One check of one host. */
export interface HostFinding {
  readonly status: "True" | "False" | "Unknown";
  /** One CamelCase word for programs. */
  readonly reason: string;
  /** One sentence that names the host. */
  readonly message: string;
  /** It could not be asked for a reason that says nothing of the host: nothing waits for it. Absent: it was. */
  readonly isNotAsked?: boolean;
}

export type HostFindings = Readonly<Record<HostCheckType, HostFinding>>;

/** One check of all hosts of a stack, as a condition has it. */
export interface HostCondition {
  readonly type: HostCheckType;
  readonly status: HostFinding["status"];
  readonly reason: string;
  readonly message: string;
  /** It is about hosts alone whose DNS records Capstan does not keep: nothing waits for it. */
  readonly isAdvisory: boolean;
}

/** What the checks of a stack's hosts say together. */
export interface HostReport {
  /** Empty: it has no hosts, or nobody checks any. */
  readonly conditions: readonly HostCondition[];
  /** Why people do not reach it under a managed host; null: they do, or it has none. */
  readonly holds: string | null;
}

export const noHosts: HostReport = { conditions: [], holds: null };
