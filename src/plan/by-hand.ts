// What people made in Dokploy on a service of Git, and what Git does not name: it is theirs. Only kinds of children that
// carry a mark can be told apart (`byHand`); of the others everything on a service of Git is Git's.
import { childKey, childKinds, childrenOf, isByHand, listsOf, rowOf } from "../model/children.ts";
import type { Child, StoredChild } from "../model/children.ts";
import type { DesiredService } from "../model/desired.ts";
import type { ServiceDetails } from "../model/observed.ts";

const nameOf = (child: Child): string => `${child.kind} ${childKey(child)}`;

/**
 * The service without what is people's own. What was made by hand under a name that Git uses is taken over, the first
 * of them, unless Capstan's own is there beside it.
 */
export function withoutForeign<Details extends ServiceDetails>(
  desired: DesiredService,
  details: Details,
): Details {
  if (!details.children.some(isByHand)) return details;
  const taken = new Set(details.children.filter((child) => !isByHand(child)).map(nameOf));
  const wanted = new Set(childrenOf(desired.spec).map(nameOf));
  const children: StoredChild[] = [];
  for (const child of details.children) {
    const name = nameOf(child);
    if (isByHand(child)) {
      if (!wanted.has(name) || taken.has(name)) continue;
      taken.add(name);
    }
    children.push(child);
  }
  const lists = listsOf(children);
  const emptied = childKinds.map((kind) => rowOf(kind).root).filter((root) => root in details.spec);
  const none = Object.fromEntries(emptied.map((root) => [root, lists[root] ?? []]));
  return { ...details, children, spec: { ...details.spec, ...none } };
}
