// Names for manifests from names that people typed into Dokploy: DNS labels, each given once.
import { longestName } from "../model/manifest-words.ts";

/** The file of a stack's manifest. */
export function fileOf(stack: string): string {
  return `${stack}.yaml`;
}

/** A DNS label that reads like the text; `fallback` where nothing of it can stand in one. */
export function labelOf(text: string, fallback: string, longest = longestName): string {
  const clean = text
    .normalize("NFKD")
    .toLowerCase()
    .replaceAll(/[\u0300-\u036f]/g, "")
    .replaceAll(/[^a-z0-9]+/g, "-")
    .slice(0, longest)
    .replaceAll(/^-+|-+$/g, "");
  return clean === "" ? fallback : clean;
}

/** The label, or, where somebody has it, the first of `shop-2`, `shop-3`, … that nobody has. It is taken then. */
export function freeName(label: string, taken: Set<string>, longest = longestName): string {
  let name = label;
  for (let count = 2; taken.has(name); count += 1) {
    const end = `-${count}`;
    name = `${label.slice(0, longest - end.length).replace(/-+$/, "")}${end}`;
  }
  taken.add(name);
  return name;
}
