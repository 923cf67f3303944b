// What the file of a compose service runs, for others that name one of its services; what is wrong with the file is told
// where the service itself is read.
import { mapOf, servicesOf } from "../../model/compose-file.ts";
import { namesOnNetwork } from "../../model/compose-network.ts";
import type { MountedFiles } from "../files.ts";
import type { ComposeParts } from "../service-references.ts";
import { child, placeOf, textOf } from "../tree.ts";
import type { TreeNode } from "../tree.ts";
import { readCompose } from "./text.ts";

const quiet = (): void => undefined;

/** `resolve`: a field with its references resolved. Null: there is no file that can be read. */
export function composeParts(
  tree: TreeNode,
  files: MountedFiles,
  resolve: (field: TreeNode) => TreeNode,
): ComposeParts | null {
  const field = (name: string): TreeNode | undefined => {
    const node = child(tree, name);
    return node === undefined ? undefined : resolve(node);
  };
  const text = textIn(tree, files, textOf(field("file")), textOf(child(tree, "content")));
  if (text === null) return null;
  const at = { file: "", line: 1, column: 1 };
  const read = readCompose({ text, at, isFolded: true }, quiet);
  if (read === null) return null;
  const isolatedNode = field("isolated");
  const isolated = isolatedNode?.kind === "scalar" && isolatedNode.value === true;
  const given = field("domains");
  const domains = (given?.kind === "list" ? given.items : []).flatMap((item) => {
    const service = textOf(child(item, "service"));
    return service === null ? [] : [{ service }];
  });
  const file = mapOf(read.file);
  const services = servicesOf(file).map(([name]) => name);
  const names = namesOnNetwork({ file, domains, isolated });
  const reachable = services.filter((one) => names.some(({ name }) => name === one));
  return { services, reachable, isolated };
}

function textIn(
  tree: TreeNode,
  files: MountedFiles,
  source: string | null,
  content: string | null,
): string | null {
  if (source === null) return content;
  const found = files.read(placeOf(tree, ["file"]).file, source);
  return "content" in found ? found.content : null;
}
