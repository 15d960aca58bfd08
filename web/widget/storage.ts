/** Where the browser keeps what must outlive a reload. */

export interface KeyValue {
  get(key: string): string | null;
  set(key: string, value: string): void;
  remove(key: string): void;
  keys(): string[];
}

export class MemoryStorage implements KeyValue {
  private values = new Map<string, string>();

  get(key: string): string | null {
    return this.values.get(key) ?? null;
  }

  set(key: string, value: string): void {
    this.values.set(key, value);
  }

  remove(key: string): void {
    this.values.delete(key);
  }

  keys(): string[] {
    return [...this.values.keys()];
  }
}

/** localStorage; when a value cannot be kept there (full), it is at least kept until the reload. */
class BrowserStorage implements KeyValue {
  private overflow = new MemoryStorage();

  constructor(private readonly local: Storage) {}

  get(key: string): string | null {
    return this.overflow.get(key) ?? this.local.getItem(key);
  }

  set(key: string, value: string): void {
    try {
      this.local.setItem(key, value);
      this.overflow.remove(key);
    } catch {
      this.overflow.set(key, value);
    }
  }

  remove(key: string): void {
    this.overflow.remove(key);
    this.local.removeItem(key);
  }

  keys(): string[] {
    return [...new Set([...Object.keys(this.local), ...this.overflow.keys()])];
  }
}

/** Reading `localStorage` itself throws where the customer has forbidden it. */
export function browserStorage(): KeyValue {
  try {
    return new BrowserStorage(window.localStorage);
  } catch {
    return new MemoryStorage();
  }
}
