// Stacks that say everything themselves, as most do: no template and no overlays. Each of their values is checked
// once its references are resolved, so that checking the document before as a whole finds nothing more.
import { isServiceName, sections, stackHeaderSchema } from "../model/manifest.ts";
import { child } from "./tree.ts";
import type { MapNode } from "./tree.ts";

const rootKeys = new Set(["apiVersion", "kind", "metadata", "spec"]);
const specKeys = new Set<string>([...Object.keys(stackHeaderSchema.shape), ...sections]);

function holdsOnly(node: MapNode, allows: (key: string) => boolean): boolean {
  for (const key of node.entries.keys()) if (!allows(key)) return false;
  return true;
}

/** Whether every key that no other check looks at is known. */
export function isPlainStack(root: MapNode): boolean {
  const spec = child(root, "spec");
  return (
    spec?.kind === "map" &&
    holdsOnly(root, (key) => rootKeys.has(key)) &&
    holdsOnly(spec, (key) => specKeys.has(key)) &&
    sections.every((section) => {
      const services = child(spec, section);
      if (services === undefined) return true;
      return services.kind === "map" && holdsOnly(services, isServiceName);
    })
  );
}
