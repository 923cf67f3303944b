// Sorts the documents of all manifests into stacks and templates by `apiVersion` and `kind`, and keeps the
// names of those that cannot be used, as what they may define must not be pruned (O5).
import type { Place } from "../model/desired.ts";
import type { FileDocuments, PolicyDocument, TemplateDocument } from "./file-documents.ts";
import type { SourceFileInput } from "./files.ts";
import type { Report } from "./report.ts";
import type { StackDocument } from "./stack-document.ts";

export interface Documents {
  readonly stacks: readonly StackDocument[];
  readonly templates: readonly TemplateDocument[];
  /** Also those that are in no folder of policies. */
  readonly policies: readonly PolicyDocument[];
  /** Names that a document without a usable content may define, where it stands. */
  readonly broken: ReadonlyMap<string, readonly Place[]>;
  /** By name: the names that documents say they had before, as written; null where that cannot be told. */
  readonly formerNames: ReadonlyMap<string, readonly (string | null)[]>;
  readonly namesUnknown: boolean;
}

/** The documents of these manifests; problems go to the report. */
export function readDocuments(
  files: readonly SourceFileInput[],
  read: (file: SourceFileInput) => FileDocuments,
  report: Report,
): Documents {
  const stacks: StackDocument[] = [];
  const templates: TemplateDocument[] = [];
  const policies: PolicyDocument[] = [];
  const broken = new Map<string, Place[]>();
  const formerNames = new Map<string, (string | null)[]>();
  let namesUnknown = false;
  for (const file of files) {
    const documents = read(file);
    for (const { place, message, hint, stack } of documents.problems) {
      report.add(place, message, hint, stack);
    }
    namesUnknown ||= documents.namesUnknown;
    for (const one of documents.stacks) stacks.push(one);
    for (const one of documents.templates) templates.push(one);
    for (const one of documents.policies) policies.push(one);
    for (const { name, place } of documents.broken) {
      broken.set(name, [...(broken.get(name) ?? []), place]);
    }
    for (const [name, former] of documents.renames) {
      formerNames.set(name, [...(formerNames.get(name) ?? []), former]);
    }
  }
  return { stacks, templates, policies, broken, formerNames, namesUnknown };
}
