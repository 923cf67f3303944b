// The Dokploy servers that one controller has, and which stacks are whose.

/** How policies name the Dokploy of DOKPLOY_URL; no other may have the name. */
export const defaultDokploy = "default";

/** Stacks that fit all of it go to this Dokploy. */
export interface DokployRule {
  /** A folder below that of the stacks, without slashes at its ends. */
  readonly folder: string | null;
  readonly labels: Readonly<Record<string, string>>;
  readonly dokploy: string;
}

export interface Dokploys {
  /** Names, as stacks say them, sorted; the one that DOKPLOY_URL names is called "". */
  readonly names: readonly string[];
  /** Whose a stack is that nothing sends elsewhere; null: each has to say it. */
  readonly fallback: string | null;
  /** The first that fits decides. */
  readonly rules: readonly DokployRule[];
}

/** Those that one engine sees. */
export interface DokployView extends Dokploys {
  /** Whose stacks are its own. */
  readonly own: string;
}

/** Where there is one, and nothing may name another. */
export const onlyDokploy: DokployView = { own: "", names: [""], fallback: "", rules: [] };

/** What stands between a stack's name and its Dokploy's: no name holds it. */
const mark = "@";

/** `shop@production`, as people see it; of the Dokploy that has no name the stack's name alone. */
export function atDokploy(stack: string, dokploy: string): string {
  return dokploy === "" ? stack : `${stack}${mark}${dokploy}`;
}

/** The reverse: any text has an answer. */
export function splitAtDokploy(name: string): { readonly stack: string; readonly dokploy: string } {
  const at = name.lastIndexOf(mark);
  return at === -1
    ? { stack: name, dokploy: "" }
    : { stack: name.slice(0, at), dokploy: name.slice(at + mark.length) };
}
