// Fixes that the service has not acknowledged yet, in IndexedDB: they outlive a dead battery and a closed page.

const STORE = "fixes";
// Twelve hours of driving; whoever was away longer loses the oldest.
const MOST = 43_200;

const done = (asked) =>
  new Promise((resolve, reject) => {
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });

export class FixBuffer {
  static async open(name = "yct-fixes") {
    const asked = indexedDB.open(name, 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore(STORE, { autoIncrement: true });
    return new FixBuffer(await done(asked));
  }

  constructor(database) {
    this.database = database;
  }

  #store(mode) {
    return this.database.transaction(STORE, mode).objectStore(STORE);
  }

  count() {
    return done(this.#store("readonly").count());
  }

  async add(fix) {
    const store = this.#store("readwrite");
    await done(store.add(fix));
    if ((await done(store.count())) > MOST) await done(store.delete(await done(store.getAllKeys(null, 1)).then(([key]) => key)));
  }

  /** The oldest, as {keys, fixes}. */
  async oldest(most) {
    const store = this.#store("readonly");
    const [keys, fixes] = await Promise.all([done(store.getAllKeys(null, most)), done(store.getAll(null, most))]);
    return { keys, fixes };
  }

  async remove(keys) {
    if (keys.length) await done(this.#store("readwrite").delete(IDBKeyRange.bound(keys[0], keys.at(-1))));
  }

  clear() {
    return done(this.#store("readwrite").clear());
  }
}
