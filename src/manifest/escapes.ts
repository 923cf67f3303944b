// `$(` begins a reference in a manifest, and `$$(` is `$(` itself.

/** The text as a manifest says it, so that nothing of it is read as a reference. */
export function withEscapes(text: string): string {
  // A function, as `$$` in a replacement text would mean a single one.
  return text.replaceAll("$(", () => "$$(");
}

/** The text that a manifest says so. */
export function withoutEscapes(text: string): string {
  return text.replaceAll("$$(", "$(");
}
