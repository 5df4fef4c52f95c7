import type { SignalDataSet, SignalDataTypeMap, SignalKeyStore } from "@whiskeysockets/baileys";

/** Everything on a shelf: kind → id → value, with values as Baileys made them (`Buffer`s and plain objects). */
export type KeyShelfRecord = Record<string, Record<string, unknown>>;

/** Signal keys of one simulated phone, in memory. `onChange` is called after each write, so that it can be saved. */
export class KeyShelf implements SignalKeyStore {
  readonly #kinds: Map<string, Map<string, unknown>>;
  readonly #onChange: () => void;

  constructor(record: KeyShelfRecord, onChange: () => void) {
    this.#kinds = new Map(Object.entries(record).map(([kind, values]) => [kind, new Map(Object.entries(values))]));
    this.#onChange = onChange;
  }

  get<T extends keyof SignalDataTypeMap>(kind: T, ids: string[]): Record<string, SignalDataTypeMap[T]> {
    const found: Record<string, SignalDataTypeMap[T]> = {};
    for (const id of ids) {
      const value = this.#kinds.get(kind)?.get(id);
      // The shelf holds under each kind only what `set` put there under the same kind.
      if (value !== undefined) found[id] = value as SignalDataTypeMap[T];
    }
    return found;
  }

  set(changes: SignalDataSet): void {
    for (const [kind, values] of Object.entries(changes)) {
      const shelf = this.#kinds.get(kind) ?? new Map<string, unknown>();
      this.#kinds.set(kind, shelf);
      for (const [id, value] of Object.entries(values ?? {})) {
        if (value === null || value === undefined) shelf.delete(id);
        else shelf.set(id, value);
      }
    }
    this.#onChange();
  }

  /** Forgets everything of one kind. */
  clearKind(kind: keyof SignalDataTypeMap): void {
    this.#kinds.delete(kind);
    this.#onChange();
  }

  toRecord(): KeyShelfRecord {
    return Object.fromEntries([...this.#kinds].map(([kind, values]) => [kind, Object.fromEntries(values)]));
  }
}
