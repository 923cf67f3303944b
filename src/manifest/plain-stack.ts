// Stacks that say everything themselves, as most do: no template and no overlays. Each of their values is checked
// once its references are resolved, so that checking the document before as a whole finds nothing more.
import { stackHeaderSchema, isServiceName } from "../model/manifest.ts";
import { child } from "./tree.ts";
import type { MapNode } from "./tree.ts";

const rootKeys = new Set(["apiVersion", "kind", "metadata", "spec"]);
const specKeys = new Set([...Object.keys(stackHeaderSchema.shape), "applications"]);

function holdsOnly(node: MapNode, allows: (key: string) => boolean): boolean {
  for (const key of node.entries.keys()) if (!allows(key)) return false;
  return true;
}

/** Whether every key that no other check looks at is known. */
export function isPlainStack(root: MapNode): boolean {
  const spec = child(root, "spec");
  const applications = child(spec, "applications");
  return (
    spec?.kind === "map" &&
    applications?.kind === "map" &&
    holdsOnly(root, (key) => rootKeys.has(key)) &&
    holdsOnly(spec, (key) => specKeys.has(key)) &&
    holdsOnly(applications, isServiceName)
  );
}
