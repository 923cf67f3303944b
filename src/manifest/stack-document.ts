// A document of kind Stack as it was read, and what is needed to build a stack of it.
import type { Hasher } from "../lib/digest.ts";
import type { Place } from "../model/desired.ts";
import type { MountedFiles } from "./files.ts";
import type { PreviewOf } from "./preview/body.ts";
import type { Grants } from "./preview/granted.ts";
import type { PreviewHead } from "./preview/head.ts";
import type { Report } from "./report.ts";
import type { Template } from "./template.ts";
import type { MapNode } from "./tree.ts";

export interface StackDocument {
  readonly name: string;
  readonly place: Place;
  /** `spec.dokploy` as it is written; a text of null: it is no plain name. Null: it says nothing. */
  readonly dokploy: { readonly text: string | null; readonly place: Place } | null;
  /** `metadata.labels` that are plain texts. */
  readonly labels: ReadonlyMap<string, string>;
  /** References parsed. Read again from the file after it was released. */
  tree(): MapNode;
  /** Lets go of the tree. */
  release(): void;
  /** Has problems already: it is checked further only to tell the rest of them. */
  readonly broken: boolean;
  /** Its name is a stand-in, as its own may not be used. */
  readonly unnamed: boolean;
}

/** What stacks are built with. */
export interface BuildContext {
  readonly report: Report;
  /** null: a template of that name has problems. */
  readonly templates: ReadonlyMap<string, Template | null>;
  readonly variables: Readonly<Record<string, string>>;
  readonly secret: (name: string) => string | null;
  readonly reservedNames: readonly string[];
  readonly files: MountedFiles;
  readonly hasher: Hasher;
  /** Of which Dokploy all are that are built; absent: of what each says. */
  readonly dokploy?: string;
  /** Added to the hint about a name that is not found; null: all there is was read. */
  readonly elsewhere: string | null;
  /** What is built is a preview of the document's stack, under the document's name. */
  readonly preview?: PreviewOf & { readonly grants: Grants; readonly head: PreviewHead | null };
}
