// From a place in a manifest's text to the path of what stands there.
import { LineCounter, isMap, isScalar, isSeq, parseDocument } from "yaml";
import type { Node } from "yaml";
import type { Place } from "../model/desired.ts";
import type { Path } from "./taking.ts";

interface Spot {
  readonly from: number;
  readonly to: number;
  readonly path: Path;
}

function spotsOf(node: unknown, path: Path, spots: Spot[]): void {
  const range = (node as Node | null)?.range;
  if (range !== null && range !== undefined) {
    spots.push({ from: range[0], to: Math.max(range[0] + 1, range[1]), path });
  }
  if (isMap(node)) {
    for (const { key, value } of node.items) {
      const below = [...path, isScalar(key) ? String(key.value) : ""];
      spotsOf(key, below, spots);
      spotsOf(value, below, spots);
    }
  } else if (isSeq(node)) {
    for (const [index, item] of node.items.entries()) spotsOf(item, [...path, index], spots);
  }
}

/** The path of the smallest thing around a place; empty where nothing is. */
export function createPlaces(text: string): (place: Pick<Place, "line" | "column">) => Path {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter });
  const spots: Spot[] = [];
  spotsOf(document.contents, [], spots);
  return ({ line, column }) => {
    const start = lineCounter.lineStarts[line - 1];
    if (start === undefined) return [];
    const at = start + column - 1;
    let best: Spot | null = null;
    for (const spot of spots) {
      if (at < spot.from || at >= spot.to) continue;
      const isSmaller = best === null || spot.to - spot.from <= best.to - best.from;
      if (isSmaller && (best === null || spot.path.length >= best.path.length)) best = spot;
    }
    return best?.path ?? [];
  };
}
