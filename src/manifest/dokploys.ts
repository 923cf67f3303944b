// Whose stacks are whose, where one controller has several Dokploys: by the map that its operator gave, by what a stack
// says itself, or by what holds for all others. A load keeps the stacks of one of them, and holds on every one what
// cannot be told: nothing is removed for a mistake in a name.
import type { DokployView } from "../model/dokploys.ts";
import type { Report } from "./report.ts";
import type { StackDocument } from "./stack-document.ts";
import { isBelow } from "./files.ts";
import { didYouMean } from "./suggest.ts";

type Belongs = { readonly dokploy: string } | { readonly message: string; readonly hint: string };

export const dokployVariable = "DOKPLOY_SERVERS_FILE";

const nameOf = (dokploy: string): string =>
  dokploy === "" ? "the Dokploy of DOKPLOY_URL" : `the Dokploy ${dokploy}`;

/** What the operator's map says of a document; null: nothing. */
function mappedTo(
  { place, labels }: Pick<StackDocument, "place" | "labels">,
  { rules }: DokployView,
  root: string,
): string | null {
  const rule = rules.find(
    ({ folder, labels: wanted }) =>
      (folder === null || isBelow(root === "" ? folder : `${root}/${folder}`, place.file)) &&
      Object.entries(wanted).every(([label, value]) => labels.get(label) === value),
  );
  return rule?.dokploy ?? null;
}

function belongsTo(document: StackDocument, view: DokployView, root: string): Belongs {
  const { dokploy: said } = document;
  const known = view.names.filter((name) => name !== "");
  const mapped = mappedTo(document, view, root);
  if (said === null) {
    const dokploy = mapped ?? view.fallback;
    if (dokploy !== null) return { dokploy };
    return {
      message: "says no `dokploy`, and no server is the default one",
      hint: `known are ${known.join(", ")}; or set \`default\` in ${dokployVariable}`,
    };
  }
  const { text } = said;
  if (text === null) {
    const hint = "write the name of one of them";
    return { message: "`dokploy` must be a name, without references", hint };
  }
  if (!known.includes(text)) {
    const none = `${dokployVariable} names none`;
    const all = known.length === 0 ? none : `known are ${known.join(", ")}`;
    const hint = didYouMean(text, known) ?? all;
    return { message: `there is no Dokploy called \`${text}\``, hint };
  }
  if (mapped === null || mapped === text) return { dokploy: text };
  const message = `\`dokploy\` is ${text}, and ${dokployVariable} sends this stack to ${nameOf(mapped)}`;
  return { message, hint: "leave `dokploy` out, or change the map" };
}

export interface Routed {
  /** Those of this Dokploy. */
  readonly stacks: readonly StackDocument[];
  /** Names of stacks of which it is not known whose they are: they stay as they are. */
  readonly broken: ReadonlySet<string>;
  /** By name: the Dokploys that other stacks are on. */
  readonly elsewhere: ReadonlyMap<string, string>;
}

interface Routing {
  readonly root: string;
  readonly report: Report;
  /** Whether others build of the same documents. */
  readonly isShared: boolean;
}

/** Keeps the stacks of one Dokploy; without a view all of them. */
export function stacksOfDokploy(
  documents: readonly StackDocument[],
  view: DokployView | undefined,
  { root, report, isShared }: Routing,
): Routed {
  const elsewhere = new Map<string, string>();
  const broken = new Set<string>();
  if (view === undefined) return { stacks: documents, broken, elsewhere };
  const stacks = documents.filter((document) => {
    const { name, place, unnamed } = document;
    const belongs = belongsTo(document, view, root);
    if (!("dokploy" in belongs)) {
      report.add(
        document.dokploy?.place ?? place,
        belongs.message,
        belongs.hint,
        unnamed ? null : name,
      );
      if (!unnamed) broken.add(name);
      document.release();
      return false;
    }
    if (belongs.dokploy === view.own) return true;
    if (!unnamed) elsewhere.set(name, nameOf(belongs.dokploy));
    // Who builds it lets go of it.
    if (!isShared) document.release();
    return false;
  });
  return { stacks, broken, elsewhere };
}

/** The names that stacks say, for whoever reads manifests without the operator's map. */
export function dokploysNamed(documents: readonly StackDocument[]): ReadonlySet<string> {
  return new Set(documents.flatMap(({ dokploy }) => dokploy?.text ?? []));
}
