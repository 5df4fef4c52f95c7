export { archiveStore } from "./archive-store.ts";
export { openStore } from "./open-store.ts";
export type { OpenStoreOptions } from "./open-store.ts";
export { readRestoreOrder, removeRestoreOrder, restoreOrderPath, writeRestoreOrder } from "./restore-order.ts";
export type { RestoreOrder } from "./restore-order.ts";
export { storePath } from "./store-path.ts";
export type { FeedEntry, RecordChange, Store, StoredRecord, StoreMeta, StoreMoment } from "./store.ts";
