// Updates as changes of files: each image edited where its stack's own manifest says it, every other byte as it was. Pure.
import { isMap } from "yaml";
import { editValue } from "../../manifest/edit-value.ts";
import { stackInText } from "../../manifest/stack-in-text.ts";
import type { FileChange } from "../../model/forge.ts";
import type { SourceTree } from "../../ports.ts";
import type { Update } from "./updates.ts";

export interface Draft {
  readonly updates: readonly Update[];
  readonly files: readonly FileChange[];
  /** What cannot be written, with why as a clause. */
  readonly unwritten: readonly { readonly update: Update; readonly why: string }[];
}

type Path = readonly (string | number)[];

/** Where a manifest may say the image of a service, the nearest first. */
function placesOf({ service }: Update, parameters: readonly string[]): readonly Path[] {
  // `app/web`, or `app/web@staging`.
  const [, name = "", environment] = /^[^/]+\/([^@]+)(?:@(.+))?$/.exec(service) ?? [];
  return [
    ...(environment === undefined
      ? []
      : [["spec", "environments", environment, "applications", name, "image"]]),
    ["spec", "applications", name, "image"],
    ...parameters.map((one) => ["spec", "parameters", one]),
  ];
}

const elsewhere =
  "the manifest does not say the image itself: it comes from a template, or is put together of parts";

/** The text with one image replaced. */
function edited(
  text: string,
  update: Update,
): { readonly text: string } | { readonly why: string } {
  const found = stackInText(text, update.stack);
  if (found === null) return { why: "its manifest is not there any more" };
  const { index, document } = found;
  const parameters = document.getIn(["spec", "parameters"]);
  const names = isMap(parameters) ? parameters.items.map(({ key }) => String(key)) : [];
  const place = placesOf(update, names).find((path) => document.getIn(path) === update.from);
  if (place === undefined) return { why: elsewhere };
  const done = editValue(text, index, place, update.to);
  return done.ok ? { text: done.text } : { why: done.why };
}

export function draftOf(updates: readonly Update[], tree: SourceTree): Draft {
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  const written: Update[] = [];
  const unwritten: { update: Update; why: string }[] = [];
  const files: FileChange[] = [];
  for (const [path, ofFile] of Map.groupBy(updates, ({ file }) => file)) {
    const content = tree.files.find((file) => file.path === path)?.content;
    const was = content === undefined ? null : decoder.decode(content);
    let text = was ?? "";
    for (const update of ofFile) {
      const done = was === null ? { why: "its file is not there any more" } : edited(text, update);
      if ("why" in done) unwritten.push({ update, why: done.why });
      else {
        text = done.text;
        written.push(update);
      }
    }
    if (was !== null && text !== was) files.push({ path, content: text, was });
  }
  return { updates: written, files, unwritten };
}
