// What this process knows of each stack besides what Git and the server say: one record per stack, made of
// fields that the parts of the engine own. When a stack is gone, its whole record goes at once, so no part can
// forget to forget.

export interface StackRecords {
  /**
   * A new field: its value by stack. Call once for each name; throws when there is one of that name.
   * `gone` is called with what the field holds of a stack that is gone, after it was taken out.
   */
  field<T>(name: string, gone?: (stack: string, value: T) => void): Map<string, T>;
  /** The stack is gone from Git and from the server. May be called again. */
  forget(stack: string): void;
  /** Names of the fields that hold something of a stack, in the order in which they were made. */
  fieldsOf(stack: string): readonly string[];
}

interface Field {
  has(stack: string): boolean;
  forget(stack: string): void;
}

export function createStackRecords(): StackRecords {
  const fields = new Map<string, Field>();
  return {
    field<T>(name: string, gone?: (stack: string, value: T) => void) {
      if (fields.has(name)) throw new Error(`there is a field ${name} already`);
      const values = new Map<string, T>();
      fields.set(name, {
        has: (stack) => values.has(stack),
        forget(stack) {
          if (!values.has(stack)) return;
          const value = values.get(stack) as T;
          values.delete(stack);
          gone?.(stack, value);
        },
      });
      return values;
    },
    forget(stack) {
      for (const field of fields.values()) field.forget(stack);
    },
    fieldsOf: (stack) => [...fields].flatMap(([name, field]) => (field.has(stack) ? [name] : [])),
  };
}
