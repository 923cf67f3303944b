// Whose a stack is that was made in the portal: it stands in the manifest's labels.

export const ownerLabel = "capstan.portal/owner";
export const ownerNameLabel = "capstan.portal/owner-name";

/** The id of the person who made it in the portal; null for other stacks. */
export function ownerOf(labels: Readonly<Record<string, string>>): string | null {
  return Object.hasOwn(labels, ownerLabel) ? (labels[ownerLabel] ?? null) : null;
}

/** An owner in words; `token:zoe`. */
export function ownerWords(owner: string | null): string {
  return owner ?? "nobody in the portal";
}
